/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

/** Time as the deliveries of one broker see it; a test puts its own in the place of the real one. */
public interface Timers {

    /** A clock for intervals; only differences mean something. */
    long nanoTime();

    /** The wall clock. */
    long epochMillis();

    /**
     * Calls {@code action} once on the broker's context.
     *
     * @param millis 1 or more
     * @return what {@link #cancel} takes
     */
    long schedule(long millis, Runnable action);

    void cancel(long timer);

    /** Calls {@code action} on the broker's context, after what is already waiting for it. May be called on any thread. */
    void soon(Runnable action);
}
