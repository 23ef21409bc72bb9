/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.Optional;

/**
 * One request as a {@link RecordingSubscriber} got it.
 *
 * @param ordinal counts the subscriber's requests, from 1
 * @param arrivedAt when the request line and headers had arrived, by the wall clock
 * @param arrivedNanos the same by {@link System#nanoTime()}, for measuring intervals
 * @param connection tells the connections of a subscriber apart
 * @param httpVersion {@code HTTP_1_1} or {@code HTTP_2}
 * @param uri path and query
 * @param headers as they came, percent-coding included
 * @param event what the CloudEvents SDK reads in the request; empty if it finds none
 * @param problem why it found none
 */
public record Received(
        long ordinal,
        Instant arrivedAt,
        long arrivedNanos,
        int connection,
        String httpVersion,
        String method,
        String uri,
        MultiMap headers,
        Buffer body,
        Optional<CloudEvent> event,
        Optional<String> problem) {

    /** The event, for a request that is expected to hold one. */
    public CloudEvent requireEvent() {
        return event.orElseThrow(() -> new AssertionError("request " + ordinal + " " + method + " " + uri
                + " holds no CloudEvent: " + problem.orElse("") + "; headers " + headers.entries()));
    }

    /** The id of the event. */
    public String eventId() {
        return requireEvent().getId();
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }
}
