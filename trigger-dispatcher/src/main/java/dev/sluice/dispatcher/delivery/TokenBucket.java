/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.RateLimit;
import java.util.concurrent.TimeUnit;

/**
 * Lets so many requests through per second, and a burst after a pause. A token bucket that keeps one number, the time at which
 * it is full (known as the generic cell rate algorithm): nothing has to be filled up as time passes. Times are of {@link
 * Timers#nanoTime()}.
 */
final class TokenBucket {

    /**
     * Timers ring up to a millisecond late, and what was waited for must not be lost by that: with a burst of one no rate
     * above a thousand would be reached.
     */
    private static final long TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long LONGEST_BURST_NANOS = TimeUnit.DAYS.toNanos(365);

    private final RateLimit limit;
    private final long nanosPerToken;
    /** How long before it is full it has a token to give. */
    private final long tolerance;

    private long fullAtNanos;

    TokenBucket(RateLimit limit, long nowNanos) {
        this.limit = limit;
        nanosPerToken = Math.round(TimeUnit.SECONDS.toNanos(1) / limit.perSecond());
        // Differences of times overflow after centuries.
        long burst = nanosPerToken > LONGEST_BURST_NANOS / limit.burst()
                ? LONGEST_BURST_NANOS
                : nanosPerToken * (limit.burst() - 1);
        tolerance = Math.max(TIMER_NANOS, burst);
        fullAtNanos = nowNanos;
    }

    RateLimit limit() {
        return limit;
    }

    boolean hasToken(long nowNanos) {
        return nowNanos - hasTokenAt() >= 0;
    }

    /** From when on there is a token. */
    long hasTokenAt() {
        return fullAtNanos - tolerance;
    }

    /** Takes a token that is there. */
    void take(long nowNanos) {
        long from = fullAtNanos - nowNanos > 0 ? fullAtNanos : nowNanos;
        fullAtNanos = from + nanosPerToken;
    }
}
