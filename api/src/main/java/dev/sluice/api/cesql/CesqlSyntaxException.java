/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

/** A text that is no CloudEvents SQL expression. The message says what was expected and found, and where. */
public final class CesqlSyntaxException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int position;
    private final int line;
    private final int column;

    CesqlSyntaxException(String problem, String text, int position) {
        super(problem + " at " + Place.of(text, position), null, false, false);
        this.position = position;
        Place place = Place.of(text, position);
        this.line = place.line();
        this.column = place.column();
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
}
