/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

/**
 * How many requests a subscriber may get: {@code perSecond} in the long run, and {@code burst} at once after a pause.
 *
 * @param perSecond requests per second, {@link #LEAST} to {@link #MOST}
 * @param burst requests, 1 or more
 */
public record RateLimit(double perSecond, int burst) {

    /** About one request in a quarter of an hour. */
    public static final double LEAST = 0.001;

    public static final double MOST = 1_000_000;

    public RateLimit {
        // Written so that NaN is refused too.
        if (!(perSecond >= LEAST && perSecond <= MOST)) {
            throw new IllegalArgumentException(
                    "perSecond=" + perSecond + " must be at least " + LEAST + " and at most " + (long) MOST);
        }
        if (burst < 1) {
            throw new IllegalArgumentException("burst=" + burst + " must be at least 1");
        }
    }

    /** As many at once as come in a second, at least one. */
    public static RateLimit of(double perSecond) {
        return new RateLimit(perSecond, (int) Math.max(1, Math.ceil(perSecond)));
    }
}
