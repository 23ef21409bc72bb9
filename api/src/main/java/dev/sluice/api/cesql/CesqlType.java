/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

/** The primitive types of CloudEvents SQL (CESQL 1.0, 3.1). */
enum CesqlType {
    STRING,
    INTEGER,
    BOOLEAN;

    /** What an operator or function of this type returns when it failed and nothing better is at hand. */
    Object zero() {
        return switch (this) {
            case STRING -> "";
            case INTEGER -> 0;
            case BOOLEAN -> false;
        };
    }
}
