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

    /**
     * The log has given up records that a trigger had not finished.
     *
     * @param owed events that had matched
     * @param skipped offsets that had not been looked at
     */
    void lost(T trigger, long owed, long skipped);
}
