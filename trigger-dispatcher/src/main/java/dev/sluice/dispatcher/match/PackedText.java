/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.security.SecureRandom;

/**
 * A text as it is compared and hashed: the first characters a byte each, in the object itself, since the way to a String's
 * characters is two cache lines. Its hash code depends on secrets of this process, so that nobody can choose texts that collide.
 */
class PackedText {

    private static final int MAX_PACKED = 4 * Long.BYTES;
    private static final long SECRET;
    private static final long OTHER_SECRET;

    static {
        SecureRandom random = new SecureRandom();
        SECRET = random.nextLong();
        OTHER_SECRET = random.nextLong();
    }

    private int hash;
    private long first;
    private long second;
    private long third;
    private long fourth;
    /** The length, if it is packed whole; else its complement. */
    private int shape;

    private String text = "";

    /** Every bit that a character of the text has. */
    private int bits;

    PackedText() {}

    PackedText(String text) {
        set(text);
    }

    final void set(String newText) {
        text = newText;
        bits = 0;
        first = packed(0);
        second = packed(Long.BYTES);
        third = packed(2 * Long.BYTES);
        fourth = packed(3 * Long.BYTES);
        int length = newText.length();
        long mixed = mix(mix(mix(mix(length, first), second), third), fourth);
        for (int from = MAX_PACKED; from < length; from += Long.BYTES) {
            mixed = mix(mixed, packed(from));
        }
        boolean bytes = bits <= 0xFF;
        if (!bytes) {
            for (int i = 0; i < length; i++) {
                mixed = mix(mixed, newText.charAt(i));
            }
        }
        shape = bytes && length <= MAX_PACKED ? length : ~length;
        hash = (int) (mixed ^ (mixed >>> 32));
    }

    /** Holds on to no text. */
    final void clear() {
        text = "";
    }

    /** Characters that take more than a byte run into each other, and so are not packed whole. */
    private long packed(int from) {
        long packed = 0;
        int all = bits;
        for (int i = Math.min(text.length(), from + Long.BYTES) - 1; i >= from; i--) {
            char character = text.charAt(i);
            all |= character;
            packed = packed << Byte.SIZE ^ character;
        }
        bits = all;
        return packed;
    }

    private static long mix(long mixed, long packed) {
        long one = mixed ^ SECRET;
        long other = packed ^ OTHER_SECRET;
        return Math.multiplyHigh(one, other) ^ (one * other);
    }

    final int hash() {
        return hash;
    }

    final String text() {
        return text;
    }

    final boolean isSameAs(PackedText other) {
        return hash == other.hash
                && first == other.first
                && second == other.second
                && third == other.third
                && fourth == other.fourth
                && shape == other.shape
                && (shape >= 0 || text.equals(other.text));
    }
}
