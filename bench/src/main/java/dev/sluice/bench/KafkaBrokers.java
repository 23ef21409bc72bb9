/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** What one process takes with many Brokers on one Kafka, each with a trigger: memory, threads, and the processor while idle. */
public final class KafkaBrokers {

    private static final int BROKERS = Integer.getInteger("sluice.bench.brokers", 100);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final long AGAIN_MILLIS = 200;
    private static final long SETTLED_MILLIS = 10_000;
    private static final long IDLE_MILLIS = 20_000;

    private KafkaBrokers() {}

    /** @param args the number of rounds, 2 if absent, each with topics that are there from the second on */
    public static void main(String[] args) throws Exception {
        Vertx vertx = Vertx.vertx();
        List<Double> delivered = new ArrayList<>();
        List<Double> resident = new ArrayList<>();
        List<Double> threads = new ArrayList<>();
        List<Double> busy = new ArrayList<>();
        try (KafkaUnderTest kafka = KafkaUnderTest.start()) {
            Witness witness = Witness.start(vertx);
            for (int round = 0; round < (args.length > 0 ? Integer.parseInt(args[0]) : 2); round++) {
                witness.forget();
                long start = System.nanoTime();
                try (SluiceUnderTest sluice = kafka.sluice(
                        SluiceUnderTest.oneFile(
                                "",
                                BROKERS,
                                i -> SluiceUnderTest.broker("b" + i)
                                        + SluiceUnderTest.trigger("t" + i, "b" + i, type(i), witness.url())),
                        "all")) {
                    oneForEach(vertx, sluice);
                    while (witness.types() < BROKERS) {
                        if (System.nanoTime() - start > PATIENCE_NANOS) {
                            throw new IllegalStateException(witness.types() + " brokers of " + BROKERS + " deliver");
                        }
                        Thread.sleep(100);
                        sluice.process().mustRun();
                    }
                    delivered.add((witness.lastNewTypeNanos() - start) / 1e9);
                    Thread.sleep(SETTLED_MILLIS);
                    long before = sluice.process().cpuMicros();
                    Thread.sleep(IDLE_MILLIS);
                    busy.add((sluice.process().cpuMicros() - before) / 10.0 / IDLE_MILLIS);
                    resident.add(sluice.process().residentBytes() / 1e6);
                    threads.add((double) sluice.process().meter().threadCount());
                }
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
        System.out.printf(
                "| %d brokers on Kafka, all have delivered, from the command | %s s |%n", BROKERS, text(delivered, 1));
        System.out.printf("| resident | %s MB |%n", text(resident, 0));
        System.out.printf("| threads | %s |%n", text(threads, 0));
        System.out.printf("| idle, of one processor | %s %% |%n", text(busy, 1));
    }

    /** One for each Broker, as soon as it takes it: of many that are new, the topics are not there at once. */
    private static void oneForEach(Vertx vertx, SluiceUnderTest sluice) throws Exception {
        List<Integer> left = new ArrayList<>(IntStream.range(0, BROKERS).boxed().toList());
        List<Producer> producers = new ArrayList<>();
        left.forEach(i -> producers.add(new Producer(vertx, sluice.url("b" + i), 1)));
        long limit = System.nanoTime() + PATIENCE_NANOS;
        while (!left.isEmpty()) {
            if (System.nanoTime() - limit > 0) {
                throw new IllegalStateException(left.size() + " brokers of " + BROKERS + " take no event");
            }
            Set<Integer> accepted = ConcurrentHashMap.newKeySet();
            CountDownLatch answered = new CountDownLatch(left.size());
            for (int i : left) {
                Producer producer = producers.get(i);
                producer.post(producer.request(Long.toString(System.nanoTime()), type(i)), wasAccepted -> {
                    if (wasAccepted) {
                        accepted.add(i);
                    }
                    answered.countDown();
                });
            }
            answered.await();
            left.removeAll(accepted);
            if (!left.isEmpty()) {
                Thread.sleep(AGAIN_MILLIS);
            }
        }
    }

    private static String type(int broker) {
        return Producer.TYPE + "." + broker;
    }

    private static String text(List<Double> measured, int decimals) {
        return Median.of(measured).text(decimals);
    }
}
