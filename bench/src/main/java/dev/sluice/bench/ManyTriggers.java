/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What triggers cost that do not match: CPU time and allocated bytes per event with 500 and 10,000 triggers of which one
 * matches, beside those with that one alone, at the same fixed rate. The processes run side by side and take turns; each
 * ratio is of two turns that followed each other.
 */
public final class ManyTriggers {

    private static final int PER_SECOND = Integer.getInteger("sluice.bench.rate", 2_000);
    private static final long RAMP_UP_MILLIS = 500;
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 4_000);

    private ManyTriggers() {}

    /** @param args the number of rounds, 7 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
        Vertx vertx = Vertx.vertx();
        try (Candidate one = new Candidate(vertx, 1);
                Candidate some = new Candidate(vertx, 500);
                Candidate many = new Candidate(vertx, 10_000)) {
            for (Candidate candidate : List.of(one, some, many)) {
                candidate.warmUp();
            }
            measure(rounds, one, some, many);
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static void measure(int rounds, Candidate one, Candidate some, Candidate many) throws Exception {
        System.out.println("round  triggers  CPU us per event  ratio  bytes per event  ratio");
        List<Double> someCpu = new ArrayList<>();
        List<Double> someBytes = new ArrayList<>();
        List<Double> manyCpu = new ArrayList<>();
        List<Double> manyBytes = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            compare(round, one, some, someCpu, someBytes);
            compare(round, one, many, manyCpu, manyBytes);
        }
        row("500 triggers, one matches, CPU per event", someCpu, "1.1");
        row("500 triggers, one matches, allocated per event", someBytes, "1.1");
        row("10,000 triggers, one matches, CPU per event", manyCpu, "1.15");
        row("10,000 triggers, one matches, allocated per event", manyBytes, "1.15");
    }

    private static void compare(int round, Candidate one, Candidate other, List<Double> cpu, List<Double> bytes)
            throws Exception {
        // The first of a pair changes from round to round, in case that being the first matters.
        Spent alone = round % 2 == 0 ? null : one.spent();
        Spent beside = other.spent();
        alone = alone == null ? one.spent() : alone;
        cpu.add(beside.microsPerEvent() / alone.microsPerEvent());
        bytes.add(beside.bytesPerEvent() / alone.bytesPerEvent());
        System.out.printf(
                Locale.ROOT,
                "%5d  %8d  %7.1f / %6.1f  %5.3f  %7.0f / %5.0f  %5.3f%n",
                round,
                other.triggers,
                beside.microsPerEvent(),
                alone.microsPerEvent(),
                cpu.get(cpu.size() - 1),
                beside.bytesPerEvent(),
                alone.bytesPerEvent(),
                bytes.get(bytes.size() - 1));
    }

    private static void row(String what, List<Double> ratios, String most) {
        System.out.printf("| %s | %s | %s |%n", what, Median.of(ratios).text(3), most);
    }

    /** A process with so many triggers, of which the first matches. */
    private static final class Candidate implements AutoCloseable {

        final int triggers;
        private final Sink sink;
        private final SluiceUnderTest sluice;
        private final OpenLoad load;
        private final ClosedLoad warmUp;

        Candidate(Vertx vertx, int triggers) throws Exception {
            this.triggers = triggers;
            sink = Sink.start(vertx);
            sluice = SluiceUnderTest.start(SluiceUnderTest.oneFile(
                    SluiceUnderTest.broker("bench"),
                    triggers,
                    i -> SluiceUnderTest.trigger(
                            "t" + i, "bench", i == 0 ? Producer.TYPE : Producer.TYPE + ".other" + i, sink.url())));
            load = new OpenLoad(vertx, sluice.url("bench"), PER_SECOND);
            warmUp = new ClosedLoad(vertx, sluice.url("bench"), 64, 256, sink::received);
        }

        void warmUp() throws Exception {
            warmUp.run();
            sluice.process().warmUp(sink::received);
            warmUp.rest();
            spent();
        }

        Spent spent() throws Exception {
            load.run();
            Thread.sleep(RAMP_UP_MILLIS);
            Spent spent = sluice.process().spent(sink::received, MEASURE_MILLIS);
            load.rest();
            Thread.sleep(RAMP_UP_MILLIS);
            return spent;
        }

        @Override
        public void close() throws IOException {
            load.close();
            sluice.close();
        }
    }
}
