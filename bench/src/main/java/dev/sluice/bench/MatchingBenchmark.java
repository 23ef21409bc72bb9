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
 * for. {@link #event} measures what making it costs, to be taken off.
 *
 * <p>Single operations are sampled, and the number to look at is their median: the machine is seldom alone, and an average
 * would be about whatever else it does.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+UseG1GC"})
public class MatchingBenchmark {

    private static final int FEW_KINDS = 16;
    private static final int UNINDEXABLE_TRIGGERS = 1_000;

    /** Which events come. */
    public enum Traffic {
        /** Sixteen kinds, whose part of the index stays in the cache. */
        FEW,
        /** Every kind that a trigger asks for, one as often as the other: the worst that can happen to the cache. */
        ALL
    }

    /** Cheap random numbers that don't repeat soon. */
    private static final class Dice {

        private long step;

        int roll(int bound) {
            long mixed = step++ * 0x9E3779B97F4A7C15L;
            mixed ^= mixed >>> 32;
            mixed *= 0xD6E8FEB86659FD93L;
            return (int) (((mixed >>> 32) * bound) >>> 32);
        }
    }

    private static TriggerIndex<Integer> indexOf(List<Filter> filters) {
        TriggerIndex<Integer> index = new TriggerIndex<>();
        for (int i = 0; i < filters.size(); i++) {
            index.put(i, filters.get(i));
        }
        return index;
    }

    @State(Scope.Thread)
    public static class Making {
        final Dice dice = new Dice();
    }

    @State(Scope.Thread)
    public static class Matching {

        @Param({"EXACT", "MIX"})
        public TriggerSet set = TriggerSet.EXACT;

        @Param({"10", "1000", "10000", "100000"})
        public int triggers;

        @Param({"FEW", "ALL"})
        public Traffic traffic = Traffic.FEW;

        final List<Integer> found = new ArrayList<>();
        TriggerIndex<Integer> index = new TriggerIndex<>();
        private final Dice dice = new Dice();
        private int kinds;
        private int apart;

        @Setup
        public void add() {
            index = indexOf(set.filters(triggers));
            int all = set.kindsOfEvents(triggers);
            kinds = traffic == Traffic.FEW ? Math.min(all, FEW_KINDS) : all;
            apart = all / kinds;
        }

        CloudEvent event() {
            return TriggerSet.event(dice.roll(kinds) * apart);
        }
    }

    @State(Scope.Thread)
    public static class Scanning {

        @Param({"EXACT", "MIX"})
        public TriggerSet set = TriggerSet.EXACT;

        @Param({"10", "1000", "10000"})
        public int triggers;

        final List<Integer> found = new ArrayList<>();
        Filter[] filters = {};
        private final Dice dice = new Dice();

        @Setup
        public void add() {
            filters = set.filters(triggers).toArray(Filter[]::new);
        }

        CloudEvent event() {
            return TriggerSet.event(dice.roll(set.kindsOfEvents(triggers)));
        }
    }

    @State(Scope.Thread)
    public static class Unindexable {

        final List<Integer> found = new ArrayList<>();
        final TriggerIndex<Integer> index = indexOf(TriggerSet.UNINDEXABLE.filters(UNINDEXABLE_TRIGGERS));
        final Dice dice = new Dice();
    }

    @State(Scope.Thread)
    public static class Changing {

        @Param({"EXACT", "MIX"})
        public TriggerSet set = TriggerSet.EXACT;

        @Param({"10", "1000", "10000", "100000"})
        public int triggers;

        final Dice dice = new Dice();
        List<Filter> filters = List.of();
        TriggerIndex<Integer> index = new TriggerIndex<>();

        @Setup
        public void add() {
            filters = set.filters(triggers);
            index = indexOf(filters);
        }
    }

    /** A new event, to be taken off the others. */
    @Benchmark
    public CloudEvent event(Making making) {
        return TriggerSet.event(making.dice.roll(FEW_KINDS));
    }

    @Benchmark
    public int match(Matching matching) {
        matching.found.clear();
        matching.index.match(matching.event(), matching.found);
        return matching.found.size();
    }

    /** What the index took the place of: every filter is asked. */
    @Benchmark
    public int scan(Scanning scanning) {
        scanning.found.clear();
        CloudEvent event = scanning.event();
        for (int i = 0; i < scanning.filters.length; i++) {
            if (scanning.filters[i].matches(event)) {
                scanning.found.add(i);
            }
        }
        return scanning.found.size();
    }

    /** A thousand triggers that no index can help, which is little more than a scan. */
    @Benchmark
    public int unindexable(Unindexable unindexable) {
        unindexable.found.clear();
        unindexable.index.match(TriggerSet.event(unindexable.dice.roll(UNINDEXABLE_TRIGGERS)), unindexable.found);
        return unindexable.found.size();
    }

    /** One trigger goes and comes back. */
    @Benchmark
    public int removeAndAdd(Changing changing) {
        int trigger = changing.dice.roll(changing.triggers);
        changing.index.remove(trigger);
        changing.index.put(trigger, changing.filters.get(trigger));
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
        new Runner(builder.addProfiler(GCProfiler.class).build()).run();
    }

    private static long bytesPerTrigger(TriggerSet set, int triggers) {
        // Once before, so that classes that are loaded do not count.
        indexOf(set.filters(triggers));
        long before = usedBytes();
        TriggerIndex<Integer> index = indexOf(set.filters(triggers));
        return (usedBytes() - before) / index.size();
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
