/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Makes ids that sort as text in the order in which they were made: UUID version 7 (RFC 9562, 5.7), with the 12 bits of
 * {@code rand_a} as a counter within the millisecond (method 1 of 6.2). When the clock stands still or goes back, the
 * counter goes on and borrows from the time. Not for several threads.
 */
final class DeadLetterIds {

    private static final int COUNTER_BITS = 12;

    private final LongSupplier epochMillis;
    private final SecureRandom random = new SecureRandom();
    /** The 48 bits of the time and the 12 of the counter, of the last id. */
    private long last;

    DeadLetterIds(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
    }

    String next() {
        last = Math.max(last + 1, epochMillis.getAsLong() << COUNTER_BITS);
        long time = last >>> COUNTER_BITS;
        long counter = last & ((1 << COUNTER_BITS) - 1);
        long high = time << 16 | 0x7000 | counter;
        long low = random.nextLong() >>> 2 | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }
}
