/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * When a trigger's events may be begun.
 *
 * @param maxInFlight events under way at a time, 1 or more; empty: as many as the dispatcher gives every trigger
 * @param rateLimit of requests to the subscriber, retries included; empty: none
 * @param breaker whether a subscriber that is out of order is only probed until it works again
 * @param paused whether nothing is begun
 */
public record Pacing(OptionalInt maxInFlight, Optional<RateLimit> rateLimit, boolean breaker, boolean paused) {

    /** Everything at once, as far as the dispatcher lets every trigger. */
    public static final Pacing FREE = new Pacing(OptionalInt.empty(), Optional.empty(), false, false);

    public Pacing {
        requireNonNull(maxInFlight, "maxInFlight");
        requireNonNull(rateLimit, "rateLimit");
        if (maxInFlight.isPresent() && maxInFlight.getAsInt() < 1) {
            throw new IllegalArgumentException("maxInFlight=" + maxInFlight.getAsInt() + " must be at least 1");
        }
    }
}
