/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import java.util.Arrays;

/**
 * How far one trigger is in one partition: below {@code next} everything is finished but for the offsets that are
 * unfinished, from {@code next} on nothing has been looked at. An event counts as finished for a trigger that it does not
 * match. Immutable.
 */
public final class Position {

    private static final long[] NONE = {};

    private final long next;
    private final long[] unfinished;

    private Position(long next, long[] unfinished) {
        this.next = next;
        this.unfinished = unfinished;
    }

    /** Everything below {@code next} is finished, nothing from there on. */
    public static Position at(long next) {
        return of(next, NONE);
    }

    /**
     * @param next 0 or more
     * @param unfinished offsets of events that matched and are at no end, below {@code next}, growing
     */
    public static Position of(long next, long... unfinished) {
        long before = -1;
        for (long offset : unfinished) {
            if (offset <= before || offset >= next) {
                throw new IllegalArgumentException("unfinished=" + Arrays.toString(unfinished)
                        + " must grow from 0 up and stay below next=" + next);
            }
            before = offset;
        }
        if (next < 0) {
            throw new IllegalArgumentException("next=" + next + " must be at least 0");
        }
        return new Position(next, unfinished.length == 0 ? NONE : unfinished.clone());
    }

    /** The first offset that has not been looked at. */
    public long next() {
        return next;
    }

    /** How many events matched and are at no end. */
    public int unfinishedCount() {
        return unfinished.length;
    }

    /** @param index from 0, below {@link #unfinishedCount()} */
    public long unfinished(int index) {
        return unfinished[index];
    }

    /** The lowest offset that is not finished: what has to be read again starts here. */
    public long lowest() {
        return unfinished.length == 0 ? next : unfinished[0];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Position that && next == that.next && Arrays.equals(unfinished, that.unfinished);
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(next) + Arrays.hashCode(unfinished);
    }

    @Override
    public String toString() {
        return unfinished.length == 0
                ? "at " + next
                : "at " + next + " with " + unfinished.length + " unfinished from " + unfinished[0] + " on";
    }
}
