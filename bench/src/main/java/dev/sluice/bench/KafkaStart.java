/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.RequestOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * How soon events are delivered on Kafka: by a process and a broker that are new, by a dispatcher with 1,000 triggers that
 * was stopped in order or killed, and by another one for the partitions of one that was killed. Beside it what memory 1,000
 * triggers take, and how much is delivered twice because of a kill.
 */
public final class KafkaStart {

    private static final int TRIGGERS = Integer.getInteger("sluice.bench.triggers", 1_000);
    private static final int PER_SECOND = Integer.getInteger("sluice.bench.rate", 500);
    private static final String BROKER = "many";
    private static final String GROUP = "sluice-broker-default-" + BROKER;
    private static final Set<String> PARTS = Set.of("fresh", "start", "kill", "take-over");
    private static final long DOWN_MILLIS = 5_000;
    /** For what had been sent before a kill to arrive, so that it is not taken for what comes after. */
    private static final long SENT_MILLIS = 500;

    /** More than a session. */
    private static final long TAKEN_OVER_MILLIS = 10_000;

    /** Older events that are not there yet are behind, not on their way. */
    private static final long ON_THE_WAY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Vertx vertx = Vertx.vertx();
    private final Witness witness = Witness.start(vertx);
    private final List<Double> fresh = new ArrayList<>();
    private final List<Double> consuming = new ArrayList<>();
    private final List<Double> resident = new ArrayList<>();
    private final List<Double> resumed = new ArrayList<>();
    private final List<Double> repeated = new ArrayList<>();
    private final List<Double> takenOver = new ArrayList<>();
    private final List<Double> repeatedByTheOther = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    /** Of the last event. Guarded by this. */
    private long lastId;

    private final Set<String> parts;

    private KafkaStart(Set<String> parts) {
        this.parts = parts;
    }

