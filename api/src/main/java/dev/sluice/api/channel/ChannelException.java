/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why a channel did not do what it was asked. Status codes, retries and condition reasons derive from the kind. */
public final class ChannelException extends RuntimeException {

    /** The closed list of reasons. */
    public enum Kind {
        /** The Broker's share of the capacity is taken; try again after {@link #retryAfter()}. */
        FULL,
        /** The event is larger than this channel can ever take. */
        TOO_LARGE,
        /** What lies behind the channel does not answer; try again after {@link #retryAfter()}. */
        UNAVAILABLE,
        /** The channel is closed. */
        CLOSED,
        /** The channel has a reader, and can have only one. */
        ALREADY_READ,
        /** The partition is not, or not any more, the reader's. */
        NOT_ASSIGNED
    }

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final Duration retryAfter;

    public ChannelException(Kind kind, String message) {
        this(kind, message, Duration.ofSeconds(1), null);
    }

    public ChannelException(Kind kind, String message, Duration retryAfter, @Nullable Throwable cause) {
        // Refusals are ordinary answers under load; filling in stacks would cost more than the refusal itself.
        super(message, cause, false, cause != null);
        this.kind = requireNonNull(kind, "kind");
        this.retryAfter = requireNonNull(retryAfter, "retryAfter");
    }

    public Kind kind() {
        return kind;
    }

    /** When it is worth trying again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
