/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * One of several that take turns on one Kafka, so that what else happens on the machine hits each alike: the programs whose
 * cost counts, what sets them to work and what stops them. Those whose turn it is not are there as well and idle; the little
 * that Kafka does for them is part of what each turn has it spend.
 *
 * @param topic of which is counted what is fetched
 * @param events how many have come to their end so far
 */
record KafkaTurn(
        KafkaUnderTest kafka, List<Measured> programs, String topic, Order run, Order rest, LongSupplier events) {

    private static final long RAMP_UP_MILLIS = 500;

    private static final Duration FIRST_EVENT = Duration.ofMinutes(1);

    interface Order {
        void give() throws IOException;
    }

    /** Both orders, one after the other. */
    static Order both(Order first, Order second) {
        return () -> {
            first.give();
            second.give();
        };
    }

    /**
     * Waits for a first event, and runs until so many more have come, since the compilers need them, or the time is over.
     *
     * @throws IllegalStateException if none comes within a minute
     */
    void warmUp(long count, Duration limit) throws IOException, InterruptedException {
        run.give();
        long before = events.getAsLong();
        Measured.warmUp(events, 1, FIRST_EVENT);
        if (events.getAsLong() == before) {
            throw new IllegalStateException("no event came through " + topic + " within " + FIRST_EVENT);
        }
        Measured.warmUp(events, count, limit);
        rest.give();
        Thread.sleep(RAMP_UP_MILLIS);
    }

    SpentOnKafka spent(long millis) throws IOException, InterruptedException {
        run.give();
        Thread.sleep(RAMP_UP_MILLIS);
        SpentOnKafka before = soFar();
        Thread.sleep(millis);
        SpentOnKafka spent = soFar().since(before);
        rest.give();
        Thread.sleep(RAMP_UP_MILLIS);
        return spent;
    }

    private SpentOnKafka soFar() throws IOException {
        long count = events.getAsLong();
        double seconds = System.nanoTime() / 1e9;
        long micros = 0;
        for (Measured program : programs) {
            micros += program.cpuMicros();
        }
        long kafkaMicros = kafka.cpuMicros();
        // Allocations and counters are asked for last, since asking costs something.
        long allocated = 0;
        for (Measured program : programs) {
            allocated += program.meter().allocatedBytes();
        }
        return new SpentOnKafka(
                new Spent(count, micros, allocated, seconds), kafkaMicros, kafka.fetchedBytes(topic), kafka.commits());
    }
}
