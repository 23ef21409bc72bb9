/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import org.jspecify.annotations.Nullable;

/**
 * The events of one partition that have one value of the attribute that orders them. The first of them is under way, or about
 * to be; the others wait for its end. There may be as many lanes as events, so one is kept small, and is its own key.
 */
final class Lane {

    /** Heap of a lane, its list and its place in the table, headers and padding included, with compressed references. */
    static final int BYTES = 96;

    private final int partition;
    private final @Nullable String value;

    /** Made when a second event comes: most lanes are never more than one long. */
    private @Nullable DispatchList waiting;

    /** Whether the table has let go of it; what is under way ends, and nothing comes after it. */
    private boolean open = true;

    Lane(int partition, @Nullable String value) {
        this.partition = partition;
        this.value = value;
    }

    boolean isOpen() {
        return open;
    }

    void close() {
        open = false;
    }

    DispatchList waiting() {
        DispatchList list = waiting;
        if (list == null) {
            list = new DispatchList();
            waiting = list;
        }
        return list;
    }

    @Nullable
    Dispatch pollWaiting() {
        return waiting == null ? null : waiting.pollFirst();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Lane that
                && partition == that.partition
                && (value == null ? that.value == null : value.equals(that.value));
    }

    @Override
    public int hashCode() {
        return partition * 31 + (value == null ? 0 : value.hashCode());
    }
}
