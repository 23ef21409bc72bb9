/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Why an expression passes an event or does not.
 *
 * @param matches what {@link CesqlExpression#matches} answers for the event
 * @param reasons the subexpressions that decided, in the order in which they stand; at least one
 */
public record CesqlExplanation(boolean matches, List<Reason> reasons) {

    public CesqlExplanation {
        reasons = List.copyOf(reasons);
    }

    /**
     * One subexpression that decided, or the error that ended the evaluation.
     *
     * @param text for people, such as {@code region = 'us' is false: region is "eu"}
     * @param line where the subexpression begins, from 1
     * @param column in its line, in characters from 1
     */
    public record Reason(String text, int line, int column) {

        public Reason {
            requireNonNull(text, "text");
        }
    }
}
