/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import java.util.Locale;

/** Reads the option that says how many bytes all in-memory channels of the process may hold together. */
final class CapacityOption {

    static final String NAME = "inmemory-capacity";
    static final String DEFAULT = "25%";

    /** Less would refuse events of ordinary size. */
    static final long SMALLEST = 64L * 1024;

    /**
     * More than this part of the heap would leave too little for the rest, since on top of the capacity come the reserve
     * for replies and what {@link Shares} lets pass while shares shift.
     */
    static final int LARGEST_PERCENT = 50;

    private CapacityOption() {}

    /**
     * @param text bytes as a plain number, or with {@code KiB}, {@code MiB} or {@code GiB}, or a percentage of the heap
     * @throws IllegalArgumentException if it is none of these, or out of range
     */
    static long parse(String text, long maxHeap) {
        String trimmed = text.trim().toLowerCase(Locale.ROOT);
        if (trimmed.endsWith("%")) {
            long percent = number(trimmed.substring(0, trimmed.length() - 1), text);
            if (percent < 1 || percent > LARGEST_PERCENT) {
                throw new IllegalArgumentException(NAME + "=" + text + " must be between 1% and " + LARGEST_PERCENT
                        + "% of the heap; for a larger channel raise -Xmx");
            }
            return Math.max(SMALLEST, maxHeap * percent / 100);
        }
        long bytes = bytes(trimmed, text);
        long largest = maxHeap * LARGEST_PERCENT / 100;
        if (bytes < SMALLEST || bytes > largest) {
            throw new IllegalArgumentException(
                    NAME + "=" + text + " must be between " + SMALLEST + " bytes and " + largest + " bytes, which is "
                            + LARGEST_PERCENT + "% of the heap; for a larger channel raise -Xmx");
        }
        return bytes;
    }

    private static long bytes(String trimmed, String text) {
        long unit = unitOf(trimmed);
        long count = number(
                unit == 1 ? trimmed : trimmed.substring(0, trimmed.length() - 3).trim(), text);
        return count > Long.MAX_VALUE / unit ? Long.MAX_VALUE : count * unit;
    }

    private static long unitOf(String trimmed) {
        if (trimmed.endsWith("kib")) {
            return 1L << 10;
        }
        if (trimmed.endsWith("mib")) {
            return 1L << 20;
        }
        return trimmed.endsWith("gib") ? 1L << 30 : 1;
    }

    private static long number(String digits, String text) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    NAME + "=" + text + " is not a size; write bytes as in 67108864, with a unit as in 64MiB or 1GiB,"
                            + " or a part of the heap as in 25%",
                    e);
        }
    }
}
