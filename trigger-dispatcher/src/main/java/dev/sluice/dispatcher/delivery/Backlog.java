/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import org.jspecify.annotations.Nullable;

/** The events of one trigger that may be begun, or begun again, as soon as there is room, and which of them is next. */
final class Backlog {

    /** Matched and never tried: replies. */
    private final DispatchList replies = new DispatchList();
    /** Matched and never tried: the rest. */
    private final DispatchList fresh = new DispatchList();
    /** Tried before, and due again. */
    private final DispatchList due = new DispatchList();

    private boolean freshNext;

    int size() {
        return replies.size() + fresh.size() + due.size();
    }

    /** Takes an event that the trigger matched. */
    void add(Dispatch dispatch, boolean reply) {
        (reply ? replies : fresh).addLast(dispatch);
    }

    /** Takes an event that was tried before and whose wait is over. */
    void addAgain(Dispatch dispatch) {
        due.addLast(dispatch);
    }

    /**
     * Takes out the next.
     *
     * <p>Replies come first: they go on with what was begun before anything that waits, and a loop that is brought to its
     * end before the next is begun needs the room of one reply. Were all begun first, a channel that was full of events
     * would have to hold as many replies, and if these are larger, none of them would ever find room.
     *
     * <p>New events and retries take turns, so that neither a storm of retries nor one of events starves the other.
     */
    @Nullable
    Dispatch pollNext() {
        Dispatch reply = replies.pollFirst();
        if (reply != null) {
            return reply;
        }
        freshNext = !freshNext;
        Dispatch next = freshNext ? fresh.pollFirst() : due.pollFirst();
        if (next == null) {
            next = freshNext ? due.pollFirst() : fresh.pollFirst();
        }
        return next;
    }
}
