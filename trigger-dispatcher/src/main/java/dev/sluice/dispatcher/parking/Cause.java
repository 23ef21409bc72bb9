/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static java.util.Objects.requireNonNull;

import dev.sluice.dispatcher.send.FailureKind;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/**
 * Why an event could not be delivered.
 *
 * @param status of the last response; 0 if there was none
 * @param message for people, in one line: names the destination and what is wrong
 * @param destination the URL of the request that failed, without user and password
 * @param body the beginning of the last response's body, as much as a dead letter takes
 * @param attributes what that response asked to be put on a dead letter, by attribute name
 */
public record Cause(
        FailureKind kind, int status, String message, String destination, Buffer body, Map<String, String> attributes) {

    public Cause {
        requireNonNull(kind, "kind");
        requireNonNull(message, "message");
        requireNonNull(destination, "destination");
        requireNonNull(body, "body");
        attributes = Map.copyOf(attributes);
    }

    /** The same with something added to what people read. */
    public Cause and(String more) {
        return new Cause(kind, status, message + "; " + more, destination, body, attributes);
    }

    /** Estimates its heap: two bytes for each character. */
    public long bytes() {
        long bytes = 160L + body.length() + 2L * (message.length() + destination.length());
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            bytes += 128L
                    + 2L * (attribute.getKey().length() + attribute.getValue().length());
        }
        return bytes;
    }
}
