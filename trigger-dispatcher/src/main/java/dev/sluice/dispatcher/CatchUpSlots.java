/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The few reads beside the shared ones that a process does at once, for triggers that are behind. Who waits gets one in
 * turn, and gives it back after a while, so that one trigger with a day's backlog does not keep all others waiting. Safe
 * for any thread.
 */
final class CatchUpSlots {

    private record Waiting(Context context, Runnable granted) {}

    private final int all;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int free;

    /** @param slots 1 or more */
    CatchUpSlots(int slots) {
        all = slots;
        free = slots;
    }

    int all() {
        return all;
    }

    /** @param granted called on the context once, when there is a slot; whoever got it releases it */
    void acquire(Context context, Runnable granted) {
        synchronized (this) {
            if (free == 0) {
                waiting.addLast(new Waiting(context, granted));
                return;
            }
            free--;
        }
        context.runOnContext(turn -> granted.run());
    }

    void release() {
        Waiting next;
        synchronized (this) {
            next = waiting.pollFirst();
            if (next == null) {
                free++;
                return;
            }
        }
        next.context.runOnContext(turn -> next.granted.run());
    }

    /** Whether somebody else would have to wait now. */
    synchronized boolean areWanted() {
        return !waiting.isEmpty();
    }
}
