/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What one event of 1 KiB costs on Kafka, saturated, in CPU time of Sluice and of Kafka apart: from the request to the 202 of
 * an ingress, and from the request to the subscriber's answer with one trigger. Beside them what a bare producer takes, a
 * bare server that keeps in Kafka what it takes in, without and with a consumer of it, and the bare client.
 */
public final class KafkaCost {

    private static final int CONNECTIONS = 64;
    private static final long MOST_BEHIND = 256;
    private static final long WARM_UP_EVENTS = Integer.getInteger("sluice.bench.warmup.events", 200_000);
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(40);
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 3_000);

    private static final String PRODUCED = "bare-produced";
    private static final String SERVED = "bare-served";

    private final List<Double> ownOfL2 = new ArrayList<>();
    private final List<Double> kafkaOfL2 = new ArrayList<>();
    private final List<Double> ownOfIngress = new ArrayList<>();
    private final List<Double> kafkaOfIngress = new ArrayList<>();
    private final List<Double> ingressToL12 = new ArrayList<>();
    private final List<Double> ingressRates = new ArrayList<>();
    private final List<Double> ownOfDelivery = new ArrayList<>();
    private final List<Double> kafkaOfDelivery = new ArrayList<>();
    private final List<Double> deliveries = new ArrayList<>();
    private final List<Double> deliveryToBare = new ArrayList<>();
    private final List<Double> deliveryRates = new ArrayList<>();

    private KafkaCost() {}

    /** @param args the number of rounds, 4 if absent */
    public static void main(String[] args) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            new KafkaCost().run(vertx, args.length > 0 ? Integer.parseInt(args[0]) : 4);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private void run(Vertx vertx, int rounds) throws Exception {
        Sink bareSink = Sink.start(vertx);
        Sink sink = Sink.start(vertx);
        try (KafkaUnderTest kafka = KafkaUnderTest.start()) {
            kafka.createTopic(PRODUCED);
            kafka.createTopic(SERVED);
            try (Measured producer = bare(BareKafkaProducer.class, kafka, PRODUCED);
                    Measured server = bare(BareKafkaServer.class, kafka, SERVED);
                    Measured consumer = bare(BareKafkaConsumer.class, kafka, SERVED);
                    Measured client =
                            Measured.start(BareClient.class, List.of(bareSink.url(), Integer.toString(CONNECTIONS)));
                    SluiceUnderTest ingress = kafka.sluice(
                            SluiceUnderTest.oneFile(SluiceUnderTest.broker("taken-in"), 0, i -> ""), "broker");
                    SluiceUnderTest both = kafka.sluice(
                            SluiceUnderTest.oneFile(
                                    SluiceUnderTest.broker("delivered"),
                                    1,
                                    i -> SluiceUnderTest.trigger("t", "delivered", Producer.TYPE, sink.url())),
                            "all")) {
                ClosedLoad bare = new ClosedLoad(
                        vertx, "http://127.0.0.1:" + server.readyLine().replaceAll("\\D", "") + "/", CONNECTIONS);
                ClosedLoad toIngress = new ClosedLoad(vertx, ingress.url("taken-in"), CONNECTIONS);
                ClosedLoad toBoth =
                        new ClosedLoad(vertx, both.url("delivered"), CONNECTIONS, MOST_BEHIND, sink::received);
                Turns turns = new Turns(
                        new KafkaTurn(
                                kafka,
                                List.of(producer),
                                PRODUCED,
                                run(producer),
                                rest(producer),
                                kafka.appended(PRODUCED)),
                        new KafkaTurn(kafka, List.of(server), SERVED, bare::run, bare::rest, bare::accepted),
                        new KafkaTurn(
                                kafka,
                                List.of(server, consumer),
                                SERVED,
                                KafkaTurn.both(run(consumer), bare::run),
                                KafkaTurn.both(bare::rest, rest(consumer)),
                                bare::accepted),
                        new KafkaTurn(kafka, List.of(client), PRODUCED, run(client), rest(client), bareSink::received),
                        new KafkaTurn(
                                kafka,
                                List.of(ingress.process()),
                                KafkaUnderTest.topicOf("taken-in"),
                                toIngress::run,
                                toIngress::rest,
                                toIngress::accepted),
                        new KafkaTurn(
                                kafka,
                                List.of(both.process()),
                                KafkaUnderTest.topicOf("delivered"),
                                toBoth::run,
                                toBoth::rest,
                                sink::received));
                for (KafkaTurn turn : turns.toWarmUp()) {
                    turn.warmUp(WARM_UP_EVENTS, WARM_UP_LIMIT);
                }
                measure(rounds, turns);
                System.out.printf(Locale.ROOT, "refused: %d%n", toIngress.refused() + toBoth.refused());
            }
        }
        report();
    }

    /** In the order in which they take turns. */
    private record Turns(
            KafkaTurn l2, KafkaTurn l12, KafkaTurn l12Read, KafkaTurn l3, KafkaTurn ingress, KafkaTurn delivery) {

        /** The bare server is warm with its consumer. */
        List<KafkaTurn> toWarmUp() {
            return List.of(l2, l12Read, l3, ingress, delivery);
        }
    }

    private void measure(int rounds, Turns turns) throws Exception {
        System.out.println("us of CPU per event, own + Kafka's");
        System.out.println("round           L2           L12        ingress  ratio  L12 read            L3"
                + "      1 trigger  ratio  events/s: L12, ingress, 1 trigger");
        for (int round = 1; round <= rounds; round++) {
            SpentOnKafka l2 = turns.l2.spent(MEASURE_MILLIS);
            SpentOnKafka l12 = turns.l12.spent(MEASURE_MILLIS);
            SpentOnKafka ingress = turns.ingress.spent(MEASURE_MILLIS);
            SpentOnKafka l12Read = turns.l12Read.spent(MEASURE_MILLIS);
            SpentOnKafka l3 = turns.l3.spent(MEASURE_MILLIS);
            SpentOnKafka delivery = turns.delivery.spent(MEASURE_MILLIS);
            ownOfL2.add(l2.ownMicrosPerEvent());
            kafkaOfL2.add(l2.kafkaMicrosPerEvent());
            ownOfIngress.add(ingress.ownMicrosPerEvent());
            kafkaOfIngress.add(ingress.kafkaMicrosPerEvent());
            ingressToL12.add(ingress.microsPerEvent() / l12.microsPerEvent());
            ingressRates.add(ingress.programs().eventsPerSecond());
            ownOfDelivery.add(delivery.ownMicrosPerEvent());
            kafkaOfDelivery.add(delivery.kafkaMicrosPerEvent());
            deliveries.add(delivery.microsPerEvent());
            // What Kafka does while the bare client runs it does for the others that are there.
            deliveryToBare.add(delivery.microsPerEvent() / (l12Read.microsPerEvent() + l3.ownMicrosPerEvent()));
            deliveryRates.add(delivery.programs().eventsPerSecond());
            System.out.printf(
                    Locale.ROOT,
                    "%5d  %11s  %12s  %13s  %5.2f  %13s  %5.1f  %13s  %5.2f  %6.0f, %6.0f, %6.0f%n",
                    round,
                    sum(l2),
                    sum(l12),
                    sum(ingress),
                    ingressToL12.get(round - 1),
                    sum(l12Read),
                    l3.ownMicrosPerEvent(),
                    sum(delivery),
                    deliveryToBare.get(round - 1),
                    l12.programs().eventsPerSecond(),
                    ingress.programs().eventsPerSecond(),
                    delivery.programs().eventsPerSecond());
        }
    }

    private void report() {
        row("L2, a bare producer, µs per event: its own", ownOfL2, 1, "5 to 14 expected");
        row("L2, µs per event: Kafka's", kafkaOfL2, 1, "5 to 10 expected");
        row("ingest, µs per event: Sluice's", ownOfIngress, 1, "");
        row("ingest, µs per event: Kafka's", kafkaOfIngress, 1, "");
        row("ingest / L12, both", ingressToL12, 2, "1.3");
        row("ingest, events/s", ingressRates, 0, "");
        row("1 trigger, end to end, µs per event: Sluice's", ownOfDelivery, 1, "");
        row("1 trigger, end to end, µs per event: Kafka's", kafkaOfDelivery, 1, "");
        row("1 trigger, end to end, µs per event: both", deliveries, 1, "80, or the next");
        row("1 trigger, end to end / (L12 + consumer + L3), both", deliveryToBare, 2, "1.4");
        row("1 trigger, end to end, events/s", deliveryRates, 0, "");
    }

    private static void row(String what, List<Double> measured, int decimals, String aim) {
        System.out.printf("| %s | %s | %s |%n", what, Median.of(measured).text(decimals), aim);
    }

    private static String sum(SpentOnKafka spent) {
        return String.format(Locale.ROOT, "%.1f + %.1f", spent.ownMicrosPerEvent(), spent.kafkaMicrosPerEvent());
    }

    private static Measured bare(Class<?> main, KafkaUnderTest kafka, String topic) throws Exception {
        return Measured.start(main, List.of(kafka.bootstrapServers(), topic));
    }

    private static KafkaTurn.Order run(Measured program) {
        return () -> program.tell(BareClient.RUN);
    }

    private static KafkaTurn.Order rest(Measured program) {
        return () -> program.tell(BareClient.REST);
    }
}
