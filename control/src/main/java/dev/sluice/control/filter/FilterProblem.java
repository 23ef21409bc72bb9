/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.filter;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.text.FieldPath;

/**
 * Why a filter can't be what it says.
 *
 * @param pointer JSON pointer to the field, from the root of the Trigger
 * @param value the value as it is shown, empty where there is none to show
 * @param rule what is wrong, to be read after field and value
 * @param remedy what would be right
 */
public record FilterProblem(String pointer, String value, String rule, String remedy) {

    public FilterProblem {
        requireNonNull(pointer, "pointer");
        requireNonNull(value, "value");
        requireNonNull(rule, "rule");
        requireNonNull(remedy, "remedy");
    }

    /** In one sentence, with the field as people write it. */
    public String message() {
        return FieldPath.of(pointer) + (value.isEmpty() ? " " : " " + value + " ") + rule + "; " + remedy;
    }
}
