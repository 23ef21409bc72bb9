/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What many resources cost while nothing happens: the time to start, the resident memory of the whole process, its CPU
 * time, and how long one edit takes from the moment it is saved until an event is delivered by it. With 10,000 triggers in
 * one file and in a file each, and with 100 brokers.
 */
public final class Idle {

    private static final int TRIGGERS = Integer.getInteger("sluice.bench.triggers", 10_000);
    private static final int BROKERS = Integer.getInteger("sluice.bench.brokers", 100);
    private static final int SOURCES = Integer.getInteger("sluice.bench.sources", 1_000);
    /** The JVM gives memory back after half a minute without a collection. */
    private static final long SETTLE_MILLIS = 40_000;

    private static final long IDLE_MILLIS = 10_000;
    private static final int EDITS = 5;

    private Idle() {}

    /** @param args the number of rounds, 1 if absent */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 1;
        Vertx vertx = Vertx.vertx();
        Sink sink = Sink.start(vertx);
        Case triggers = new Case(TRIGGERS + " triggers in one file", "256 MB", folder -> {
            Files.writeString(folder.resolve("0.yaml"), SluiceUnderTest.broker("bench") + edited(sink, 0));
            StringBuilder all = new StringBuilder();
            for (int i = 1; i < TRIGGERS; i++) {
                all.append(trigger(sink, i));
            }
            Files.writeString(folder.resolve("all.yaml"), all);
        });
        Case files = new Case(TRIGGERS + " triggers in a file each", "256 MB", folder -> {
            Files.writeString(folder.resolve("0.yaml"), SluiceUnderTest.broker("bench") + edited(sink, 0));
            for (int i = 1; i < TRIGGERS; i++) {
                Files.writeString(folder.resolve(i + ".yaml"), trigger(sink, i));
            }
        });
        Case brokers = new Case(BROKERS + " brokers", "200 MB", folder -> {
            Files.writeString(folder.resolve("0.yaml"), SluiceUnderTest.broker("bench") + edited(sink, 0));
            for (int i = 1; i < BROKERS; i++) {
                Files.writeString(
                        folder.resolve(i + ".yaml"),
                        SluiceUnderTest.broker("b" + i)
                                + SluiceUnderTest.trigger("t" + i, "b" + i, Producer.TYPE, sink.url()));
            }
        });
        Case pings = new Case(SOURCES + " PingSources", "200 MB", folder -> {
            Files.writeString(folder.resolve("0.yaml"), SluiceUnderTest.broker("bench") + edited(sink, 0));
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < SOURCES; i++) {
                all.append(yearly(sink, i));
            }
            Files.writeString(folder.resolve("pings.yaml"), all);
        });
        System.out.println("what  ready s  resident MB  CPU of a core %  edit s (longest)");
        for (int round = 0; round < rounds; round++) {
            for (Case each : List.of(triggers, files, brokers, pings)) {
                each.run(vertx, sink);
            }
        }
        for (Case each : List.of(triggers, files, brokers, pings)) {
            each.report();
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static String trigger(Sink sink, int i) {
        return SluiceUnderTest.trigger("t" + i, "bench", Producer.TYPE + ".other" + i, sink.url());
    }

    /** One that has nothing to do while it is measured, unless that is done on New Year's Eve. */
    private static String yearly(Sink sink, int i) {
        return """
                apiVersion: sources.knative.dev/v1
                kind: PingSource
                metadata: {name: p%d}
                spec:
                  schedule: "0 0 1 1 *"
                  data: "{}"
                  contentType: application/json
                  sink: {uri: "%s"}
                ---
                """.formatted(i, sink.url());
    }

    /** The trigger that is edited: at first it wants events of another type than those that are posted. */
    private static String edited(Sink sink, int edits) {
        return SluiceUnderTest.trigger(
                "edited", "bench", edits % 2 == 0 ? Producer.TYPE + ".none" : Producer.TYPE, sink.url());
    }

    private static final class Case {

        private final String name;
        private final String limit;
        private final SluiceUnderTest.Resources resources;
        private final List<Double> ready = new ArrayList<>();
        private final List<Double> resident = new ArrayList<>();
        private final List<Double> busy = new ArrayList<>();
        private final List<Double> edits = new ArrayList<>();

        Case(String name, String limit, SluiceUnderTest.Resources resources) {
            this.name = name;
            this.limit = limit;
            this.resources = resources;
        }

        void run(Vertx vertx, Sink sink) throws Exception {
            try (SluiceUnderTest sluice = SluiceUnderTest.start(resources)) {
                ready.add(sluice.secondsToReady());
                Thread.sleep(SETTLE_MILLIS);
                resident.add(sluice.process().residentBytes() / 1e6);
                long cpuBefore = sluice.process().cpuMicros();
                Thread.sleep(IDLE_MILLIS);
                long cpu = sluice.process().cpuMicros() - cpuBefore;
                busy.add(100.0 * cpu / TimeUnit.MILLISECONDS.toMicros(IDLE_MILLIS));
                try (OpenLoad load = new OpenLoad(vertx, sluice.url("bench"), 100)) {
                    load.run();
                    for (int edit = 1; edit <= EDITS; edit++) {
                        edits.add(edit(sluice.resources().resolve("0.yaml"), sink, edit));
                    }
                }
                System.out.printf(
                        Locale.ROOT,
                        "%s  %.2f  %.0f  %.1f  %.2f%n",
                        name,
                        last(ready),
                        last(resident),
                        last(busy),
                        edits.subList(edits.size() - EDITS, edits.size()).stream()
                                .reduce(0.0, Math::max));
            }
        }

        /** Saves the file anew, and waits until events come by it, or come no more. */
        private static double edit(Path file, Sink sink, int edit) throws Exception {
            Files.writeString(file, SluiceUnderTest.broker("bench") + edited(sink, edit));
            long saved = System.nanoTime();
            boolean wanted = edit % 2 != 0;
            long seen = sink.received();
            long changed = saved;
            while (changed - saved < TimeUnit.SECONDS.toNanos(20)) {
                Thread.sleep(10);
                long now = sink.received();
                if (wanted && now > seen) {
                    changed = System.nanoTime();
                    break;
                }
                if (now > seen) {
                    seen = now;
                    changed = System.nanoTime();
                } else if (!wanted && System.nanoTime() - changed > TimeUnit.SECONDS.toNanos(3)) {
                    break;
                }
            }
            return (changed - saved) / (double) TimeUnit.SECONDS.toNanos(1);
        }

        void report() {
            System.out.printf(
                    "| %s | %s s | %s MB | %s | %s %% | %s s |%n",
                    name,
                    Median.of(ready).text(1),
                    Median.of(resident).text(0),
                    limit,
                    Median.of(busy).text(1),
                    Median.of(edits).text(2));
        }

        private static double last(List<Double> values) {
            return values.get(values.size() - 1);
        }
    }
}
