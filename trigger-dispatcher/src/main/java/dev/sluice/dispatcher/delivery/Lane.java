/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import org.jspecify.annotations.Nullable;

/**
 * The events of one partition that have one value of the attribute that orders them. The first of them is under way, or about
 * to be; the others wait for its end. There may be as many lanes as events, so one is kept small, and is its own key.
 *
 * <p>Of events that a log keeps anyway only the next few wait in memory when the lane is in trouble, that is from when an
 * event waits for a retry until another needed none. The others are postponed: only their offsets stay, and they are asked
 * for when there are few left in memory. So a key that fails takes next to nothing of what its trigger may hold.
 */
final class Lane {

    /** Heap of a lane, its list and its place in the table, headers and padding included, with compressed references. */
    static final int BYTES = 120;

    /** Events in memory behind the one under way, in trouble, and when more are asked for. */
    static final int MOST_IN_TROUBLE = 4;

    private static final int FEW_IN_TROUBLE = 1;

    /** The same of a lane that flows: few enough for a thousand lanes, and enough to make a read worth while. */
    private static final int MOST = 256;

    private static final int FEW = 64;

    private final int partition;
    private final @Nullable String value;

    /** Made when a second event comes: most lanes are never more than one long. */
    private @Nullable DispatchList waiting;

    /** Made when an event is postponed. */
    private @Nullable PostponedOffsets postponed;

    private @Nullable LaterReads reads;

    /** Whether the table has let go of it; what is under way ends, and nothing comes after it. */
    private boolean open = true;

    /** Whether an event is under way or about to be. One that is not has postponed all it has. */
    private boolean busy;

    private boolean troubled;
    /** Whether what is under way has waited for a retry. */
    private boolean blocked;

    Lane(int partition, @Nullable String value) {
        this.partition = partition;
        this.value = value;
    }

    int partition() {
        return partition;
    }

    boolean isOpen() {
        return open;
    }

    void close() {
        open = false;
    }

    boolean isBusy() {
        return busy;
    }

    /** An event is under way. */
    void begin() {
        busy = true;
    }

    DispatchList waiting() {
        DispatchList list = waiting;
        if (list == null) {
            list = new DispatchList();
            waiting = list;
        }
        return list;
    }

    /** What was under way has ended. Answers what comes next, if that is in memory. */
    @Nullable
    Dispatch next(Dispatch ended) {
        if (blocked) {
            blocked = false;
        } else if (ended.attempts > 0) {
            troubled = false;
        }
        Dispatch next = waiting == null ? null : waiting.pollFirst();
        busy = next != null;
        return next;
    }

    /** What is under way waits for a retry. */
    void block() {
        blocked = true;
        troubled = true;
    }

    // ---- what it has postponed ------------------------------------------------------------------------------------

    private int inMemory() {
        return waiting == null ? 0 : waiting.size();
    }

    /** Whether an event that comes now has to be postponed, if it can be. */
    boolean postpones(long offset) {
        return (postponed != null && !postponed.isEmpty() && offset > postponed.first())
                || (troubled && inMemory() >= MOST_IN_TROUBLE);
    }

    /** Whether it takes an event now that was postponed. */
    boolean takesPostponed(long offset) {
        return (!busy || inMemory() < (troubled ? MOST_IN_TROUBLE : MOST))
                && (postponed == null || postponed.isEmpty() || offset <= postponed.first());
    }

    void postpone(long offset, LaterReads later) {
        if (postponed == null) {
            postponed = new PostponedOffsets();
        }
        reads = later;
        if (!postponed.contains(offset)) {
            postponed.add(offset);
        }
    }

    boolean hasPostponed() {
        return postponed != null && !postponed.isEmpty();
    }

    /** Where to ask for what is postponed; null if that is nothing, or another process's by now. */
    @Nullable
    LaterReads reads() {
        return hasPostponed() && reads != null && !reads.areOver() ? reads : null;
    }

    /** The offset that it wants to have now, or {@link LaterReads#NOTHING}. */
    long wanted() {
        boolean few = !busy || inMemory() <= (troubled ? FEW_IN_TROUBLE : FEW);
        return few && postponed != null && !postponed.isEmpty() ? postponed.first() : LaterReads.NOTHING;
    }

    /** It is there, or will never be. */
    void postponedNoMore(long offset) {
        if (postponed != null) {
            postponed.remove(offset);
        }
    }

    void postponedNoMoreBelow(long bound) {
        if (postponed != null) {
            postponed.removeBelow(bound);
        }
    }

    void forgetPostponed() {
        postponed = null;
        reads = null;
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
