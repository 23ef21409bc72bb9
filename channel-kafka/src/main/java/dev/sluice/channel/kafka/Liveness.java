/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Whether events of a partition may be acted on: it is this reader's, and the group can't have dealt it out to somebody else
 * meanwhile. That is told by the time between polls alone, since a process that was stopped knows nothing else.
 *
 * <pre>
 *   since the last poll   up to 3 s     nothing is in doubt
 *                         from 3 s on   with the next poll everything is, until the group has been asked
 *                         from 4.5 s on nothing may be acted on, though nobody can have said so yet
 * </pre>
 *
 * <p>The poll thread says when it has polled; both threads say which partitions there are; any thread asks.
 */
final class Liveness {

    /** So long behind the last poll it has to be asked whether this is still a member. */
    static final Duration DOUBTFUL = MemberConfig.SESSION.dividedBy(2);

    private static final long DOUBTFUL_NANOS = DOUBTFUL.toNanos();

    /**
     * So long behind the last poll nothing may be acted on: half a second before others may have been given partitions. The
     * session counts from the last heartbeat, which may be older than the poll.
     */
    private static final long DEAF_NANOS =
            MemberConfig.SESSION.minus(MemberConfig.HEARTBEAT).minusMillis(500).toNanos();

    /** Partitions of which this reader may act on events, with the number of the assignment. */
    private final Map<Integer, Long> acting = new ConcurrentHashMap<>();

    private final LongSupplier nanoTime;

    // Written by the poll thread.
    private volatile long polledNanos;
    /** Whether the group may have gone on without this member, and nobody has asked yet. */
    private volatile boolean doubtful;

    /** @param polledNanos when the consumer was polled last or made, by {@link System#nanoTime()} */
    Liveness(long polledNanos) {
        this(polledNanos, System::nanoTime);
    }

    Liveness(long polledNanos, LongSupplier nanoTime) {
        this.polledNanos = polledNanos;
        this.nanoTime = nanoTime;
    }

    /** As {@link dev.sluice.api.channel.LogReader#mayActOn} says. */
    boolean mayActOn(int partition) {
        // In this order: the doubt is there before the poll that brought it, and so has to be looked at behind it. The
        // other way round, a process that goes on from a stop between the two would find neither.
        long polled = polledNanos;
        return acting.containsKey(partition) && nanoTime.getAsLong() - polled < DEAF_NANOS && !doubtful;
    }

    /** The handler has the partition. */
    void begin(int partition, long assignment) {
        acting.put(partition, assignment);
    }

    /** Of this assignment; the partition may have come again since. */
    void end(int partition, long assignment) {
        acting.remove(partition, assignment);
    }

    /** Of whichever assignment. */
    void end(int partition) {
        acting.remove(partition);
    }

    void endAll() {
        acting.clear();
    }

    // ---- on the poll thread

    /**
     * Behind a stop of the whole process, however short a poll was meant to be, partitions may be somebody else's though
     * nothing here says so yet. The doubt is there before anybody can see that there was a poll.
     */
    void polled() {
        long now = nanoTime.getAsLong();
        if (now - polledNanos > DOUBTFUL_NANOS) {
            doubtful = true;
        }
        polledNanos = now;
    }

    /** The reader goes on with a consumer that was polled last then, so that what has gone by since counts. */
    void goOnFrom(long nanos) {
        polledNanos = nanos;
    }

    boolean isDoubtful() {
        return doubtful;
    }

    /** The group has said that this is a member of its present generation. */
    void confirmed() {
        doubtful = false;
    }
}
