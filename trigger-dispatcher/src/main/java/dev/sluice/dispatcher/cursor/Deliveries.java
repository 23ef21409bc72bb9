/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import dev.sluice.api.channel.LogRecord;
import java.util.List;

/**
 * What cursors ask of their surroundings. Called on the context of the broker, always from within a call to {@link
 * PartitionCursors}, and allowed to report an event as settled or given back, and to pause its trigger, before it returns.
 *
 * @param <T> what stands for a trigger
 */
public interface Deliveries<T> {

    /** Adds every trigger that matches now. */
    void match(LogRecord record, List<? super T> into);

    String uid(T trigger);

    Window window(T trigger);

    /** Hands an event to the triggers that matched it. The list is valid during the call. */
    void deliver(LogRecord record, List<? extends T> to);

    /** Hands an event again, or for the first time here, to a trigger that matched it once. */
    void deliverOwed(LogRecord record, T to);

    /** Whether the trigger would take an event now that it is owed. If not, it has to say later that it wants it. */
    boolean takesOwed(LogRecord record, T trigger);

    /** The lowest offset that a trigger wants of what it has postponed, or {@link PartitionCursors#NOTHING}. */
    long wanted(T trigger);

    /**
     * The log has given up records that a trigger had not finished.
     *
     * @param earliest the first offset that the log still keeps
     * @param owed events that had matched
     * @param skipped offsets that had not been looked at
     */
    void lost(T trigger, long earliest, long owed, long skipped);

    /** The log has what comes before and after an event that had matched, and the event no more. */
    void unreadable(T trigger, long offset);

    /** A trigger has postponed as many events as it may, and looks at nothing new; or it goes on. */
    void owesTooMuch(T trigger, boolean tooMuch);
}
