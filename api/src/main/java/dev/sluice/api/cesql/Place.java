/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

/** A position in an expression as people count it. */
record Place(int line, int column) {

    static Place of(String text, int position) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < position; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new Place(line, text.codePointCount(lineStart, position) + 1);
    }

    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
