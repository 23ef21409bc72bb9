/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The events of one trigger that wait for a time to come, the earliest first. A wait costs its entry here and no more. */
final class RetryQueue {

    /** An emptied queue that grew beyond this gives its array back. */
    private static final int KEPT_CAPACITY = 1024;

    private PriorityQueue<Dispatch> waiting = empty();
    private int peak;

    private static PriorityQueue<Dispatch> empty() {
        // By difference: System.nanoTime may overflow.
        return new PriorityQueue<>((a, b) -> Long.compare(a.dueNanos - b.dueNanos, 0));
    }

    int size() {
        return waiting.size();
    }

    /** In no particular order. */
    void forEach(Consumer<Dispatch> action) {
        waiting.forEach(action);
    }

    void add(Dispatch dispatch) {
        waiting.add(dispatch);
        peak = Math.max(peak, waiting.size());
    }

    @Nullable
    Dispatch first() {
        return waiting.peek();
    }

    /** Takes out the earliest if its time has come. */
    @Nullable
    Dispatch pollDue(long nowNanos) {
        Dispatch first = waiting.peek();
        if (first == null || first.dueNanos - nowNanos > 0) {
            return null;
        }
        waiting.poll();
        if (waiting.isEmpty()) {
            shrink();
        }
        return first;
    }

    /** Takes out all. */
    List<Dispatch> drain() {
        List<Dispatch> drained = new ArrayList<>(waiting);
        waiting.clear();
        shrink();
        return drained;
    }

    private void shrink() {
        if (peak > KEPT_CAPACITY) {
            waiting = empty();
            peak = 0;
        }
    }
}
