/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.parking.Redriven;
import dev.sluice.dispatcher.send.Attempt;
import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one trigger, from the match to its end. There may be as many of them as events fit into the
 * channel, so it is kept small; the fields that only some states use are null in the others.
 */
final class Dispatch {

    /** Heap of a Dispatch, header and padding included, with compressed references, and its place in a queue. */
    static final int BYTES = 96;

    final HeldEvent held;

    /** Where it has its place in the order; null if its trigger was not ordered when it was matched. */
    @Nullable
    Lane lane;

    /** The run of failures that it was counted in: see {@link Breaker}. */
    int countedInRun;

    /** When the present state ends by itself, by the trigger's timers: an attempt's timeout or the end of a wait. */
    long dueNanos;

    /** When the first attempt began, in milliseconds since 1970; 0 while there was none. */
    long firstAttemptMillis;

    /** Requests to the subscriber so far; those beyond the largest number are not counted. */
    int attempts;

    /** Requests to the dead letter sink, or appends of the reply, so far; those beyond the largest number are not counted. */
    int laterAttempts;

    /** Neighbours in the one {@link DispatchList} that holds this. */
    @Nullable
    Dispatch previous;

    @Nullable
    Dispatch next;

    /** The request that runs. */
    @Nullable
    Attempt attempt;

    /** Why the event is on its way to the dead letter sink; null while it is not. */
    @Nullable
    Failure failure;

    /** The reply that is to be appended. */
    @Nullable
    CloudEvent reply;

    /** Why the event was given up while the dead-letter store has no room for it; null while it was not. */
    @Nullable
    Cause givenUp;

    /** The parked event that this is, sent again; null for any other. */
    @Nullable
    Redriven redriven;

    /** To be run when the event has ended, if it was read back after a stop. */
    @Nullable
    Runnable whenEnded;

    /** Bytes that were charged to the event for what this keeps beside it; those beyond the largest number are not counted. */
    private int charged;

    private DispatchState state = DispatchState.WAITING;

    Dispatch(HeldEvent held) {
        this.held = held;
    }

    /** Accounts for what is kept beside the event. */
    void charge(long bytes) {
        held.charge(bytes);
        charged = (int) Math.min(Integer.MAX_VALUE, charged + bytes);
    }

    /** The event has come to its end. */
    void done() {
        held.done(charged);
    }

    /** Counts a request to the subscriber, and tells whether it is a retry. */
    boolean countAttempt() {
        attempts = oneMore(attempts);
        return attempts > 1;
    }

    /** Counts a request to the dead letter sink, or an append of the reply, and tells whether it was tried before. */
    boolean countLaterAttempt() {
        laterAttempts = oneMore(laterAttempts);
        return laterAttempts > 1;
    }

    private static int oneMore(int count) {
        // A retry of 2^31-1 without waits gets there within weeks.
        return count == Integer.MAX_VALUE ? count : count + 1;
    }

    DispatchState state() {
        return state;
    }

    /** The only way from one state to another. */
    void become(DispatchState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("an event that is " + state + " can't become " + next);
        }
        state = next;
    }
}
