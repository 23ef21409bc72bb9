/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What has been read of one partition and is not behind us yet, in the order of its offsets:
 *
 * <pre>
 *   settled │ settled  under way  settled  under way │ waiting  waiting …
 *           ╰ up to here is committed                ╰ begun up to here
 * </pre>
 *
 * <p>The reader's thread puts in and asks; everything else happens on the event loop of the {@link Outflow}.
 */
final class Lane {

    /** One record, as an event. */
    static final class Entry {

        private final long offset;
        private final int bytes;
        /** Null once it is settled, since it may be kept as a place for long. */
        private @Nullable CloudEvent event;

        private long begunNanos;
        /** Where it counts once everything up to it is settled. Set by the reader before the loop sees it. */
        private @Nullable AtomicLong settledUpTo;

        /** @param bytes that it takes on the heap, about */
        Entry(long offset, CloudEvent event, int bytes) {
            this.offset = offset;
            this.event = event;
            this.bytes = bytes;
        }

        long offset() {
            return offset;
        }

        @Nullable
        CloudEvent event() {
            return event;
        }

        /** Nanoseconds since it was begun. */
        long age() {
            return System.nanoTime() - begunNanos;
        }
    }

    /** Of a partition, so that the places of what was settled ahead of its turn are bounded as well. */
    private static final int MOST_ENTRIES = 1000;

    private final TopicPartition partition;

    // The reader's.
    private long takenEntries;
    private long takenBytes;
    private long nextOffset = -1;
    private long committed = -1;
    private boolean paused;
    /** Another after offsets have begun anew; its value is written on the loop. */
    private AtomicLong settledUpTo = new AtomicLong(-1);

    // Written on the loop, read by the reader.
    private final AtomicLong behindEntries = new AtomicLong();
    private final AtomicLong settledBytes = new AtomicLong();
    private final AtomicInteger underway = new AtomicInteger();

    /** Set by the reader: another process has the partition now. */
    private volatile boolean gone;

    // The loop's.
    private final ArrayDeque<Entry> begun = new ArrayDeque<>();
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private boolean queued;

    Lane(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    // ---- the reader's thread

    /**
     * Notes that records came from Kafka, before anything else is done with them: it is not clear until they are settled.
     *
     * @param next offset after the last of them
     */
    void polled(long next) {
        nextOffset = next;
    }

    /** Notes that these, of what was polled, are handed to the loop. */
    void handed(List<Entry> entries) {
        takenEntries += entries.size();
        for (Entry entry : entries) {
            takenBytes += entry.bytes;
            entry.settledUpTo = settledUpTo;
        }
    }

    /**
     * Offsets begin anew, below those that were read and committed, since the topic was made anew. What was read of the old
     * one is sent, and counts for no commit any more.
     */
    void beginAnew() {
        settledUpTo = new AtomicLong(-1);
        nextOffset = -1;
        committed = -1;
    }

    /** Of what is held in memory. */
    long heldBytes() {
        return takenBytes - settledBytes.get();
    }

    private long held() {
        return takenEntries - behindEntries.get();
    }

    /** Whether no more is to be read, given what it may hold; once it is so, it is until half of that is free. */
    boolean isFull(long mostBytes) {
        int part = paused ? 2 : 1;
        return held() >= MOST_ENTRIES / part || heldBytes() >= mostBytes / part;
    }

    boolean isPaused() {
        return paused;
    }

    void setPaused(boolean value) {
        paused = value;
    }

    /** The offset up to which everything is settled; -1 if nothing has been since the partition came here or began anew. */
    long settledUpTo() {
        return settledUpTo.get();
    }

    /** Whether everything that was read is settled. */
    boolean isClear() {
        return nextOffset >= 0 && settledUpTo.get() == nextOffset;
    }

    long committed() {
        return committed;
    }

    void setCommitted(long offset) {
        committed = offset;
    }

    boolean isIdle() {
        return underway.get() == 0;
    }

    void leave() {
        gone = true;
    }

    // ---- any thread

    boolean isGone() {
        return gone;
    }

    // ---- the loop

    void add(List<Entry> entries) {
        waiting.addAll(entries);
    }

    boolean isQueued() {
        return queued;
    }

    void setQueued(boolean value) {
        queued = value;
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    int underway() {
        return underway.get();
    }

    Entry begin() {
        Entry entry = waiting.remove();
        entry.begunNanos = System.nanoTime();
        begun.add(entry);
        underway.incrementAndGet();
        return entry;
    }

    /** The attempts are over, whatever came of them. */
    void ended() {
        underway.decrementAndGet();
    }

    /** It is behind us as soon as everything before it is. */
    void settle(Entry settled) {
        settled.event = null;
        settledBytes.addAndGet(settled.bytes);
        for (Entry head = begun.peek(); head != null && head.event == null; head = begun.peek()) {
            begun.remove();
            behindEntries.incrementAndGet();
            requireNonNull(head.settledUpTo, "an entry that was not handed on").set(head.offset + 1);
        }
    }

    /** The one that all others wait for, if its attempts have gone on for longer. */
    @Nullable
    Entry stuckFor(long nanos) {
        Entry head = begun.peek();
        return head != null && head.age() > nanos ? head : null;
    }
}
