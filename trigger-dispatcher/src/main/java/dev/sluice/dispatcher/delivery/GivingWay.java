/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import java.util.concurrent.TimeUnit;

/**
 * Has one trigger give way to others while it is behind, by having fewer events under way. Answers to them come to the event
 * loop in heaps, each makes room for the next event, and an event of another trigger that has just come in waits until the
 * heap is done with. So while others are {@linkplain LiveTraffic live} the trigger's turns at the event loop are timed: after
 * a long one it may have a quarter less under way, after a short one an event more.
 *
 * <p>That costs it little where the event loop is what it waits for, which is nearly as busy with a few events under way as
 * with a hundred. Where it waits for its subscriber, answers come one by one, turns are short, and it keeps its places.
 *
 * <p>Confined to the context of its broker.
 */
final class GivingWay {

    /** What it may have under way in any case, if it has so many places. */
    static final int LEAST = 8;

    /** Some twenty answers. With half of that others had their events 2 ms sooner, and it took a tenth longer. */
    static final long LONG_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** How long it counts as behind with less waiting: what is read for it comes in batches. */
    static final long STAYS_BEHIND_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** When nothing under way comes back for so long, it is not for it that others wait. */
    static final long STILL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Timers timers;
    private final LiveTraffic traffic;

    private boolean givesWay;
    /** What it may have under way while it gives way. */
    private int most;

    /** When as much waited as it may have under way. */
    private long behindNanos;

    /** When something was begun last in place of what had come back. */
    private long begunNanos;

    private boolean looking;
    private boolean timing;

    GivingWay(Timers timers, LiveTraffic traffic) {
        this.timers = timers;
        this.traffic = traffic;
        behindNanos = timers.nanoTime() - STAYS_BEHIND_NANOS;
    }

    /** Whether another event may be begun, with this many under way. */
    boolean mayBegin(int underway) {
        return !givesWay || underway < most;
    }

    /**
     * Something was begun, as much as may be.
     *
     * @param waiting events that could be sent now, were there places for them
     * @param left these, and those that wait for others of their key
     * @param places what the trigger may have under way if it gives way to nobody, 1 or more
     * @return whether it gives way, and so is to be {@linkplain #look looked at}
     */
    boolean begun(int waiting, int left, int places) {
        if (!givesWay && waiting > 0 && waiting < places) {
            return false;
        }
        long now = timers.nanoTime();
        if (!looking) {
            begunNanos = now;
        }
        if (waiting >= places) {
            behindNanos = now;
        }
        boolean behind = now - behindNanos < STAYS_BEHIND_NANOS;
        if (!behind && left == 0) {
            traffic.begun(now);
        }
        boolean gaveWay = givesWay;
        givesWay = behind && traffic.isLive(now);
        if (givesWay) {
            most = gaveWay ? Math.min(most, places) : places;
            timeTurn(now);
        }
        return givesWay;
    }

    /** From the first answer of a heap that made room until what comes behind the heap has its turn. */
    private void timeTurn(long nowNanos) {
        if (!timing) {
            timing = true;
            timers.soon(() -> turnEnded(nowNanos));
        }
    }

    private void turnEnded(long sinceNanos) {
        timing = false;
        if (timers.nanoTime() - sinceNanos >= LONG_TURN_NANOS) {
            most = Math.min(most, Math.max(LEAST, most - most / 4));
        } else {
            // Used with the next answer. To begin one now would be to time turns in which nothing else had its turn.
            most++;
        }
    }

    /** When nothing will have been begun for a while, unless something is. */
    long lookAtNanos() {
        return begunNanos + STILL_NANOS;
    }

    /**
     * Has all its places again if nothing was begun for a while.
     *
     * @return whether it gives way still, and is to be looked at again
     */
    boolean look() {
        if (givesWay && timers.nanoTime() - begunNanos >= STILL_NANOS) {
            givesWay = false;
        }
        looking = givesWay;
        return givesWay;
    }

    /** What could be begun without anything having come back has been. */
    void looked() {
        looking = false;
    }
}
