/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

/** Type casts from strings (CESQL 1.0, 3.7); the others can't fail. */
final class Casts {

    private Casts() {}

    /** {@link CesqlNode#TRUE}, {@link CesqlNode#FALSE}, or {@link CesqlNode#FAILED}. */
    static int toBoolean(String text) {
        if (equalsIgnoringCase(text, "true")) {
            return CesqlNode.TRUE;
        }
        return equalsIgnoringCase(text, "false") ? CesqlNode.FALSE : CesqlNode.FAILED;
    }

    /** String's own equalsIgnoreCase also folds upper case, and so takes the long s of "falſe" for an s. */
    private static boolean equalsIgnoringCase(String text, String lowerCase) {
        if (text.length() != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int lower = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
            if (lower != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The integer, or {@link CesqlNode#FAILED_NUMBER}. */
    static long toInteger(String text) {
        int length = text.length();
        boolean negative = length > 0 && text.charAt(0) == '-';
        int i = negative || (length > 0 && text.charAt(0) == '+') ? 1 : 0;
        if (i == length) {
            return CesqlNode.FAILED_NUMBER;
        }
        long value = 0;
        for (; i < length; i++) {
            // Not Integer.parseInt: it takes the digits of every script.
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return CesqlNode.FAILED_NUMBER;
            }
            value = value * 10 + digit;
            if (value > 1L + Integer.MAX_VALUE) {
                return CesqlNode.FAILED_NUMBER;
            }
        }
        value = negative ? -value : value;
        return value == (int) value ? value : CesqlNode.FAILED_NUMBER;
    }
}
