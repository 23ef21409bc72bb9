/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

/** The one timer of a trigger, set to the earliest of all the times that it waits for. */
final class Alarm {

    private static final long NANOS_PER_MILLI = 1_000_000;

    /** No more than what a timer can count; longer waits ring in between and go on. */
    private static final long LONGEST_MILLIS = 24L * 60 * 60 * 1000;

    private final Timers timers;
    private final Runnable action;
    private boolean set;
    private long timer;
    private long atNanos;

    Alarm(Timers timers, Runnable action) {
        this.timers = timers;
        this.action = action;
    }

    /** Makes the alarm ring at this time or earlier. Never cancels for a later time: one ring too many costs less. */
    void ringBy(long nanos) {
        if (set && atNanos - nanos <= 0) {
            return;
        }
        cancel();
        set = true;
        atNanos = nanos;
        // Rounded up, so that what was waited for is due when it rings.
        long millis = (nanos - timers.nanoTime() + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
        timer = timers.schedule(Math.min(LONGEST_MILLIS, Math.max(1, millis)), this::ring);
    }

    private void ring() {
        set = false;
        action.run();
    }

    void cancel() {
        if (set) {
            set = false;
            timers.cancel(timer);
        }
    }
}
