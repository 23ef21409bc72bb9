/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

/** Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Allocates nothing. */
final class Utf8 {

    private Utf8() {}

    static boolean isValid(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            int b = bytes[i++];
            if (b >= 0) {
                continue;
            }
            int first = b & 0xFF;
            int more;
            int lowest = 0x80;
            int highest = 0xBF;
            if (first >= 0xC2 && first <= 0xDF) {
                more = 1;
            } else if (first >= 0xE0 && first <= 0xEF) {
                more = 2;
                lowest = first == 0xE0 ? 0xA0 : lowest;
                highest = first == 0xED ? 0x9F : highest;
            } else if (first >= 0xF0 && first <= 0xF4) {
                more = 3;
                lowest = first == 0xF0 ? 0x90 : lowest;
                highest = first == 0xF4 ? 0x8F : highest;
            } else {
                return false;
            }
            if (i + more > to) {
                return false;
            }
            int second = bytes[i++] & 0xFF;
            if (second < lowest || second > highest) {
                return false;
            }
            for (; more > 1; more--) {
                if ((bytes[i++] & 0xC0) != 0x80) {
                    return false;
                }
            }
        }
        return true;
    }
}
