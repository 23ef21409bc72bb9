/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.channel.Position;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** One trigger in one partition. Made when the trigger first matches, so one that never does costs nothing. */
final class Cursor<T> {

    final T trigger;
    final Window window;
    final Unfinished unfinished = new Unfinished();

    /**
     * The first offset that this trigger has not looked at. Of one that is SHARED, the offset from which on the shared
     * read is its own, which may be ahead of that read.
     */
    long next;

    /** J: the offset from which on the shared read is this trigger's, of one that is JOINING. */
    long joinAt;

    /** What is owed from this offset on is to be read again, all of it, or {@link Unfinished#NONE}. */
    long sweepFrom = Unfinished.NONE;

    /** The lowest offset that is owed and wanted, whatever else is owed, or {@link Unfinished#NONE}. */
    long wanted = Unfinished.NONE;

    /** It owes as much as it may, and looks at nothing new. */
    boolean owesTooMuch;

    /** The lowest offset that is owed and was not passed yet by the stretch that is going on. */
    long passAt;

    /** What {@link #sweepFrom} was when that began. */
    long sweptFrom;

    /** How far it took from that stretch. */
    long tookTo;

    /** Takes from the stretch of a catch-up read that is going on. */
    boolean reading;

    /** Was stopped by a full window in it. */
    boolean stopped;

    /** Neighbours among the cursors that are not simply at the shared position with all finished. */
    @Nullable
    Cursor<T> previous;

    @Nullable
    Cursor<T> following;

    boolean listed;

    /** What it has taken of its window for this partition: places, and bytes. */
    private int places;

    private long bytes;

    private CursorState state;

    /** What the shared read found from J on, of one that is JOINING. */
    private @Nullable Deque<LogRecord> waiting;

    Cursor(T trigger, Window window, CursorState state, long next) {
        this.trigger = trigger;
        this.window = window;
        this.state = state;
        this.next = next;
    }

    CursorState state() {
        return state;
    }

    /** The only way from one state to another. */
    void become(CursorState to) {
        if (!state.mayBecome(to)) {
            throw new IllegalStateException("a cursor that is " + state + " can't become " + to);
        }
        state = to;
    }

    boolean scansAlone() {
        return state == CursorState.CATCHING_UP || state == CursorState.JOINING;
    }

    /** The offset that this trigger needs next from a catch-up read, or {@link Unfinished#NONE}. */
    long need() {
        return switch (state) {
            case PAUSED -> Unfinished.NONE;
            case SHARED -> neededOwed();
            case CATCHING_UP -> owesTooMuch ? neededOwed() : Math.min(neededOwed(), next);
            case JOINING -> Math.min(neededOwed(), next);
        };
    }

    /** The lowest offset that is owed and to be read again, or {@link Unfinished#NONE}. */
    long neededOwed() {
        return unfinished.lowestOwedFrom(Math.min(sweepFrom, wanted));
    }

    /** Everything that is owed is to be read again. */
    void sweep() {
        sweepFrom = unfinished.owed() > 0 ? 0 : Unfinished.NONE;
    }

    /** Takes note of how far it got in the stretch that is going on. */
    void swept() {
        if (sweptFrom != Unfinished.NONE) {
            sweepFrom = Math.min(sweepFrom, Math.max(sweptFrom, Math.min(tookTo, passAt)));
            if (unfinished.lowestOwedFrom(sweepFrom) == Unfinished.NONE) {
                // What is owed from now on is postponed, and not for everybody.
                sweepFrom = Unfinished.NONE;
            }
        }
    }

    Position position(long sharedNext) {
        return Position.of(state == CursorState.SHARED ? Math.max(next, sharedNext) : next, unfinished.toArray());
    }

    /** Takes a place in the window. */
    void take(int taken) {
        places++;
        bytes += taken;
        window.take(taken);
    }

    /** Gives one back. */
    void give(int given) {
        places--;
        bytes -= given;
        window.give(given);
    }

    /** Gives back all that it has of the window, whatever else is known of it. */
    void giveAll() {
        for (LogRecord record = pollWaiting(); record != null; record = pollWaiting()) {
            // Only the memory that it takes.
        }
        window.giveAll(places, bytes);
        places = 0;
        bytes = 0;
    }

    /** Takes a place in the window for an event of the shared read that waits until the trigger has caught up. */
    void await(LogRecord record) {
        if (waiting == null) {
            waiting = new ArrayDeque<>();
        }
        waiting.addLast(record);
        take(record.bytes());
        window.memory().take(record.bytes());
    }

    /** Takes what waited longest out of the window's memory; it keeps its place in the window. */
    @Nullable
    LogRecord pollWaiting() {
        LogRecord record = waiting == null ? null : waiting.pollFirst();
        if (record != null) {
            window.memory().give(record.bytes());
        }
        return record;
    }

    /** Forgets what waits: it will be read again. */
    void forgetWaiting() {
        for (LogRecord record = pollWaiting(); record != null; record = pollWaiting()) {
            give(record.bytes());
        }
        waiting = null;
    }
}
