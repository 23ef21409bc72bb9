/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static java.util.Objects.requireNonNull;

/**
 * Why an evaluation failed.
 *
 * @param message what happened, for people
 * @param position of the subexpression that failed, in UTF-16 units from 0
 */
public record CesqlError(Kind kind, String message, int position) {

    /**
     * The error types of CESQL 1.0, 3.3 that an evaluation can meet. Its <em>ParseError</em> and
     * <em>MissingFunctionError</em> are found before: {@link CesqlSyntaxException}.
     */
    public enum Kind {
        /** An operation whose result is not defined or no 32-bit integer. */
        MATH,
        /** A value that has no counterpart in the type that is asked for. */
        CAST,
        /** An attribute that the event does not have. */
        MISSING_ATTRIBUTE,
        /** Arguments that the function has no result for. */
        FUNCTION_EVALUATION
    }

    public CesqlError {
        requireNonNull(kind, "kind");
        requireNonNull(message, "message");
    }
}
