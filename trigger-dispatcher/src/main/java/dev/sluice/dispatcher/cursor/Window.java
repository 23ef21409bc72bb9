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
    /** What an event took that there was no room for, until one as large is taken or nothing is held. */
    private int refused;
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
        boolean room = events < maxEvents && memory.hasRoom(bytes, more);
        if (!room) {
            refused = more;
        }
        return room;
    }

    /** Whether it is worth reading for this trigger: not for each single event that ends, nor for one that can't be taken. */
    boolean hasMuchRoom() {
        return events <= maxEvents / 2 && memory.hasRoom(bytes, Math.max(bytes, refused));
    }

    void take(int taken) {
        if (taken >= refused) {
            refused = 0;
        }
        events++;
        bytes += taken;
    }

    void give(int given) {
        events--;
        bytes -= given;
        endedSinceWait++;
        if (events == 0) {
            // It may have been another's, or be gone.
            refused = 0;
        }
    }

    /** Takes back what one partition has of it. */
    void giveAll(int places, long given) {
        events -= places;
        bytes -= given;
        if (events == 0) {
            refused = 0;
        }
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
