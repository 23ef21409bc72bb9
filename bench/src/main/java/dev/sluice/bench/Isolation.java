/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * What a trigger that is well notices of others that are not: how long its events take at 300 per second, in pairs of runs
 * with and without them, in turns. Shown for whole runs, and for what came later than in their first second, in which the
 * others are met for the first time. Beside it is first one trigger that matches everything as well and whose subscriber takes
 * a second for each event, and then twenty triggers that are broken: half of them never get an answer, the others get 500.
 * The slow one is given the time to come to its end after each run, and must have got every event.
 */
public final class Isolation {

    private static final int PER_SECOND = Integer.getInteger("sluice.bench.rate", 300);
    private static final long MEASURE_MILLIS = Long.getLong("sluice.bench.measure", 5_000);
    private static final long FIRST_MILLIS = 1_000;
    private static final int BROKEN = 20;

    /** A change of the resources is in force within a second. */
    private static final long IN_FORCE_MILLIS = 2_000;

    /** At a hundred requests under way the slow one takes three times as long as it was sent to. */
    private static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Vertx vertx = Vertx.vertx();
    /** Of the subscribers that are not well, so that they have no thread in common with what is measured. */
    private final Vertx elsewhere = Vertx.vertx();

    private final Sink healthy = Sink.timed(vertx);
    private final Set<String> slowGot = ConcurrentHashMap.newKeySet();
    private final AtomicLong slowRepeated = new AtomicLong();

    private Isolation() {}

    /** @param args the number of pairs of each kind, 5 if absent */
    public static void main(String[] args) throws Exception {
        new Isolation().run(args.length > 0 ? Integer.parseInt(args[0]) : 5);
    }

