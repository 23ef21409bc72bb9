/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

/** The kinds of symbols an expression is made of. */
enum Token {
    END("the end of the expression"),
    WORD("a name"),
    INTEGER("an integer"),
    STRING("a string"),
    AND("AND"),
    OR("OR"),
    XOR("XOR"),
    NOT("NOT"),
    LIKE("LIKE"),
    EXISTS("EXISTS"),
    IN("IN"),
    TRUE("TRUE"),
    FALSE("FALSE"),
    LEFT_PARENTHESIS("\"(\""),
    RIGHT_PARENTHESIS("\")\""),
    COMMA("\",\""),
    PLUS("\"+\""),
    MINUS("\"-\""),
    STAR("\"*\""),
    SLASH("\"/\""),
    PERCENT("\"%\""),
    EQUAL("\"=\""),
    NOT_EQUAL("\"!=\""),
    LESS("\"<\""),
    LESS_OR_EQUAL("\"<=\""),
    GREATER("\">\""),
    GREATER_OR_EQUAL("\">=\"");

    private final String description;

    Token(String description) {
        this.description = description;
    }

    boolean isKeyword() {
        return compareTo(AND) >= 0 && compareTo(FALSE) <= 0;
    }

    @Override
    public String toString() {
        return description;
    }
}
