/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

/** A text that is no CloudEvents SQL expression. The message says what was expected and what was found. */
public final class CesqlSyntaxException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int position;
    private final int line;
    private final int column;

    CesqlSyntaxException(String problem, String text, int position) {
        super(problem, null, false, false);
        this.position = position;
        this.line = lineOf(text, position);
        this.column = columnOf(text, position);
    }

    /** Where in the text, in UTF-16 units from 0; the length of the text if it ends too early. */
    public int position() {
        return position;
    }

    /** The line of {@link #position}, from 1. */
    public int line() {
        return line;
    }

    /** The column of {@link #position} in its line, in characters from 1. */
    public int column() {
        return column;
    }

    static int lineOf(String text, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            if (text.charAt(i) == '\n') {
                line++;
            }
        }
        return line;
    }

    static int columnOf(String text, int position) {
        int lineStart = position == 0 ? 0 : text.lastIndexOf('\n', position - 1) + 1;
        return text.codePointCount(lineStart, position) + 1;
    }
}
