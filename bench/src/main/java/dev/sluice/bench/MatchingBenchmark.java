/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import dev.sluice.api.filter.Filter;
import dev.sluice.dispatcher.match.TriggerIndex;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What it costs to find the triggers that an event matches, among few and many, and to change one of them.
 *
 * <p>Each event is a new one, as it is when it has just arrived: in the cache, and with texts whose hash codes nobody has asked
 * for. Building it is measured beside, to be taken off.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+UseG1GC"})
public class MatchingBenchmark {

    private static final int FEW_KINDS = 16;

    /** Which events come. */
    public enum Traffic {
        /** Sixteen kinds, whose part of the index stays in the cache. */
        FEW,
        /** Every kind that a trigger asks for, one as often as the other: the worst that can happen to the cache. */
        ALL
    }

    /** A generator that costs next to nothing and does not repeat. */
    private static int random(long step, int bound) {
        long mixed = step * 0x9E3779B97F4A7C15L;
        mixed ^= mixed >>> 32;
        mixed *= 0xD6E8FEB86659FD93L;
        return (int) (((mixed >>> 32) * bound) >>> 32);
    }

    @State(Scope.Thread)
    public static class Indexed {

        @Param({"EXACT", "MIX"})
        public TriggerSet set = TriggerSet.EXACT;

        @Param({"10", "1000", "10000", "100000"})
        public int triggers;

        @Param({"FEW", "ALL"})
        public Traffic traffic = Traffic.FEW;

        final TriggerIndex<Integer> index = new TriggerIndex<>();
        final List<Integer> found = new ArrayList<>();
        List<Filter> filters = List.of();
        private int kinds;
        private int apart;
        private long step;

        @Setup
        public void add() {
            filters = set.filters(triggers);
            int all = set.kindsOfEvents(triggers);
            kinds = traffic == Traffic.FEW ? Math.min(all, FEW_KINDS) : all;
            apart = all / kinds;
            for (int i = 0; i < triggers; i++) {
                index.put(i, filters.get(i));
            }
        }

        CloudEvent event() {
            return TriggerSet.event(random(step++, kinds) * apart);
        }

        int trigger() {
            return random(step++, triggers);
        }
    }

    @State(Scope.Thread)
    public static class Scanned {

        @Param({"EXACT", "MIX"})
        public TriggerSet set = TriggerSet.EXACT;

        @Param({"10", "1000", "10000"})
        public int triggers;

        final List<Integer> found = new ArrayList<>();
        Filter[] filters = {};
        int kinds;
        long step;

        @Setup
        public void add() {
            filters = set.filters(triggers).toArray(Filter[]::new);
            kinds = set.kindsOfEvents(triggers);
        }
    }

    @State(Scope.Thread)
    public static class Unindexable {

        final TriggerIndex<Integer> index = new TriggerIndex<>();
        final List<Integer> found = new ArrayList<>();
        long step;

        @Setup
        public void add() {
            List<Filter> filters = TriggerSet.UNINDEXABLE.filters(1_000);
            for (int i = 0; i < filters.size(); i++) {
                index.put(i, filters.get(i));
            }
        }
    }

    /** To be taken off the others. */
    @Benchmark
    public CloudEvent event(Indexed indexed) {
        return indexed.event();
    }

    @Benchmark
    public int match(Indexed indexed) {
        indexed.found.clear();
        indexed.index.match(indexed.event(), indexed.found);
        return indexed.found.size();
    }

    /** What the index took the place of: every filter is asked. */
    @Benchmark
    public int scan(Scanned scanned) {
        scanned.found.clear();
        CloudEvent event = TriggerSet.event(random(scanned.step++, scanned.kinds));
        for (int i = 0; i < scanned.filters.length; i++) {
            if (scanned.filters[i].matches(event)) {
                scanned.found.add(i);
            }
        }
        return scanned.found.size();
    }

    @Benchmark
    public int unindexable(Unindexable unindexable) {
        unindexable.found.clear();
        unindexable.index.match(TriggerSet.event(random(unindexable.step++, 1_000)), unindexable.found);
        return unindexable.found.size();
    }

    /** One trigger goes and comes back. */
    @Benchmark
    public int removeAndAdd(Indexed indexed) {
        int trigger = indexed.trigger();
        indexed.index.remove(trigger);
        indexed.index.put(trigger, indexed.filters.get(trigger));
        return trigger;
    }

    /** @param args options of JMH, such as {@code -f 1 match} */
    public static void main(String[] args) throws CommandLineOptionException, RunnerException {
        System.out.println("triggers  set    bytes per trigger, filter and index");
        for (TriggerSet set : new TriggerSet[] {TriggerSet.EXACT, TriggerSet.MIX}) {
            for (int triggers : new int[] {1_000, 100_000}) {
                System.out.printf(Locale.ROOT, "%8d  %-5s  %d%n", triggers, set, bytesPerTrigger(set, triggers));
            }
        }
        CommandLineOptions options = new CommandLineOptions(args);
        OptionsBuilder builder = new OptionsBuilder();
        builder.parent(options);
        if (options.getIncludes().isEmpty()) {
            builder.include(MatchingBenchmark.class.getName());
        }
        new Runner(builder.addProfiler(GCProfiler.class)
                        .addProfiler(CpuTimeProfiler.class)
                        .build())
                .run();
    }

    private static long bytesPerTrigger(TriggerSet set, int triggers) {
        long before = usedBytes();
        TriggerIndex<Integer> index = new TriggerIndex<>();
        List<Filter> filters = set.filters(triggers);
        for (int i = 0; i < triggers; i++) {
            index.put(i, filters.get(i));
        }
        filters = List.of();
        long after = usedBytes();
        return (after - before) / index.size() + filters.size();
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
