/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The built-in functions (CESQL 1.0, 3.5), the casts under their names, and the two that ask whether a cast would do. */
enum Function {
    LENGTH(CesqlType.INTEGER, 1, 1),
    ABS(CesqlType.INTEGER, 1, 1),
    INT(CesqlType.INTEGER, 1, 1),
    CONCAT(CesqlType.STRING, 0, Integer.MAX_VALUE),
    CONCAT_WS(CesqlType.STRING, 1, Integer.MAX_VALUE),
    LOWER(CesqlType.STRING, 1, 1),
    UPPER(CesqlType.STRING, 1, 1),
    TRIM(CesqlType.STRING, 1, 1),
    LEFT(CesqlType.STRING, 2, 2),
    RIGHT(CesqlType.STRING, 2, 2),
    SUBSTRING(CesqlType.STRING, 2, 3),
    STRING(CesqlType.STRING, 1, 1),
    BOOL(CesqlType.BOOLEAN, 1, 1),
    IS_INT(CesqlType.BOOLEAN, 1, 1),
    IS_BOOL(CesqlType.BOOLEAN, 1, 1);

    private final CesqlType type;
    private final int minArguments;
    private final int maxArguments;

    Function(CesqlType type, int minArguments, int maxArguments) {
        this.type = type;
        this.minArguments = minArguments;
        this.maxArguments = maxArguments;
    }

    CesqlType type() {
        return type;
    }

    boolean takes(int arguments) {
        return arguments >= minArguments && arguments <= maxArguments;
    }

    /** For people: "1 argument", "2 or 3 arguments", "at least 1 argument". */
    String arity() {
        if (maxArguments == Integer.MAX_VALUE) {
            return "at least " + count(minArguments);
        }
        return minArguments == maxArguments ? count(minArguments) : minArguments + " or " + count(maxArguments);
    }

    static String count(int arguments) {
        return arguments == 1 ? "1 argument" : arguments + " arguments";
    }

    /** Names are case-insensitive, as keywords are (CESQL 1.0, 2). */
    static @Nullable Function named(String name) {
        String upperCase = name.toUpperCase(Locale.ROOT);
        for (Function function : values()) {
            if (function.name().equals(upperCase)) {
                return function;
            }
        }
        return null;
    }
}
