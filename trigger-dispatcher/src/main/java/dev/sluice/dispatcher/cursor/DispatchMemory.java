/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all dispatching of a process may hold of the events of logs: {@code --dispatch-memory}. An event that several
 * triggers wait for counts once. Safe for any thread.
 *
 * <p>A trigger may hold as much as is free of three quarters of it, and no more. So where some triggers are stuck, each of k
 * of them ends up with 1/(k+1) of that, and as much stays free for the others, without anybody counting triggers or dealing
 * out shares. The last quarter is for triggers that hold nothing, one event each, so that those go on too for which an
 * event is larger than what the stuck ones leave.
 */
public final class DispatchMemory {

    private final long capacity;
    private final AtomicLong held = new AtomicLong();

    /** @param capacity bytes, 1 or more */
    public DispatchMemory(long capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity=" + capacity + " must be at least 1");
        }
        this.capacity = capacity;
    }

    public long capacity() {
        return capacity;
    }

    public long held() {
        return held.get();
    }

    long free() {
        return capacity - held.get();
    }

    public void take(long bytes) {
        held.addAndGet(bytes);
    }

    public void give(long bytes) {
        held.addAndGet(-bytes);
    }

    /** Whether an event may be taken by a trigger that holds so much already. */
    boolean hasRoom(long own, long bytes) {
        // One event has to fit, however large it is: else its trigger would never go on.
        return own == 0 ? bytes <= free() || held.get() == 0 : own + bytes <= free() - capacity / 4;
    }
}
