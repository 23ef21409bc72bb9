/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Bounds how often one object is written: somebody else who writes it another way each time would make a loop of it, and of
 * each round new pods. For one thread.
 */
final class WritePace {

    /** Writes of one object within {@link #SPAN}. */
    static final int MOST = 5;

    static final Duration SPAN = Duration.ofMinutes(1);

    private final LongSupplier nanos;
    private final Map<String, Written> written = new HashMap<>();

    private record Written(long sinceNanos, int count) {}

    /** @param nanos the time */
    WritePace(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether nothing is to be written of an object for a while. */
    boolean rests(String uid) {
        Written before = written.get(uid);
        return before != null && before.count() >= MOST && nanos.getAsLong() - before.sinceNanos() < SPAN.toNanos();
    }

    /** Counts a write. */
    void wrote(String uid) {
        long now = nanos.getAsLong();
        // What was written long ago is of no interest, and would be kept for ever.
        written.values().removeIf(one -> now - one.sinceNanos() >= SPAN.toNanos());
        Written before = written.get(uid);
        written.put(uid, before == null ? new Written(now, 1) : new Written(before.sinceNanos(), before.count() + 1));
    }
}
