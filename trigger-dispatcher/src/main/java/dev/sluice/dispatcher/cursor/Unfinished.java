/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import java.util.Arrays;

/**
 * The offsets of one trigger and partition that matched and are at no end, in order: held in memory, or owed, which is to
 * be read again. They come in growing order and finish in any.
 *
 * <p>An array of offsets with two bits each for what became of it. What is finished leaves a hole; the front moves over
 * holes, and a full array closes them before it grows. So each offset costs eight bytes and amortized constant work but
 * for a binary search, and the array is never more than four times what is unfinished.
 */
final class Unfinished {

    static final long NONE = Long.MAX_VALUE;

    private static final int DONE = 0;
    private static final int HELD = 1;
    private static final int OWED = 2;
    private static final int STATUS_BITS = 2;
    private static final int STATUS_MASK = 3;
    private static final int LEAST_CAPACITY = 8;

    private long[] entries = new long[LEAST_CAPACITY];
    /** The first entry that is not done, or {@code tail}. */
    private int head;

    private int tail;
    private int held;
    private int owed;
    /** No entry before this is owed. */
    private int owedHint;

    int held() {
        return held;
    }

    int owed() {
        return owed;
    }

    int size() {
        return held + owed;
    }

    boolean isEmpty() {
        return head == tail;
    }

    /** Offsets that there is memory for. */
    int capacity() {
        return entries.length;
    }

    /** The lowest, or {@link #NONE}. */
    long lowest() {
        return head == tail ? NONE : offset(head);
    }

    /** The lowest that is owed, or {@link #NONE}. */
    long lowestOwed() {
        if (owed == 0) {
            return NONE;
        }
        owedHint = Math.max(owedHint, head);
        while (status(owedHint) != OWED) {
            owedHint++;
        }
        return offset(owedHint);
    }

    /** The lowest from this offset on that is owed, or {@link #NONE}. */
    long lowestOwedFrom(long bound) {
        if (owed == 0 || bound == NONE) {
            return NONE;
        }
        long lowest = lowestOwed();
        if (bound <= lowest) {
            return lowest;
        }
        int at = Arrays.binarySearch(entries, head, tail, bound << STATUS_BITS);
        for (int i = at < 0 ? -at - 1 : at; i < tail; i++) {
            if (status(i) == OWED) {
                return offset(i);
            }
        }
        return NONE;
    }

    /** @param offset larger than any before */
    void addHeld(long offset) {
        add(offset, HELD);
        held++;
    }

    /** @param offset larger than any before */
    void addOwed(long offset) {
        add(offset, OWED);
        owed++;
    }

    /** What was held is finished. Answers whether it was held. */
    boolean finishHeld(long offset) {
        return change(offset, HELD, DONE);
    }

    /** What was owed is held now. Answers whether it was owed. */
    boolean holdOwed(long offset) {
        return change(offset, OWED, HELD);
    }

    /** What was held is owed now. Answers whether it was held. */
    boolean oweHeld(long offset) {
        return change(offset, HELD, OWED);
    }

    /** What was owed is finished. Answers whether it was owed. */
    boolean finishOwed(long offset) {
        return change(offset, OWED, DONE);
    }

    /** Finishes what is owed below this offset, and answers how many that were. */
    int finishOwedBelow(long bound) {
        int finished = 0;
        for (long lowest = lowestOwed(); lowest < bound; lowest = lowestOwed()) {
            change(lowest, OWED, DONE);
            finished++;
        }
        return finished;
    }

    long[] toArray() {
        long[] offsets = new long[size()];
        int filled = 0;
        for (int i = head; i < tail; i++) {
            if (status(i) != DONE) {
                offsets[filled++] = offset(i);
            }
        }
        return offsets;
    }

    private void add(long offset, int status) {
        if (tail > 0 && head < tail && offset <= offset(tail - 1)) {
            throw new IllegalStateException("offset " + offset + " came after " + offset(tail - 1));
        }
        if (tail == entries.length) {
            makeRoom();
        }
        entries[tail++] = offset << STATUS_BITS | status;
    }

    private void makeRoom() {
        int live = size();
        long[] into = live > entries.length / 2
                ? new long[entries.length * 2]
                : live < entries.length / 8 && entries.length > LEAST_CAPACITY ? new long[entries.length / 2] : entries;
        int filled = 0;
        for (int i = head; i < tail; i++) {
            if (status(i) != DONE) {
                into[filled++] = entries[i];
            }
        }
        entries = into;
        head = 0;
        owedHint = 0;
        tail = filled;
    }

    private boolean change(long offset, int from, int to) {
        int at = find(offset);
        if (at < 0 || status(at) != from) {
            return false;
        }
        entries[at] = offset << STATUS_BITS | to;
        held += (to == HELD ? 1 : 0) - (from == HELD ? 1 : 0);
        owed += (to == OWED ? 1 : 0) - (from == OWED ? 1 : 0);
        if (to == OWED) {
            owedHint = Math.min(owedHint, at);
        }
        while (head < tail && status(head) == DONE) {
            head++;
        }
        if (head == tail) {
            head = 0;
            tail = 0;
            owedHint = 0;
        }
        return true;
    }

    /** The place of this offset, or below 0. */
    private int find(long offset) {
        int at = Arrays.binarySearch(entries, head, tail, offset << STATUS_BITS);
        // Found as done, or where the first larger entry is: the same offset with another status, if it is there.
        if (at < 0) {
            at = -at - 1;
        }
        return at < tail && offset(at) == offset ? at : -1;
    }

    private long offset(int at) {
        return entries[at] >> STATUS_BITS;
    }

    private int status(int at) {
        return (int) entries[at] & STATUS_MASK;
    }
}
