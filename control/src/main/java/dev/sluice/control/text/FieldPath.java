/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.text;

/** JSON pointers as people write them: {@code spec.filters[0].exact}. */
public final class FieldPath {

    private FieldPath() {}

    public static String of(String pointer) {
        StringBuilder field = new StringBuilder();
        int start = 1;
        while (!pointer.isEmpty() && start <= pointer.length()) {
            int slash = pointer.indexOf('/', start);
            int end = slash < 0 ? pointer.length() : slash;
            String token = pointer.substring(start, end).replace("~1", "/").replace("~0", "~");
            if (isPlain(token)) {
                field.append(field.isEmpty() ? "" : ".").append(token);
            } else {
                field.append('[').append(token).append(']');
            }
            start = end + 1;
        }
        return field.toString();
    }

    /** Neither an index of a list nor a key with dots and slashes. */
    private static boolean isPlain(String token) {
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            boolean inner = c == '_' || c == '-' || (c >= '0' && c <= '9');
            if (!letter && (!inner || i == 0)) {
                return false;
            }
        }
        return !token.isEmpty();
    }
}
