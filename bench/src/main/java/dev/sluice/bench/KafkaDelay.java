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
import org.HdrHistogram.Histogram;

/**
 * How long an event takes on Kafka from its posting to its arrival at the subscriber, with one trigger: at 500 events per
 * second, and saturated but never more than 256 events ahead, where the longest time without an arrival shows whether a
 * partition or the whole read is ever waited for. The posting and the subscriber are in this process, on one clock.
 */
public final class KafkaDelay {

    private static final int PER_SECOND = Integer.getInteger("sluice.bench.rate", 500);
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 8_000);
    private static final long WARM_UP_EVENTS = Integer.getInteger("sluice.bench.warmup.events", 150_000);
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(45);
    /** Rarely run code is compiled late, and at this rate most of it is rarely run. */
    private static final long SETTLE_MILLIS = 30_000;

    private static final long RAMP_UP_MILLIS = 1_000;

    private KafkaDelay() {}

    /** @param args the number of rounds, 7 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
        Vertx vertx = Vertx.vertx();
        Sink sink = Sink.timed(vertx);
        try (KafkaUnderTest kafka = KafkaUnderTest.start();
                SluiceUnderTest sluice = kafka.sluice(
                        SluiceUnderTest.oneFile(
                                SluiceUnderTest.broker("bench"),
                                1,
                                i -> SluiceUnderTest.trigger("t" + i, "bench", Producer.TYPE, sink.url())),
                        "all");
                OpenLoad load = new OpenLoad(vertx, sluice.url("bench"), PER_SECOND)) {
            ClosedLoad saturating =
                    new ClosedLoad(vertx, sluice.url("bench"), 64, 256, sink::received, Producer.Events.TIMED);
            saturating.run();
            Measured.warmUp(sink::received, 1, Duration.ofMinutes(1));
            Measured.warmUp(sink::received, WARM_UP_EVENTS, WARM_UP_LIMIT);
            saturating.rest();
            atRate(rounds, sink, load);
            saturated(rounds, sink, saturating);
            System.out.printf("refused: %d%n", load.refused() + saturating.refused());
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static void atRate(int rounds, Sink sink, OpenLoad load) throws InterruptedException {
        load.run();
        Thread.sleep(SETTLE_MILLIS);
        sink.delays();
        System.out.println("round  events  p50 ms  p90 ms  p99 ms  p99.9 ms  longest ms");
        List<Double> medians = new ArrayList<>();
        List<Double> tails = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            Thread.sleep(MEASURE_MILLIS);
            Histogram delays = sink.delays();
            medians.add(millis(delays, 50));
            tails.add(millis(delays, 99));
            print(round, delays);
        }
        load.rest();
        System.out.printf(
                "| %d events/s, p50 | %s ms | 2 ms |%n",
                PER_SECOND, Median.of(medians).text(2));
        System.out.printf(
                "| %d events/s, p99 | %s ms | 10 ms |%n",
                PER_SECOND, Median.of(tails).text(2));
    }

    private static void saturated(int rounds, Sink sink, ClosedLoad load) throws InterruptedException {
        load.run();
        Thread.sleep(RAMP_UP_MILLIS);
        sink.delays();
        sink.longestGapMillis();
        System.out.println("saturated");
        double longestGap = 0;
        double longestDelay = 0;
        List<Double> rates = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            Thread.sleep(MEASURE_MILLIS / 2);
            double gap = sink.longestGapMillis();
            Histogram delays = sink.delays();
            print(round, delays);
            longestGap = Math.max(longestGap, gap);
            longestDelay = Math.max(longestDelay, millis(delays, 100));
            rates.add(delays.getTotalCount() * 2_000.0 / MEASURE_MILLIS);
        }
        load.rest();
        System.out.printf(
                Locale.ROOT, "| saturated, longest time without an arrival | %.0f ms | 500 ms |%n", longestGap);
        System.out.printf(Locale.ROOT, "| saturated, longest delay of an event | %.0f ms | 500 ms |%n", longestDelay);
        System.out.printf("| saturated, events/s | %s | |%n", Median.of(rates).text(0));
    }

    private static void print(int round, Histogram delays) {
        System.out.printf(
                Locale.ROOT,
                "%5d  %6d  %6.2f  %6.2f  %6.2f  %8.2f  %10.2f%n",
                round,
                delays.getTotalCount(),
                millis(delays, 50),
                millis(delays, 90),
                millis(delays, 99),
                millis(delays, 99.9),
                millis(delays, 100));
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1_000.0;
    }
}
