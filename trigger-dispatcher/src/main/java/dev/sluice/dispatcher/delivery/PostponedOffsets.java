/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import java.util.Arrays;

/**
 * Offsets of events that a lane has left in the log, in order: taken from the front, and added at the end or put back at the
 * front, seldom between. Eight bytes each.
 */
final class PostponedOffsets {

    private static final int LEAST_CAPACITY = 4;

    private long[] offsets = new long[LEAST_CAPACITY];
    /** The lowest. 0 when there is none, so that one that is not 0 is that of an offset. */
    private int head;

    private int tail;

    boolean isEmpty() {
        return head == tail;
    }

    int size() {
        return tail - head;
    }

    /** The lowest; only of one that is not empty. */
    long first() {
        return offsets[head];
    }

    /** Adds an offset that is not there. */
    void add(long offset) {
        if (head > 0 && offset < offsets[head]) {
            offsets[--head] = offset;
            return;
        }
        if (tail == offsets.length) {
            makeRoom();
        }
        int at = tail;
        if (head < tail && offset < offsets[tail - 1]) {
            at = -Arrays.binarySearch(offsets, head, tail, offset) - 1;
            System.arraycopy(offsets, at, offsets, at + 1, tail - at);
        }
        offsets[at] = offset;
        tail++;
    }

    private void makeRoom() {
        int size = size();
        // Half of it free at the front means that it need not grow.
        long[] into = head >= offsets.length / 2 ? offsets : new long[offsets.length * 2];
        System.arraycopy(offsets, head, into, 0, size);
        offsets = into;
        head = 0;
        tail = size;
    }

    boolean contains(long offset) {
        return Arrays.binarySearch(offsets, head, tail, offset) >= 0;
    }

    /** Takes an offset out. Does nothing if it is not there. */
    void remove(long offset) {
        int at = Arrays.binarySearch(offsets, head, tail, offset);
        if (at == head) {
            head++;
        } else if (at > head) {
            System.arraycopy(offsets, at + 1, offsets, at, tail - at - 1);
            tail--;
        }
        restartIfEmpty();
    }

    void removeBelow(long bound) {
        int at = Arrays.binarySearch(offsets, head, tail, bound);
        head = at < 0 ? -at - 1 : at;
        restartIfEmpty();
    }

    private void restartIfEmpty() {
        if (head == tail) {
            head = 0;
            tail = 0;
        }
    }
}
