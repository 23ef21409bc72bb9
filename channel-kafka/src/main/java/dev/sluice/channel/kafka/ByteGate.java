/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes that are on their way to one Kafka, and lets no more pass than there is memory for. It stands below the
 * producer's own limit, at which a producer would block. Safe for any thread.
 */
final class ByteGate {

    private final long capacity;
    private final long reserve;
    private final AtomicLong held = new AtomicLong();

    /** @param capacity in bytes; one eighth of it is for replies only */
    ByteGate(long capacity) {
        this.capacity = capacity;
        this.reserve = capacity / 8;
    }

    /** Takes the bytes if there is room for all of them. */
    boolean tryTake(long bytes, boolean reply) {
        long limit = reply ? capacity : forProducers();
        long before = held.get();
        while (before + bytes <= limit) {
            if (held.compareAndSet(before, before + bytes)) {
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

    /** The most that can ever pass at once for a producer. */
    long forProducers() {
        return capacity - reserve;
    }
}
