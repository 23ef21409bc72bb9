/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.delivery.TriggerStats.Hold;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import dev.sluice.dispatcher.delivery.TriggerStats.Note;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of one trigger. Written on the context of its broker alone and read by any thread, so that counting
 * costs a store and no contention.
 */
final class TriggerCounts {

    private static final End[] END = End.values();

    /** A number with one writer. */
    static final class Count {

        private static final AtomicLongFieldUpdater<Count> VALUE =
                AtomicLongFieldUpdater.newUpdater(Count.class, "value");

        /** Not an AtomicLong: a trigger has sixteen counts, and there may be thousands of triggers. */
        private volatile long value;

        void increment() {
            VALUE.lazySet(this, value + 1);
        }

        void add(long more) {
            VALUE.lazySet(this, value + more);
        }

        void set(long now) {
            VALUE.lazySet(this, now);
        }

        long get() {
            return value;
        }
    }

    final Count matched = new Count();
    final Count takenOver = new Count();
    final Count handedOver = new Count();
    final Count parkingBlocked = new Count();
    final Count retries = new Count();
    final Count replies = new Count();
    final Count unusableReplies = new Count();
    final Count skipped = new Count();
    /** Counted where the events are, not from the other counts, so that a lost event shows as a difference. */
    final Count inFlight = new Count();

    /** Of a log: what the trigger has not looked at behind the shared read, and what it has left in the log. */
    final Count behind = new Count();

    /** Of a log: what the shared read is behind the log. */
    volatile LongSupplier sharedLag = () -> 0;

    final Count requests = new Count();
    /** In the order of the enum. */
    private final Count[] ended = new Count[END.length];

    /** One value, so that no reader sees the one of now with the other of before. */
    private record Held(@Nullable Hold hold, Instant changed) {}

    private volatile Held held;
    private volatile @Nullable Note lastFailure;
    private volatile @Nullable Note lastUnusableReply;
    private volatile @Nullable Note lastLoss;
    private volatile @Nullable Note nearRetention;

    TriggerCounts(Instant now) {
        held = new Held(null, now);
        for (int i = 0; i < ended.length; i++) {
            ended[i] = new Count();
        }
    }

    /** What is left to do for the trigger, as far as is known. */
    long lag() {
        return inFlight.get() + behind.get() + sharedLag.getAsLong();
    }

    @SuppressWarnings("EnumOrdinal") // A map would take three times the room, in each of thousands of triggers.
    Count ended(End end) {
        return ended[end.ordinal()];
    }

    /** What keeps events from being begun; null if nothing does. */
    void held(@Nullable Hold by, Instant now) {
        if (!Objects.equals(held.hold(), by)) {
            held = new Held(by, now);
        }
    }

    boolean isHeldBy(HoldReason reason) {
        Hold by = held.hold();
        return by != null && by.reason() == reason;
    }

    /** Ends of all kinds. */
    long endedTotal() {
        long total = 0;
        for (Count count : ended) {
            total += count.get();
        }
        return total;
    }

    void failed(Note note) {
        lastFailure = note;
    }

    void lost(Note note) {
        lastLoss = note;
    }

    @Nullable
    Note nearRetention() {
        return nearRetention;
    }

    /** The time is that of the first word. */
    void nearsRetention(String text, Instant now) {
        Note before = nearRetention;
        nearRetention = new Note(before == null ? now : before.at(), text);
    }

    void isWithinRetention() {
        nearRetention = null;
    }

    void answeredUnusably(Note note) {
        unusableReplies.increment();
        lastUnusableReply = note;
    }

    TriggerStats snapshot(ResourceName trigger, String uid, ResourceName broker) {
        Held now = held;
        Map<End, Long> ends = new EnumMap<>(End.class);
        for (End end : END) {
            ends.put(end, ended(end).get());
        }
        return new TriggerStats(
                trigger,
                uid,
                broker,
                matched.get(),
                takenOver.get(),
                ends,
                handedOver.get(),
                inFlight.get(),
                parkingBlocked.get(),
                requests.get(),
                retries.get(),
                replies.get(),
                unusableReplies.get(),
                Optional.ofNullable(now.hold()),
                now.changed(),
                Optional.ofNullable(lastFailure),
                Optional.ofNullable(lastUnusableReply),
                skipped.get(),
                lag(),
                Optional.ofNullable(lastLoss),
                Optional.ofNullable(nearRetention));
    }
}
