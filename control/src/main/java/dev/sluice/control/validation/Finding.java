/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.text.FieldPath;

/**
 * Something wrong with a resource, wherever it came from.
 *
 * @param pointer JSON pointer to the field, from the root of the document
 * @param value the value as it is shown, empty where there is none to show
 * @param rule what is wrong, to be read after field and value
 * @param remedy what would be right
 */
public record Finding(String pointer, String value, String rule, String remedy, Severity severity) {

    public Finding {
        requireNonNull(pointer, "pointer");
        requireNonNull(value, "value");
        requireNonNull(rule, "rule");
        requireNonNull(remedy, "remedy");
        requireNonNull(severity, "severity");
    }

    /** The pointer as people write it: {@code spec.filters[0].exact}. */
    public String field() {
        return FieldPath.of(pointer);
    }
}
