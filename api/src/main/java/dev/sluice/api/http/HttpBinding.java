/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** CloudEvents 1.0 and 0.3 to and from HTTP messages. Pure functions, safe for any thread. */
@SuppressWarnings("DoNotCallSuggester")
public final class HttpBinding {

    private HttpBinding() {}

    /** What the headers of a message claim about it. Never reads a body. */
    public static ContentMode modeOf(MultiMap headers) {
        throw new UnsupportedOperationException("written next");
    }

    /**
     * Reads the events of a request or response. Data bytes are kept as they are, also those of a JSON value inside a
     * structured event.
     *
     * @return at least one event; exactly one unless the mode is {@link ContentMode#BATCHED}
     * @throws MalformedEventException if the mode is {@link ContentMode#NONE} or an event breaks the specification
     */
    public static List<CloudEvent> read(MultiMap headers, Buffer body) throws MalformedEventException {
        throw new UnsupportedOperationException("written next");
    }

    /**
     * Writes one event: puts its headers, {@code content-type} included, into {@code headers} and answers the body.
     *
     * @param mode {@link ContentMode#BINARY} or {@link ContentMode#STRUCTURED}
     */
    public static Buffer write(CloudEvent event, ContentMode mode, MultiMap headers) {
        throw new UnsupportedOperationException("written next");
    }
}
