/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

/**
 * How one of the conditions of a source stands.
 *
 * @param type one of {@link SourceKind#conditions}; another is shown as well, and {@code Ready} does not depend on it
 * @param reason CamelCase, stable; may be empty if it is True
 * @param message for people, with what to do; without secrets
 */
public record SourceCondition(String type, State state, String reason, String message) {

    /** Of a condition. */
    public enum State {
        TRUE,
        FALSE,
        UNKNOWN
    }

    public SourceCondition {
        requireNonNull(type, "type");
        requireNonNull(state, "state");
        requireNonNull(reason, "reason");
        requireNonNull(message, "message");
    }

    public static SourceCondition isTrue(String type) {
        return new SourceCondition(type, State.TRUE, "", "");
    }

    public static SourceCondition isFalse(String type, String reason, String message) {
        return new SourceCondition(type, State.FALSE, reason, message);
    }

    public static SourceCondition unknown(String type, String reason, String message) {
        return new SourceCondition(type, State.UNKNOWN, reason, message);
    }
}
