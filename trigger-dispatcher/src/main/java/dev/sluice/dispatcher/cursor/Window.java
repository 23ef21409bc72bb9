/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import static java.util.Objects.requireNonNull;

/**
 * What one trigger holds in memory and has not settled, over all partitions, and the most that may be. Confined to the
 * context of its broker.
 */
public final class Window {

    private final DispatchMemory memory;
    private final int maxEvents;
    private int events;
    private long bytes;
    /** Events that have ended since the shared read last waited for this trigger. */
    private int endedSinceWait;

    /** @param maxEvents 1 or more */
    public Window(DispatchMemory memory, int maxEvents) {
        this.memory = requireNonNull(memory, "memory");
        this.maxEvents = maxEvents;
        if (maxEvents < 1) {
            throw new IllegalArgumentException("maxEvents=" + maxEvents + " must be at least 1");
        }
    }

    public int events() {
        return events;
    }

    public long bytes() {
        return bytes;
    }

    boolean hasRoom(int more) {
        return events < maxEvents && memory.hasRoom(bytes, more);
    }

    /** Whether it is worth reading for this trigger: not for each single event that ends. */
    boolean hasMuchRoom() {
        return events <= maxEvents / 2 && memory.hasRoom(bytes, bytes);
    }

    void take(int taken) {
        events++;
        bytes += taken;
    }

    void give(int given) {
        events--;
        bytes -= given;
        endedSinceWait++;
    }

    /** Whether the trigger has got on since the shared read last waited for it. */
    boolean isMakingProgress() {
        return endedSinceWait > maxEvents / 4;
    }

    void waitedFor() {
        endedSinceWait = 0;
    }

    DispatchMemory memory() {
        return memory;
    }
}
