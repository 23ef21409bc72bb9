/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.channel.kafka.CursorTopic.Start;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How far the Triggers of one Broker are in the partitions that this process has, against what their groups show. It is
 * told of commits, and asked in turns which group to write next. Safe for any thread.
 */
final class ShownPositions {

    /** A Trigger under way is shown at most so often. */
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** One that stands still, so that Kafka does not forget the group (offsets.retention.minutes, 7 days by default). */
    private static final long REMIND_NANOS = TimeUnit.DAYS.toNanos(1);

    private static final long NOT_SHOWN = -1;

    /** A group that is to be written. */
    record Due(ResourceName trigger, String triggerUid, String topic, Map<Integer, Long> places) {}

    private record Committed(Positions positions, long applied) {}

    private static final class Shown {
        private long[] offsets = {};
        private long notBeforeNanos;
        private long remindNanos;

        private Shown(long nowNanos) {
            notBeforeNanos = nowNanos;
            remindNanos = nowNanos;
        }

        private long at(int partition) {
            return partition < offsets.length ? offsets[partition] : NOT_SHOWN;
        }

        private void put(int partition, long offset) {
            int length = offsets.length;
            if (partition >= length) {
                offsets = Arrays.copyOf(offsets, partition + 1);
                Arrays.fill(offsets, length, offsets.length, NOT_SHOWN);
            }
            offsets[partition] = offset;
        }
    }

    private final String topic;
    private final Map<String, ResourceName> names;
    private final Function<String, @Nullable Start> starts;

    // Guarded by this.
    private final Map<Integer, Committed> partitions = new HashMap<>();
    private final Map<String, Shown> shown = new HashMap<>();
    private List<String> round = List.of();
    private int turn;

    /**
     * @param names of the Triggers that this process knows, by UID; may change at any time
     * @param starts finds where a Trigger starts by its UID; null for one that is gone
     */
    ShownPositions(String topic, Map<String, ResourceName> names, Function<String, @Nullable Start> starts) {
        this.topic = topic;
        this.names = names;
        this.starts = starts;
    }

    /** @param applied the offset of the cursor topic up to which starts are covered */
    synchronized void committed(int partition, Positions positions, long applied) {
        partitions.put(partition, new Committed(positions, applied));
    }

    /** Whoever has the partition now shows it. */
    synchronized void gone(int partition) {
        partitions.remove(partition);
        shown.values().forEach(one -> {
            if (partition < one.offsets.length) {
                one.put(partition, NOT_SHOWN);
            }
        });
    }

    /**
     * The next Trigger whose group does not show where it is, and counts it as shown.
     *
     * @param looks how many Triggers to look at, so that one call is short
     */
    synchronized @Nullable Due next(int looks, long nowNanos) {
        for (int look = 0; look < looks && !partitions.isEmpty(); look++) {
            if (turn >= round.size()) {
                round = List.copyOf(names.keySet());
                turn = 0;
                shown.keySet().retainAll(names.keySet());
                if (round.isEmpty()) {
                    return null;
                }
            }
            Due due = due(round.get(turn++), nowNanos);
            if (due != null) {
                return due;
            }
        }
        return null;
    }

    private @Nullable Due due(String uid, long nowNanos) {
        ResourceName name = names.get(uid);
        Start start = starts.apply(uid);
        if (name == null || start == null) {
            return null;
        }
        Shown one = shown.computeIfAbsent(uid, first -> new Shown(nowNanos));
        if (nowNanos - one.notBeforeNanos < 0) {
            return null;
        }
        boolean remind = nowNanos - one.remindNanos >= 0;
        Map<Integer, Long> places = new HashMap<>();
        partitions.forEach((partition, committed) -> {
            // A commit from before the start says nothing of this Trigger.
            if (start.seenAt() < committed.applied()) {
                long place = committed.positions().of(uid).lowest();
                if (remind || one.at(partition) != place) {
                    places.put(partition, place);
                }
            }
        });
        if (places.isEmpty()) {
            return null;
        }
        places.forEach(one::put);
        one.notBeforeNanos = nowNanos + AGAIN_NANOS;
        if (remind) {
            one.remindNanos = nowNanos + REMIND_NANOS;
        }
        return new Due(name, uid, topic, places);
    }

    /** What was to be shown could not be: all of it is due again, later. */
    synchronized void failed(Due due, long waitNanos, long nowNanos) {
        Shown one = shown.get(due.triggerUid());
        if (one != null) {
            one.offsets = new long[0];
            one.notBeforeNanos = nowNanos + waitNanos;
        }
    }
}