    private void run(int pairs) throws Exception {
        String slow = listen(elsewhere.createHttpServer().requestHandler(request -> {
            if (!slowGot.add(request.getHeader("ce-id"))) {
                slowRepeated.incrementAndGet();
            }
            elsewhere.setTimer(1_000, timer -> request.response().end());
        }));
        String broken = listen(elsewhere.createHttpServer().requestHandler(request -> {
            if (request.path().equals("/fails")) {
                request.response().setStatusCode(500).end();
            }
        }));
        try (SluiceUnderTest sluice = SluiceUnderTest.start(SluiceUnderTest.oneFile(
                        SluiceUnderTest.broker("bench"),
                        1,
                        i -> SluiceUnderTest.trigger("healthy", "bench", Producer.TYPE, healthy.url())));
                OpenLoad warmUp = new OpenLoad(vertx, sluice.url("bench"), 4_000);
                OpenLoad load = new OpenLoad(vertx, sluice.url("bench"), PER_SECOND)) {
            warmUp.run();
            sluice.process().warmUp(healthy::received);
            warmUp.rest();
            allUnderWayHasArrived();

            Path file = sluice.resources().resolve("others.yaml");
            compare("one that takes 1 s per event", pairs, load, file, trigger("slow", slow), this::slowIsThrough);
            StringBuilder others = new StringBuilder();
            for (int i = 0; i < BROKEN; i++) {
                others.append(trigger("broken-" + i, broken + (i % 2 == 0 ? "hangs" : "fails")));
            }
            compare(BROKEN + " that are broken", pairs, load, file, others.toString(), sent -> {});
            System.out.printf("refused: %d%n", load.refused());
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
        elsewhere.close().toCompletionStage().toCompletableFuture().join();
    }

    private interface Rest {
        void after(long sent) throws InterruptedException;
    }

    private void compare(String what, int pairs, OpenLoad load, Path file, String others, Rest rest)
            throws IOException, InterruptedException {
        System.out.println("beside " + what + ", in ms");
        System.out.println("pair  of     p50 alone  beside  ratio   p99 alone  beside  ratio");
        Map<String, Ratios> ratios = new LinkedHashMap<>();
        for (int pair = 1; pair <= pairs; pair++) {
            // In turns which of the two comes first, so that neither always has the machine as the other left it.
            Delays beside = pair % 2 == 0 ? beside(load, file, others, rest) : null;
            Delays alone = measure(load, sent -> {});
            if (beside == null) {
                beside = beside(load, file, others, rest);
            }
            compare(pair, "all", alone.all(), beside.all(), ratios);
            compare(pair, "later", alone.later(), beside.later(), ratios);
        }
        ratios.forEach((part, all) -> {
            System.out.printf(
                    "| %d events/s beside %s, p50 of %s | %s times | 1.2 times |%n",
                    PER_SECOND, what, part, Median.of(all.medians()).text(2));
            System.out.printf(
                    "| %d events/s beside %s, p99 of %s | %s times | 1.2 times |%n",
                    PER_SECOND, what, part, Median.of(all.tails()).text(2));
        });
    }

    private static void compare(int pair, String part, Histogram alone, Histogram beside, Map<String, Ratios> ratios) {
        Ratios all = ratios.computeIfAbsent(part, first -> new Ratios(new ArrayList<>(), new ArrayList<>()));
        all.medians().add(ratio(beside, alone, 50));
        all.tails().add(ratio(beside, alone, 99));
        System.out.printf(
                Locale.ROOT,
                "%4d  %-5s  %9.2f  %6.2f  %5.2f   %9.2f  %6.2f  %5.2f%n",
                pair,
                part,
                millis(alone, 50),
                millis(beside, 50),
                ratio(beside, alone, 50),
                millis(alone, 99),
                millis(beside, 99),
                ratio(beside, alone, 99));
    }

    private record Ratios(List<Double> medians, List<Double> tails) {}

    /** Of the events of a whole run, and of those that came later than in its first second. */
    private record Delays(Histogram all, Histogram later) {}

    private Delays beside(OpenLoad load, Path file, String others, Rest rest) throws IOException, InterruptedException {
        slowGot.clear();
        Files.writeString(file, others);
        Thread.sleep(IN_FORCE_MILLIS);
        try {
            return measure(load, rest);
        } finally {
            Files.delete(file);
            Thread.sleep(IN_FORCE_MILLIS);
        }
    }

    private Delays measure(OpenLoad load, Rest rest) throws InterruptedException {
        long before = healthy.received();
        healthy.delays();
        load.run();
        Thread.sleep(FIRST_MILLIS);
        Histogram first = healthy.delays();
        Thread.sleep(MEASURE_MILLIS);
        load.rest();
        allUnderWayHasArrived();
        Histogram later = healthy.delays();
        first.add(later);
        var delays = new Delays(first, later);
        rest.after(healthy.received() - before);
        return delays;
    }

    private void allUnderWayHasArrived() throws InterruptedException {
        long received = -1;
        while (received != healthy.received()) {
            received = healthy.received();
            Thread.sleep(500);
        }
    }

    /** Waits until the slow one has what the healthy one got, and says so if it never does. */
    private void slowIsThrough(long sent) throws InterruptedException {
        long limit = System.nanoTime() + LONGEST_REST_NANOS;
        while (slowGot.size() < sent && System.nanoTime() - limit < 0) {
            Thread.sleep(100);
        }
        if (slowGot.size() != sent || slowRepeated.get() > 0) {
            throw new IllegalStateException("of " + sent + " events the slow trigger got " + slowGot.size() + ", "
                    + slowRepeated + " of them again");
        }
    }

    private static String trigger(String name, String url) {
        return SluiceUnderTest.trigger(name, "bench", Producer.TYPE, url);
    }

    private static String listen(HttpServer server) {
        int port = server.listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
        return "http://127.0.0.1:" + port + "/";
    }

    private static double ratio(Histogram of, Histogram to, double percentile) {
        return millis(of, percentile) / millis(to, percentile);
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1_000.0;
    }
}
