/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static java.util.Objects.requireNonNull;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/** How one request ended. */
public sealed interface AttemptResult {

    /**
     * There was a response, and everything of it that matters has been read.
     *
     * @param body the whole body, or its beginning if {@code cut}
     * @param cut whether there was more of the body than is read for a response of this kind
     */
    record Answered(int status, MultiMap headers, Buffer body, boolean cut) implements AttemptResult {
        public Answered {
            requireNonNull(headers, "headers");
            requireNonNull(body, "body");
        }
    }

    /** Nothing was sent: when there was a connection for it, the request had no {@link Permission} any more. */
    record Withheld() implements AttemptResult {
        static final Withheld INSTANCE = new Withheld();
    }

    /**
     * There was none, or not enough of one.
     *
     * @param message for people: names the destination and what went wrong there
     */
    record Unanswered(FailureKind kind, String message) implements AttemptResult {
        public Unanswered {
            requireNonNull(kind, "kind");
            requireNonNull(message, "message");
        }
    }
}
