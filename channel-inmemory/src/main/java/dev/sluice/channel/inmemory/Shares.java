/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides one capacity among the open channels, so that all of them together stay bounded and none can take what another
 * was promised.
 *
 * <pre>
 *   |◀──────────────────── capacity ────────────────────▶|◀─ for replies ─▶|
 *   | guarantee | guarantee | guarantee |  common pool    |  1/8 of it      |
 *   |◀──────── half, split evenly ─────▶|◀───── half ────▶|  split evenly   |
 * </pre>
 *
 * <p>A channel fills its own guarantee first and then borrows from the pool, first come first served. With one channel
 * open that is the whole capacity.
 *
 * <p>When a channel opens, the guarantees of the others shrink, and what they hold above them counts as borrowed; nothing
 * is dropped, they are refused until it has drained. The newcomer gets its guarantee nevertheless, at once: a broker must
 * not starve because another one was clogged before it came. While that lasts the channels may hold more than the
 * capacity together, and never more than one and a half times as much; at that line even guarantees are refused, because a
 * process out of memory would lose everybody's events.
 *
 * <p>Safe for any thread; every call holds the lock for a few additions.
 */
final class Shares {

    /** What became of a claim. */
    enum Outcome {
        TAKEN,
        /** Taken from what is kept for replies. */
        TAKEN_FROM_RESERVE,
        /** Not now. */
        FULL,
        /** Not even if every channel were empty. */
        TOO_LARGE
    }

    /** What one channel holds. Its fields are guarded by the {@link Shares} it is of. */
    static final class Share {
        private long used;
        private long reserveUsed;

        private Share() {}
    }

    private final long capacity;
    private final long pool;
    private final long ceiling;
    private final long reserve;

    // Guarded by this.
    private final List<Share> open = new ArrayList<>();
    private long guarantee;
    private long total;
    private long borrowed;
    private long reserveTotal;

    Shares(long capacity) {
        this.capacity = capacity;
        this.pool = capacity - capacity / 2;
        this.ceiling = capacity + capacity / 2;
        this.reserve = capacity / 8;
        this.guarantee = capacity / 2;
    }

    synchronized Share join() {
        Share share = new Share();
        open.add(share);
        divide();
        return share;
    }

    /** Gives back everything that the share holds. */
    synchronized void leave(Share share) {
        if (open.remove(share)) {
            total -= share.used;
            reserveTotal -= share.reserveUsed;
            share.used = 0;
            share.reserveUsed = 0;
            divide();
        }
    }

    /** Claims bytes for events, all or none. */
    synchronized Outcome take(Share share, long bytes, boolean reply) {
        if (bytes > guarantee + pool) {
            return Outcome.TOO_LARGE;
        }
        if (fits(share, bytes)) {
            change(share, bytes);
            return Outcome.TAKEN;
        }
        if (reply && fitsReserve(share, bytes)) {
            share.reserveUsed += bytes;
            reserveTotal += bytes;
            return Outcome.TAKEN_FROM_RESERVE;
        }
        return Outcome.FULL;
    }

    /**
     * Claims bytes for a reply, with the bytes of what it takes the place of given back; if there is no room even so,
     * these stay claimed.
     */
    synchronized Outcome exchange(Share share, long back, boolean backToReserve, long bytes) {
        add(share, -back, backToReserve);
        Outcome outcome = take(share, bytes, true);
        if (outcome == Outcome.FULL || outcome == Outcome.TOO_LARGE) {
            add(share, back, backToReserve);
        }
        return outcome;
    }

    /** Counts bytes that are spent already, whether there is room for them or not; negative ones are given back. */
    synchronized void add(Share share, long bytes, boolean fromReserve) {
        if (fromReserve) {
            share.reserveUsed += bytes;
            reserveTotal += bytes;
        } else {
            change(share, bytes);
        }
    }

    /**
     * Counts bytes that a reader spends on what it was handed.
     *
     * @param charged all that it spends on records of this share, these bytes included
     * @return whether it {@linkplain #isOvercharged spends too much}
     */
    synchronized boolean charge(Share share, long bytes, boolean fromReserve, long charged) {
        add(share, bytes, fromReserve);
        return isOvercharged(share, charged);
    }

    /**
     * Whether a reader has to give back before it is handed more: the share holds more than it could be given, and what the
     * reader spends is half of that and more. Not with less: there is always some of it, since records that were taken in are
     * charged to when they are read, and to read no further would keep those that could end from those that wait for room.
     * So a share holds one and a half times what it could be given at most, and what is charged to one record.
     */
    synchronized boolean isOvercharged(Share share, long charged) {
        long limit = limit(share);
        return charged > limit / 2 && held(share) > limit;
    }

    /** All bytes that the share holds. */
    synchronized long held(Share share) {
        return share.used + share.reserveUsed;
    }

    /** The most that the share could hold now, not counting the reserve. */
    synchronized long limit(Share share) {
        long others = borrowed - above(share.used);
        return guarantee + Math.max(0, pool - others);
    }

    long capacity() {
        return capacity;
    }

    private boolean fits(Share share, long bytes) {
        long after = share.used + bytes;
        if (after <= guarantee) {
            return total + bytes <= ceiling;
        }
        return borrowed - above(share.used) + above(after) <= pool;
    }

    /**
     * Each channel has its even part. One that has nothing there may always place one reply, whatever its size, within
     * twice the reserve for all together: it bounds what is left over from the time when parts were larger.
     */
    private boolean fitsReserve(Share share, long bytes) {
        boolean ownPart = share.reserveUsed == 0 || share.reserveUsed + bytes <= reserve / open.size();
        return ownPart && reserveTotal + bytes <= 2 * reserve;
    }

    private void change(Share share, long bytes) {
        borrowed -= above(share.used);
        share.used += bytes;
        total += bytes;
        borrowed += above(share.used);
    }

    private long above(long used) {
        return Math.max(0, used - guarantee);
    }

    private void divide() {
        guarantee = capacity / 2 / Math.max(1, open.size());
        borrowed = 0;
        for (Share share : open) {
            borrowed += above(share.used);
        }
    }
}
