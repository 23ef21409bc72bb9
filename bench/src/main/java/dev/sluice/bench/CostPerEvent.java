/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * What one event costs from the producer's request to the subscriber's answer, saturated, with one trigger and with ten
 * that all match, beside what the bare server and the bare client cost. All of them run for the whole time and take turns,
 * so that what else happens on the machine hits each alike, and the ratios are formed round by round.
 */
public final class CostPerEvent {

    private static final int CONNECTIONS = 64;
    private static final long MOST_BEHIND = 256;
    private static final int FAN_OUT = 10;
    private static final long RAMP_UP_MILLIS = 500;
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 4_000);

    private CostPerEvent() {}

    /** @param args the number of rounds, 7 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
        Vertx vertx = Vertx.vertx();
        Sink bareSink = Sink.start(vertx);
        Sink sink = Sink.start(vertx);
        Sink fanned = Sink.start(vertx);
        try (Measured server = Measured.start(BareServer.class, List.of());
                Measured client =
                        Measured.start(BareClient.class, List.of(bareSink.url(), Integer.toString(CONNECTIONS)));
                SluiceUnderTest one = sluice(sink, 1);
                SluiceUnderTest ten = sluice(fanned, FAN_OUT)) {
            ClosedLoad bare = new ClosedLoad(vertx, "http://127.0.0.1:" + port(server) + "/", CONNECTIONS);
            ClosedLoad toOne = load(vertx, one, sink, 1);
            ClosedLoad toTen = load(vertx, ten, fanned, FAN_OUT);
            Turn l1 = new Turn(server, bare::run, bare::rest, bare::accepted);
            Turn l3 = new Turn(
                    client, () -> client.tell(BareClient.RUN), () -> client.tell(BareClient.REST), bareSink::received);
            Turn delivered = new Turn(one.process(), toOne::run, toOne::rest, sink::received);
            Turn fannedOut = new Turn(ten.process(), toTen::run, toTen::rest, fanned::received);
            measure(rounds, l1, l3, delivered, fannedOut);
            System.out.printf(Locale.ROOT, "refused: %d%n", toOne.refused() + toTen.refused());
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static void measure(int rounds, Turn l1, Turn l3, Turn one, Turn ten) throws Exception {
        for (Turn turn : List.of(l1, l3, one, ten)) {
            turn.warmUp();
        }
        System.out.println(
                "round  L1 us  L3 us  1 trigger us  ratio  10 triggers us per delivery  ratio  deliveries/s");
        List<Double> toOne = new ArrayList<>();
        List<Double> toTen = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            double server = l1.spent().microsPerEvent();
            double client = l3.spent().microsPerEvent();
            Spent event = one.spent();
            Spent delivery = ten.spent();
            toOne.add(event.microsPerEvent() / (server + client));
            toTen.add(delivery.microsPerEvent() / client);
            rates.add(event.eventsPerSecond());
            System.out.printf(
                    Locale.ROOT,
                    "%5d  %5.1f  %5.1f  %12.1f  %5.2f  %27.1f  %5.2f  %6.0f, %6.0f%n",
                    round,
                    server,
                    client,
                    event.microsPerEvent(),
                    toOne.get(round - 1),
                    delivery.microsPerEvent(),
                    toTen.get(round - 1),
                    event.eventsPerSecond(),
                    delivery.eventsPerSecond());
        }
        System.out.printf(
                "| 1 trigger, per event / (L1 + L3) | %s | 1.4 |%n",
                Median.of(toOne).text(2));
        System.out.printf(
                "| fan-out to 10, per delivery / L3 | %s | 1.4 |%n",
                Median.of(toTen).text(2));
        System.out.printf("| events/s, 1 trigger | %s | |%n", Median.of(rates).text(0));
    }

    private interface Order {
        void give() throws Exception;
    }

    /** One program, with what sets it to work and what stops it. */
    private record Turn(Measured process, Order run, Order rest, LongSupplier events) {

        void warmUp() throws Exception {
            run.give();
            process.warmUp(events);
            rest.give();
        }

        Spent spent() throws Exception {
            run.give();
            Thread.sleep(RAMP_UP_MILLIS);
            Spent spent = process.spent(events, MEASURE_MILLIS);
            rest.give();
            Thread.sleep(RAMP_UP_MILLIS);
            return spent;
        }
    }

    private static SluiceUnderTest sluice(Sink sink, int triggers) throws Exception {
        return SluiceUnderTest.start(SluiceUnderTest.oneFile(
                SluiceUnderTest.broker("bench"),
                triggers,
                i -> SluiceUnderTest.trigger("t" + i, "bench", Producer.TYPE, sink.url())));
    }

    private static ClosedLoad load(Vertx vertx, SluiceUnderTest sluice, Sink sink, int triggers) {
        return new ClosedLoad(vertx, sluice.url("bench"), CONNECTIONS, MOST_BEHIND, () -> sink.received() / triggers);
    }

    private static String port(Measured server) {
        return server.readyLine().replaceAll("\\D", "");
    }
}
