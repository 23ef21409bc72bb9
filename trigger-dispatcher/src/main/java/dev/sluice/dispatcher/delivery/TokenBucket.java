/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.RateLimit;
import java.util.concurrent.TimeUnit;

/**
 * Lets so many requests through per second, and a burst after a pause, or a {@link Share} of both. A token bucket that keeps one number, the time at which
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
    private int burst;
    private long nanosPerToken;
    /** How long before it is full it has a token to give. */
    private long tolerance;

    private long fullAtNanos;

    /** Begins full. */
    TokenBucket(RateLimit limit, Share share, long nowNanos) {
        this.limit = limit;
        scale(share);
        fullAtNanos = nowNanos;
    }

    private void scale(Share share) {
        burst = share.of(limit.burst());
        nanosPerToken = Math.round(TimeUnit.SECONDS.toNanos(1) / share.of(limit.perSecond()));
        // Differences of times overflow after centuries.
        long burstNanos =
                nanosPerToken > LONGEST_BURST_NANOS / burst ? LONGEST_BURST_NANOS : nanosPerToken * (burst - 1);
        tolerance = Math.max(TIMER_NANOS, burstNanos);
    }

    /** The limit, whole. */
    RateLimit limit() {
        return limit;
    }

    /**
     * Gives another share of the limit from now on. What there is stays, as far as it fits; a share that grows brings no
     * tokens with it, since whoever had it until now may just have used them.
     */
    void share(Share share, long nowNanos) {
        double owed = Math.max(0, fullAtNanos - nowNanos) / (double) nanosPerToken;
        double left = burst - owed;
        scale(share);
        double missing = Math.max(0, burst - left);
        fullAtNanos = nowNanos + Math.min((long) (missing * nanosPerToken), tolerance + nanosPerToken);
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
