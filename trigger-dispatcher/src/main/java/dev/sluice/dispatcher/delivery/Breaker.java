/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.Delivery;
import dev.sluice.dispatcher.send.FailureKind;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that a subscriber is out of order, and lets nothing through then but a probe now and then: an attempt of an event
 * that waits, and the next time of another. Times are of {@link Timers#nanoTime()}.
 *
 * <pre>
 *            10 events in a row                 time for a probe
 *  CLOSED ───────────────────────▶ OPEN ───────────────────────────▶ PROBING
 *    ▲                              │ ▲                                │ │
 *    │        any answer            │ └──────── an outage again ───────┘ │
 *    └──────────────────────────────┴────────────────────────────────────┘
 * </pre>
 *
 * An outage is no response, 408, 429 or 5xx. Whatever else a subscriber answers, it answers; so it does where we have no room
 * for what it says.
 */
final class Breaker {

    enum State {
        CLOSED,
        OPEN,
        PROBING
    }

    /** What a report did. */
    enum Change {
        NONE,
        OPENED,
        CLOSED
    }

    /** Different events; one that can't be delivered is no sign, however often it is tried. */
    private static final int ENOUGH = 10;

    private static final long FIRST_MILLIS = 1_000;
    private static final long LONGEST_MILLIS = 30_000;

    private State state = State.CLOSED;
    /** Outages of different events without any answer between. */
    private int failures;
    /** Tells one such run from the next. Dispatches begin with 0. */
    private int run = 1;

    private long intervalMillis;
    private long probeAtNanos;
    /** The last event that was sent as a probe. */
    private @Nullable Dispatch probe;

    State state() {
        return state;
    }

    /** Whether an event may be sent now. */
    boolean admits(long nowNanos) {
        return state == State.CLOSED || (state == State.OPEN && nowNanos - probeAtNanos >= 0);
    }

    /** When the next probe is due; of interest while OPEN. */
    long probeAtNanos() {
        return probeAtNanos;
    }

    /** Whether the next probe should rather be another event, if there is one. */
    boolean hasJustProbed(Dispatch dispatch) {
        return dispatch == probe;
    }

    /** The event is being sent. */
    void sent(Dispatch dispatch) {
        if (state == State.OPEN) {
            state = State.PROBING;
            probe = dispatch;
        }
    }

    /** The subscriber answered, with what is no outage. */
    Change answered() {
        if (failures == 0) {
            return Change.NONE;
        }
        failures = 0;
        run++;
        probe = null;
        boolean wasClosed = state == State.CLOSED;
        state = State.CLOSED;
        return wasClosed ? Change.NONE : Change.CLOSED;
    }

    /** The event was taken away before anybody knew what became of its attempt: if it was the probe, another is due. */
    void abandoned(Dispatch dispatch, long nowNanos) {
        if (state == State.PROBING && dispatch == probe) {
            state = State.OPEN;
            probe = null;
            probeAtNanos = nowNanos;
        }
    }

    /** The attempt failed. */
    Change failed(Dispatch dispatch, Failure failure, Delivery delivery, long nowNanos) {
        if (!isOutage(failure)) {
            return answered();
        }
        if (state == State.CLOSED) {
            if (dispatch.countedInRun == run) {
                return Change.NONE;
            }
            dispatch.countedInRun = run;
            if (++failures < ENOUGH) {
                return Change.NONE;
            }
            open(Math.min(FIRST_MILLIS, longest(delivery)), failure, delivery, nowNanos);
            return Change.OPENED;
        }
        if (state == State.PROBING && dispatch == probe) {
            open(Math.min(intervalMillis * 2, longest(delivery)), failure, delivery, nowNanos);
        }
        return Change.NONE;
    }

    private void open(long interval, Failure failure, Delivery delivery, long nowNanos) {
        state = State.OPEN;
        intervalMillis = interval;
        long wait = Math.max(interval, Backoff.askedFor(delivery, failure));
        probeAtNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(wait);
    }

    private static long longest(Delivery delivery) {
        return Math.max(1, Math.min(LONGEST_MILLIS, Backoff.millis(delivery.backoffMax())));
    }

    /** Something changed that may have mended it: the next probe is due at once. */
    void hope(Delivery delivery, long nowNanos) {
        if (state == State.OPEN) {
            intervalMillis = Math.min(FIRST_MILLIS, longest(delivery));
            probeAtNanos = nowNanos;
        }
    }

    private static boolean isOutage(Failure failure) {
        if (failure.kind() == FailureKind.NO_ROOM_FOR_REPLY) {
            return false;
        }
        int status = failure.status();
        return status == 0 || status == 408 || status == 429 || status >= 500;
    }
}
