/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

/** Text for a terminal: what came from outside must not be able to steer it. */
final class Visible {

    private Visible() {}

    /** The text on one line, with a blank for each control character. */
    static String of(String text) {
        StringBuilder visible = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            visible.append(Character.isISOControl(c) ? ' ' : c);
        }
        return visible.toString();
    }
}
