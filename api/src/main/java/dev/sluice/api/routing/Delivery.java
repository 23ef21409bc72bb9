/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * How events are delivered to one trigger's subscriber: Knative's delivery spec with every default filled in.
 *
 * @param retry the number of <em>extra</em> attempts, 0 or more: {@code retry: 3} sends up to four times
 * @param backoffPolicy how the wait grows from one retry to the next
 * @param backoffDelay the unit of the wait; zero retries at once
 * @param backoffMax the longest wait between two attempts
 * @param jitter whether chance shortens the waits that the policy asks for
 * @param timeout for each attempt by itself, above zero
 * @param retryAfterMax the longest {@code Retry-After} that is honoured; empty: up to {@code backoffMax}; zero: the
 *     header is ignored
 * @param deadLetterSink where an event goes that could not be delivered
 * @param format the content mode and event format of requests to the subscriber
 */
public record Delivery(
        int retry,
        BackoffPolicy backoffPolicy,
        Duration backoffDelay,
        Duration backoffMax,
        Jitter jitter,
        Duration timeout,
        Optional<Duration> retryAfterMax,
        Optional<Destination> deadLetterSink,
        Format format) {

    /** How the wait before the n-th retry follows from {@code backoffDelay} d. */
    public enum BackoffPolicy {
        /** d, 2d, 3d, … */
        LINEAR,
        /** d, 2d, 4d, … */
        EXPONENTIAL
    }

    /** The part of chance in the waits. */
    public enum Jitter {
        /** None: the wait is what the policy says. */
        NONE,
        /** The wait is anything from zero to what the policy says, each length as likely as the other. */
        FULL
    }

    /** The content mode in which the subscriber gets its events. */
    public enum Format {
        /** Binary content mode. */
        BINARY,
        /** Structured content mode in the JSON event format. */
        JSON
    }

    public Delivery {
        requireNonNull(backoffPolicy, "backoffPolicy");
        requireNonNull(backoffDelay, "backoffDelay");
        requireNonNull(backoffMax, "backoffMax");
        requireNonNull(jitter, "jitter");
        requireNonNull(timeout, "timeout");
        requireNonNull(retryAfterMax, "retryAfterMax");
        requireNonNull(deadLetterSink, "deadLetterSink");
        requireNonNull(format, "format");
        if (retry < 0) {
            throw new IllegalArgumentException("retry=" + retry + " must be at least 0");
        }
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("timeout=" + timeout + " must be above zero");
        }
    }

    /** Without chance in the waits. */
    public Delivery(
            int retry,
            BackoffPolicy backoffPolicy,
            Duration backoffDelay,
            Duration backoffMax,
            Duration timeout,
            Optional<Duration> retryAfterMax,
            Optional<Destination> deadLetterSink,
            Format format) {
        this(
                retry,
                backoffPolicy,
                backoffDelay,
                backoffMax,
                Jitter.NONE,
                timeout,
                retryAfterMax,
                deadLetterSink,
                format);
    }

    /**
     * The wait before the n-th retry, counted from 1, before chance has its part: never above {@code backoffMax}. Neither a
     * large n nor a long {@code backoffDelay} overflows.
     */
    public Duration backoff(int retryOrdinal) {
        double factor = backoffPolicy == BackoffPolicy.LINEAR ? retryOrdinal : Math.pow(2, retryOrdinal - 1.0);
        double millis = millis(backoffDelay) * factor;
        return millis >= millis(backoffMax) ? backoffMax : Duration.ofMillis((long) millis);
    }

    /** Of any duration, where {@link Duration#toMillis()} overflows for those of ages. */
    private static double millis(Duration duration) {
        return duration.getSeconds() * 1000.0 + duration.getNano() / 1_000_000.0;
    }
}
