/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

/**
 * Numbers that cursors go by.
 *
 * @param joinWithin offsets behind the shared read from which on a trigger that catches up may join, 0 or more
 * @param shareWithin offsets within which triggers that catch up share a read, 0 or more
 * @param behindFrom offsets behind the end of the partition from which on the shared read may wait for a trigger, 1 or
 *     more: it is not live then, and nobody gets an event later for it that comes in now
 * @param maxOwed events of a trigger and partition that may be left in the log, matched and to be read again, 1 or more
 */
public record CursorLimits(int joinWithin, int shareWithin, int behindFrom, int maxOwed) {

    public CursorLimits {
        atLeast("joinWithin", joinWithin, 0);
        atLeast("shareWithin", shareWithin, 0);
        atLeast("behindFrom", behindFrom, 1);
        atLeast("maxOwed", maxOwed, 1);
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + "=" + value + " must be at least " + least);
        }
    }

    /** The usual ones, with this many events that may be left in the log. */
    public static CursorLimits of(int maxOwed) {
        return new CursorLimits(1_000, 10_000, 1_000, maxOwed);
    }
}
