/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * How long an event takes from its posting to its arrival at the subscriber, at 500 events per second with one trigger.
 * The posting and the subscriber are in this process, on one clock.
 */
public final class DeliveryDelay {

    private static final int PER_SECOND = Integer.getInteger("sluice.bench.rate", 500);
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 10_000);

    private DeliveryDelay() {}

    /** @param args the number of rounds, 9 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 9;
        Vertx vertx = Vertx.vertx();
        Sink sink = Sink.timed(vertx);
        try (SluiceUnderTest sluice = SluiceUnderTest.start(SluiceUnderTest.oneFile(
                        SluiceUnderTest.broker("bench"),
                        1,
                        i -> SluiceUnderTest.trigger("t" + i, "bench", Producer.TYPE, sink.url())));
                OpenLoad warmUp = new OpenLoad(vertx, sluice.url("bench"), 4_000);
                OpenLoad load = new OpenLoad(vertx, sluice.url("bench"), PER_SECOND)) {
            warmUp.run();
            sluice.process().warmUp(sink::received);
            warmUp.rest();
            load.run();
            Thread.sleep(MEASURE_MILLIS);
            sink.delays();
            System.out.println("round  events  p50 ms  p90 ms  p99 ms  p99.9 ms  longest ms");
            List<Double> medians = new ArrayList<>();
            List<Double> tails = new ArrayList<>();
            for (int round = 1; round <= rounds; round++) {
                Thread.sleep(MEASURE_MILLIS);
                Histogram delays = sink.delays();
                medians.add(millis(delays, 50));
                tails.add(millis(delays, 99));
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
            System.out.printf(
                    "| %d events/s, p50 | %s ms | 1 ms |%n",
                    PER_SECOND, Median.of(medians).text(2));
            System.out.printf(
                    "| %d events/s, p99 | %s ms | 5 ms |%n",
                    PER_SECOND, Median.of(tails).text(2));
            System.out.printf("refused: %d%n", load.refused());
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1_000.0;
    }
}
