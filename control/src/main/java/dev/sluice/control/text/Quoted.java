/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.text;

/** Values as errors show them: in quotes, on one line, of bounded length. */
public final class Quoted {

    private static final int LONGEST = 80;

    private Quoted() {}

    public static String of(String value) {
        StringBuilder shown = new StringBuilder(Math.min(value.length(), LONGEST) + 8).append('"');
        for (int i = 0; i < value.length(); i++) {
            if (i == LONGEST) {
                return shown.append("…\"").toString();
            }
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                shown.append('\\').append(c);
            } else if (c == '\n') {
                shown.append("\\n");
            } else if (Character.isISOControl(c)) {
                shown.append('\ufffd');
            } else {
                shown.append(c);
            }
        }
        return shown.append('"').toString();
    }
}
