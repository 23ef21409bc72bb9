/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What triggers cost on Kafka: CPU time of Sluice and Kafka, allocated bytes and bytes fetched from Kafka per event with 100,
 * 500 and 1,000 triggers of which one matches, beside those with that one alone, at the same fixed rate. And with 1,000 of
 * which each gets its share of the events and keeps up, so that there would be as much to commit for each of them.
 *
 * <p>The processes run side by side and take turns; each ratio is of two turns that followed each other.
 */
public final class KafkaManyTriggers {

    private static final int PER_SECOND = Integer.getInteger("sluice.bench.rate", 2_000);
    private static final long WARM_UP_EVENTS = Integer.getInteger("sluice.bench.warmup.events", 100_000);
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(10);
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 3_000);

    private KafkaManyTriggers() {}

    /** @param args the number of rounds, 4 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 4;
        Vertx vertx = Vertx.vertx();
        try (KafkaUnderTest kafka = KafkaUnderTest.start();
                Candidate one = new Candidate(vertx, kafka, "one", 1, 1);
                Candidate hundred = new Candidate(vertx, kafka, "hundred", 100, 1);
                Candidate some = new Candidate(vertx, kafka, "some", 500, 1);
                Candidate many = new Candidate(vertx, kafka, "many", 1_000, 1);
                Candidate shared = new Candidate(vertx, kafka, "shared", 1_000, 1_000)) {
            for (Candidate candidate : List.of(one, hundred, some, many, shared)) {
                candidate.warmUp();
            }
            measure(
                    rounds,
                    one,
                    List.of(
                            new Comparison("100 triggers, one matches", hundred, "1.1"),
                            new Comparison("500 triggers, one matches", some, "1.1"),
                            new Comparison("1,000 triggers, one matches", many, "1.2"),
                            new Comparison("1,000 triggers that share the events and keep up", shared, "1.1")));
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static void measure(int rounds, Candidate one, List<Comparison> comparisons) throws Exception {
        System.out.println("                                                  Sluice + Kafka, us per event"
                + "         bytes allocated           bytes fetched        commits/s");
        for (int round = 1; round <= rounds; round++) {
            // One is in the middle of two that are held against it, which changes which of a pair comes first.
            for (int pair = 0; pair < comparisons.size(); pair += 2) {
                Comparison first = comparisons.get(pair + (round + 1) % 2);
                Comparison second = comparisons.get(pair + round % 2);
                SpentOnKafka before = first.other.spent();
                SpentOnKafka alone = one.spent();
                first.add(before, alone);
                second.add(second.other.spent(), alone);
            }
        }
        comparisons.forEach(Comparison::report);
    }

    /** What many triggers took, beside what one took. */
    private static final class Comparison {

        private final String what;
        private final Candidate other;
        private final String aim;
        private final List<Double> own = new ArrayList<>();
        private final List<Double> both = new ArrayList<>();
        private final List<Double> allocated = new ArrayList<>();
        private final List<Double> fetched = new ArrayList<>();
        private final List<Double> commits = new ArrayList<>();
        private final List<Double> commitsAlone = new ArrayList<>();

        Comparison(String what, Candidate other, String aim) {
            this.what = what;
            this.other = other;
            this.aim = aim;
        }

        void add(SpentOnKafka beside, SpentOnKafka alone) {
            own.add(beside.ownMicrosPerEvent() / alone.ownMicrosPerEvent());
            both.add(beside.microsPerEvent() / alone.microsPerEvent());
            allocated.add(beside.programs().bytesPerEvent() / alone.programs().bytesPerEvent());
            fetched.add(beside.fetchedBytesPerEvent() / alone.fetchedBytesPerEvent());
            commits.add(beside.commitsPerSecond());
            commitsAlone.add(alone.commitsPerSecond());
            System.out.printf(
                    Locale.ROOT,
                    "%-48s  %5.1f + %4.1f / %5.1f + %4.1f %5.3f  %6.0f / %5.0f %5.3f  %5.0f / %5.0f %5.3f  %4.0f / %3.0f%n",
                    what,
                    beside.ownMicrosPerEvent(),
                    beside.kafkaMicrosPerEvent(),
                    alone.ownMicrosPerEvent(),
                    alone.kafkaMicrosPerEvent(),
                    last(both),
                    beside.programs().bytesPerEvent(),
                    alone.programs().bytesPerEvent(),
                    last(allocated),
                    beside.fetchedBytesPerEvent(),
                    alone.fetchedBytesPerEvent(),
                    last(fetched),
                    last(commits),
                    last(commitsAlone));
        }

        void report() {
            row("CPU of Sluice per event", own, 3, aim);
            row("CPU of Sluice and Kafka per event", both, 3, aim);
            row("allocated per event", allocated, 3, aim);
            row("fetched from Kafka per event", fetched, 3, "1.1");
            System.out.printf(
                    "| %s: commits/s of all processes, with one trigger | %s, %s | |%n",
                    what, Median.of(commits).text(0), Median.of(commitsAlone).text(0));
        }

        private void row(String of, List<Double> ratios, int decimals, String most) {
            System.out.printf(
                    "| %s: %s / with one | %s | %s |%n",
                    what, of, Median.of(ratios).text(decimals), most);
        }

        private static double last(List<Double> measured) {
            return measured.get(measured.size() - 1);
        }
    }

    /** A process with so many triggers, of which the first ones match, each as often as the others. */
    private static final class Candidate implements AutoCloseable {

        private final SluiceUnderTest sluice;
        private final OpenLoad load;
        private final KafkaTurn atRate;
        private final KafkaTurn saturated;

        Candidate(Vertx vertx, KafkaUnderTest kafka, String broker, int triggers, int matching) throws IOException {
            Sink sink = Sink.start(vertx);
            sluice = kafka.sluice(
                    SluiceUnderTest.oneFile(
                            SluiceUnderTest.broker(broker),
                            triggers,
                            i -> SluiceUnderTest.trigger(
                                    broker + "-" + i, broker, Producer.TYPE + "." + i, sink.url())),
                    "all");
            AtomicLong next = new AtomicLong();
            Producer.Events events = producer -> {
                long number = next.getAndIncrement();
                return producer.request(Long.toString(number), Producer.TYPE + "." + number % matching);
            };
            load = new OpenLoad(vertx, sluice.url(broker), PER_SECOND, events);
            ClosedLoad warmUp = new ClosedLoad(vertx, sluice.url(broker), 64, 256, sink::received, events);
            List<Measured> programs = List.of(sluice.process());
            String topic = KafkaUnderTest.topicOf(broker);
            atRate = new KafkaTurn(kafka, programs, topic, load::run, load::rest, sink::received);
            saturated = new KafkaTurn(kafka, programs, topic, warmUp::run, warmUp::rest, sink::received);
        }

        void warmUp() throws Exception {
            saturated.warmUp(WARM_UP_EVENTS, WARM_UP_LIMIT);
            spent();
        }

        SpentOnKafka spent() throws Exception {
            return atRate.spent(MEASURE_MILLIS);
        }

        @Override
        public void close() throws IOException {
            load.close();
            sluice.close();
        }
    }
}
