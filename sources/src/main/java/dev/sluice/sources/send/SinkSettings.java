/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.Delivery;
import java.time.Duration;
import java.util.Optional;

/**
 * How hard a sink is tried. The numbers are those of Knative's delivery spec where nothing is written.
 *
 * @param retry how often an event is sent again, 0 or more
 * @param backoffDelay the wait before the first of these; it doubles with each
 * @param backoffMax the longest wait, also of those that a sink asks for with {@code Retry-After}
 * @param attemptTimeout for one request and its answer, above zero
 * @param connectTimeout for a connection, above zero
 * @param connections to one sink at a time, at least 1
 * @param waiting for one of these at a time, at least 1
 */
public record SinkSettings(
        int retry,
        Duration backoffDelay,
        Duration backoffMax,
        Duration attemptTimeout,
        Duration connectTimeout,
        int connections,
        int waiting) {

    public SinkSettings {
        requireNonNull(backoffDelay, "backoffDelay");
        requireNonNull(backoffMax, "backoffMax");
        requireNonNull(attemptTimeout, "attemptTimeout");
        requireNonNull(connectTimeout, "connectTimeout");
        if (retry < 0 || connections < 1 || waiting < 1) {
            throw new IllegalArgumentException("retry=" + retry + " must be at least 0, connections=" + connections
                    + " and waiting=" + waiting + " at least 1");
        }
    }

    /** 10 retries after 0.2 s, 0.4 s, … up to 5 minutes; a minute for each attempt. */
    public static SinkSettings defaults() {
        return new SinkSettings(
                10,
                Duration.ofMillis(200),
                Duration.ofMinutes(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                64,
                10_000);
    }

    /** Of the sources whose resources have none. */
    Delivery delivery() {
        return new Delivery(
                retry,
                Delivery.BackoffPolicy.EXPONENTIAL,
                backoffDelay,
                backoffMax,
                attemptTimeout,
                Optional.empty(),
                Optional.empty(),
                Delivery.Format.BINARY);
    }
}