    /**
     * @param args the number of rounds, 2 if absent, and behind it which parts are wanted, all if none is named: {@code fresh},
     *     {@code start}, {@code kill}, {@code take-over}
     */
    public static void main(String[] args) throws Exception {
        KafkaStart program = new KafkaStart(args.length > 1 ? Set.of(args) : PARTS);
        try {
            program.run(args.length > 0 ? Integer.parseInt(args[0]) : 2);
        } finally {
            program.vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private void run(int rounds) throws Exception {
        try (KafkaUnderTest kafka = KafkaUnderTest.start()) {
            for (int round = 1; round <= roundsOf("fresh", rounds); round++) {
                fresh(kafka, "fresh-" + round);
            }
            try (SluiceUnderTest ingress = kafka.sluice(
                            SluiceUnderTest.oneFile(
                                    SluiceUnderTest.broker(BROKER),
                                    TRIGGERS,
                                    i -> SluiceUnderTest.trigger("t" + i, BROKER, type(i), witness.url())),
                            "broker");
                    OpenLoad load = new OpenLoad(vertx, ingress.url(BROKER), PER_SECOND, this::event)) {
                Producer each = new Producer(vertx, ingress.url(BROKER), 64);
                try (SluiceUnderTest first = ingress.beside("one", kafka.options("dispatcher"))) {
                    long limit = System.nanoTime() + PATIENCE_NANOS;
                    while (witness.types() < TRIGGERS) {
                        if (System.nanoTime() - limit > 0) {
                            throw new IllegalStateException(
                                    "only " + witness.types() + " triggers have got an event, of " + TRIGGERS);
                        }
                        // A trigger that had not begun yet does not get what came before.
                        oneForEach(each);
                        Thread.sleep(1_000);
                        first.process().mustRun();
                    }
                }
                for (int round = 1; round <= roundsOf("start", rounds); round++) {
                    start(kafka, ingress, each, load);
                }
                for (int round = 1; round <= roundsOf("kill", rounds); round++) {
                    kill(kafka, ingress, load);
                }
                try (SluiceUnderTest stays = ingress.beside("one", kafka.options("dispatcher"))) {
                    for (int round = 1; round <= roundsOf("take-over", rounds); round++) {
                        takeOver(kafka, ingress, load);
                        stays.process().mustRun();
                    }
                }
                System.out.printf("refused: %d%n", load.refused());
            }
        }
        row("first delivery of a fresh process and broker, from the command", fresh, 2, "s", "5 s");
        row(TRIGGERS + " triggers, all consuming, from the command", consuming, 2, "s", "5 s");
        row(TRIGGERS + " triggers, dispatcher, resident", resident, 0, "MB", "512 MB");
        row("killed at " + PER_SECOND + " events/s, first delivery from the next command", resumed, 2, "s", "5 s");
        row("delivered twice for it", repeated, 0, "events", "100 events");
        row("one of two killed, longest delay of an event", takenOver, 2, "s", "8 s");
        row("delivered twice for it", repeatedByTheOther, 0, "events", "100 events");
    }

    private int roundsOf(String part, int rounds) {
        return parts.contains(part) ? rounds : 0;
    }

    private void fresh(KafkaUnderTest kafka, String broker) throws Exception {
        Witness its = Witness.start(vertx);
        long start = System.nanoTime();
        try (SluiceUnderTest sluice = kafka.sluice(
                        SluiceUnderTest.oneFile(
                                SluiceUnderTest.broker(broker),
                                1,
                                i -> SluiceUnderTest.trigger("of-" + broker, broker, Producer.TYPE, its.url())),
                        "all");
                OpenLoad load = new OpenLoad(vertx, sluice.url(broker), 100)) {
            load.run();
            await("an event of a fresh broker", () -> its.received() > 0);
        }
        fresh.add(seconds(its.firstNanos() - start));
        System.out.printf("fresh: %.2f s%n", last(fresh));
    }

    /** A stop in order, an event for each trigger while nobody delivers, and the time until all have got theirs. */
    private void start(KafkaUnderTest kafka, SluiceUnderTest ingress, Producer each, OpenLoad load) throws Exception {
        witness.forget();
        oneForEach(each);
        long start = System.nanoTime();
        try (SluiceUnderTest dispatcher = ingress.beside("one", kafka.options("dispatcher"))) {
            await("an event for each trigger", () -> witness.types() == TRIGGERS);
            consuming.add(seconds(witness.lastNewTypeNanos() - start));
            load.run();
            Thread.sleep(DOWN_MILLIS);
            resident.add(dispatcher.process().residentBytes() / 1e6);
            load.rest();
            Thread.sleep(SENT_MILLIS);
        }
        System.out.printf("start: %.2f s, %.0f MB%n", last(consuming), last(resident));
    }

    private void kill(KafkaUnderTest kafka, SluiceUnderTest ingress, OpenLoad load) throws Exception {
        try (SluiceUnderTest dispatcher = ingress.beside("one", kafka.options("dispatcher"))) {
            witness.awaitNothing();
            load.run();
            awaitDelivering();
            dispatcher.process().kill();
        }
        Thread.sleep(SENT_MILLIS);
        witness.forget();
        Thread.sleep(DOWN_MILLIS - SENT_MILLIS);
        long start = System.nanoTime();
        try (SluiceUnderTest dispatcher = ingress.beside("one", kafka.options("dispatcher"))) {
            await("events after a kill", () -> witness.firstNanos() != 0);
            // Both what waited and what may come twice is through by then.
            Thread.sleep(DOWN_MILLIS);
            load.rest();
            Thread.sleep(SENT_MILLIS);
            dispatcher.process().mustRun();
        }
        resumed.add(seconds(witness.firstNanos() - start));
        repeated.add((double) witness.repeated());
        System.out.printf("killed: %.2f s, %.0f twice%n", last(resumed), last(repeated));
    }

    private void takeOver(KafkaUnderTest kafka, SluiceUnderTest ingress, OpenLoad load) throws Exception {
        try (SluiceUnderTest other = ingress.beside("two", kafka.options("dispatcher"))) {
            witness.awaitNothing();
            load.run();
            await("two dispatchers with partitions", () -> kafka.membersWithPartitions(GROUP) == 2);
            awaitDelivering();
            witness.forget();
            other.process().kill();
        }
        Thread.sleep(TAKEN_OVER_MILLIS);
        awaitCaughtUp();
        load.rest();
        Thread.sleep(SENT_MILLIS);
        takenOver.add(witness.longestDelayMillis() / 1_000);
        repeatedByTheOther.add((double) witness.repeated());
        System.out.printf("taken over: %.2f s, %.0f twice%n", last(takenOver), last(repeatedByTheOther));
    }

    private void awaitDelivering() throws InterruptedException {
        awaitEvents(3 * PER_SECOND);
        // What waited meanwhile comes faster than this, and of two dispatchers one alone would do for that.
        awaitCaughtUp();
        awaitEvents(2 * PER_SECOND);
        awaitCaughtUp();
    }

    private void awaitEvents(int count) throws InterruptedException {
        int before = witness.received();
        await("events", () -> witness.received() > before + count);
    }

    private void awaitCaughtUp() throws InterruptedException {
        await("all events", () -> witness.hasAllBefore(System.nanoTime() - ON_THE_WAY_NANOS));
    }

    private static String type(int trigger) {
        return Producer.TYPE + "." + trigger;
    }

    /** The triggers in turns, each event with a key of its own, so that all partitions get some. */
    private synchronized RequestOptions event(Producer producer) {
        lastId = Math.max(lastId + 1, System.nanoTime());
        witness.await(lastId);
        String id = Long.toString(lastId);
        return producer.request(id, type(next.getAndIncrement() % TRIGGERS)).putHeader("ce-partitionkey", id);
    }

    private void oneForEach(Producer producer) throws InterruptedException {
        AtomicInteger accepted = new AtomicInteger();
        next.set(0);
        for (int i = 0; i < TRIGGERS; i++) {
            producer.post(event(producer), wasAccepted -> accepted.addAndGet(wasAccepted ? 1 : 0));
        }
        await("an event for each trigger to be accepted", () -> accepted.get() == TRIGGERS);
    }

    private static void await(String what, BooleanSupplier fact) throws InterruptedException {
        long limit = System.nanoTime() + PATIENCE_NANOS;
        while (!fact.getAsBoolean()) {
            if (System.nanoTime() - limit > 0) {
                throw new IllegalStateException("waited for a minute in vain for " + what);
            }
            Thread.sleep(10);
        }
    }

    private static double seconds(long nanos) {
        return nanos / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static double last(List<Double> measured) {
        return measured.get(measured.size() - 1);
    }

    private static void row(String what, List<Double> measured, int decimals, String unit, String aim) {
        if (measured.isEmpty()) {
            return;
        }
        System.out.printf("| %s | %s %s | %s |%n", what, Median.of(measured).text(decimals), unit, aim);
    }
}
