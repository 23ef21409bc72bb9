/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.Jitter;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before an attempt is made again. Pure. */
final class Backoff {

    private Backoff() {}

    /**
     * The wait before the n-th retry, counted from 1, in milliseconds: what the policy says, less what chance takes off, or
     * what the destination asked for if that is longer and within what the delivery honours.
     */
    static long beforeRetry(Delivery delivery, int ordinal, Failure failure, RandomGenerator random) {
        long most = millis(delivery.backoff(ordinal));
        long wait = delivery.jitter() == Jitter.FULL ? random.nextLong(most + 1) : most;
        return Math.max(wait, askedFor(delivery, failure));
    }

    /**
     * The wait of an event that has used up its retries, or failed in a way that no retry mends, and has nowhere to go:
     * the longest there is, again and again, until its subscriber is mended or its trigger deleted.
     */
    static long whenKept(Delivery delivery, Failure failure) {
        return Math.max(millis(delivery.backoffMax()), askedFor(delivery, failure));
    }

    /** What the destination asked for, in milliseconds, as far as the delivery honours it. */
    static long askedFor(Delivery delivery, Failure failure) {
        if (failure.retryAfterMillis() <= 0) {
            return 0;
        }
        return Math.min(
                failure.retryAfterMillis(), millis(delivery.retryAfterMax().orElse(delivery.backoffMax())));
    }

    static long millis(Duration duration) {
        // A wait of centuries is as good as one that no long can count.
        return duration.compareTo(LONGEST) > 0 ? LONGEST.toMillis() : duration.toMillis();
    }

    private static final Duration LONGEST = Duration.ofDays(365L * 100);
}
