/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

/** Values as messages for people show them: on one line, of bounded length. */
public final class Shown {

    private static final int LONGEST = 120;

    private Shown() {}

    /** The first characters of a text, without what would break a line or act on a terminal. */
    public static String cut(String text) {
        return append(new StringBuilder(Math.min(text.length(), LONGEST) + 1), text, false)
                .toString();
    }

    /** The same in double quotes, with a backslash before those that are part of the text. */
    public static String quoted(String text) {
        StringBuilder shown = new StringBuilder(Math.min(text.length(), LONGEST) + 8);
        return append(shown.append('"'), text, true).append('"').toString();
    }

    private static StringBuilder append(StringBuilder shown, String text, boolean escaped) {
        int shownCharacters = 0;
        for (int i = 0; i < text.length(); ) {
            if (shownCharacters++ == LONGEST) {
                return shown.append('…');
            }
            int character = text.codePointAt(i);
            i += Character.charCount(character);
            if (character == '\n' && escaped) {
                shown.append("\\n");
            } else if (character == '\n' || character == '\t') {
                shown.append(' ');
            } else if (Character.isISOControl(character) || Character.getType(character) == Character.SURROGATE) {
                shown.append('\ufffd');
            } else if (escaped && (character == '"' || character == '\\')) {
                shown.append('\\').appendCodePoint(character);
            } else {
                shown.appendCodePoint(character);
            }
        }
        return shown;
    }
}
