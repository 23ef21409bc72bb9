/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Counts the bytes that are on their way to one Kafka, and lets no more pass than there is memory for. It stands below the
 * producer's own limit, at which a producer would block. Safe for any thread.
 */
final class ByteGate {

    private final long capacity;
    private final long reserve;
    private final LongSupplier nanoTime;
    private final AtomicLong held = new AtomicLong();
    /** When something was on its way last after nothing had been. */
    private volatile long busySinceNanos;

    /** @param capacity in bytes; one eighth of it is for replies only */
    ByteGate(long capacity) {
        this(capacity, System::nanoTime);
    }

    ByteGate(long capacity, LongSupplier nanoTime) {
        this.capacity = capacity;
        this.reserve = capacity / 8;
        this.nanoTime = nanoTime;
    }

    /** Takes the bytes if there is room for all of them. */
    boolean tryTake(long bytes, boolean reply) {
        long limit = reply ? capacity : forProducers();
        long before = held.get();
        while (before + bytes <= limit) {
            if (held.compareAndSet(before, before + bytes)) {
                if (before == 0) {
                    busySinceNanos = nanoTime.getAsLong();
                }
                return true;
            }
            before = held.get();
        }
        return false;
    }

    void give(long bytes) {
        held.addAndGet(-bytes);
    }

    long held() {
        return held.get();
    }

    /** For how long something has been on its way without a moment in which nothing was; of no meaning in such a moment. */
    Duration busyFor() {
        return Duration.ofNanos(nanoTime.getAsLong() - busySinceNanos);
    }

    /** The most that can ever pass at once for a producer. */
    long forProducers() {
        return capacity - reserve;
    }
}
