/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.send.FailureKind;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/**
 * Why an attempt failed, with all that a dead letter says about it.
 *
 * @param status of the response; 0 if there was none
 * @param message for people: names the destination and what is wrong
 * @param destination the URL of the request that failed
 * @param body the beginning of the response's body, as much as a dead letter takes
 * @param attributes what the response's {@code kne-*} headers ask to be put on the dead letter, by attribute name
 * @param retryAfterMillis what the destination asked for; {@link RetryAfter#ABSENT} if nothing
 */
record Failure(
        FailureKind kind,
        int status,
        String message,
        String destination,
        Buffer body,
        Map<String, String> attributes,
        long retryAfterMillis) {

    private static final Buffer NO_BODY = Buffer.buffer(0);

    Failure {
        requireNonNull(kind, "kind");
        requireNonNull(message, "message");
        requireNonNull(destination, "destination");
        requireNonNull(body, "body");
        attributes = Map.copyOf(attributes);
    }

    /** A failure without a response. */
    static Failure unanswered(FailureKind kind, String message, String destination) {
        return new Failure(kind, 0, message, destination, NO_BODY, Map.of(), RetryAfter.ABSENT);
    }

    /** What is kept of it with an event that is given up. */
    Cause cause() {
        return new Cause(kind, status, message, destination, body, attributes);
    }

    /** What is known of a failure that was written down. */
    static Failure of(Cause cause) {
        return new Failure(
                cause.kind(),
                cause.status(),
                cause.message(),
                cause.destination(),
                cause.body(),
                cause.attributes(),
                RetryAfter.ABSENT);
    }

    /** Estimates its heap, for as long as it is kept beside the event: two bytes for each character. */
    long bytes() {
        long bytes = 160L + body.length() + 2L * message.length();
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            bytes += 128L
                    + 2L * (attribute.getKey().length() + attribute.getValue().length());
        }
        return bytes;
    }
}
