/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import dev.sluice.channel.kafka.CursorTopic.Start;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Where the triggers are in a partition that is taken over: what was committed, and the starts that this did not cover. */
final class RestoredPositions {

    private RestoredPositions() {}

    /**
     * @param committed for the partition by the group
     * @param topicId of the topic as it is now
     * @param starts of all triggers
     * @param earliest the first offset that is kept
     * @param milestone what was written down behind an earlier commit, for when there is none; null if nobody has committed
     * @param snapshot finds one by its generation
     * @throws IllegalArgumentException if what was committed can't be read; nothing may be guessed then
     */
    static Positions of(
            Optional<OffsetAndMetadata> committed,
            Uuid topicId,
            int partition,
            List<Start> starts,
            long earliest,
            @Nullable Milestone milestone,
            Function<String, byte @Nullable []> snapshot) {
        if (committed.isEmpty()) {
            return milestone == null
                    ? fromStarts(partition, starts, earliest)
                    : since(milestone.positions(), milestone.applied(), partition, starts);
        }
        CommitMetadata metadata = CommitMetadata.parse(committed.get().metadata());
        if (metadata == null) {
            // Somebody has put the group here, with Kafka's tools: everybody goes on from there.
            return Positions.at(committed.get().offset());
        }
        if (!metadata.topicId().equals(topicId)) {
            // Of a topic with the same name that was deleted since.
            return fromStarts(partition, starts, earliest);
        }
        Positions base = metadata.positions() == null ? read(metadata, partition, snapshot) : metadata.positions();
        return since(base, metadata.applied(), partition, starts);
    }

    /** With the starts and moves that have come since. */
    private static Positions since(Positions base, long applied, int partition, List<Start> starts) {
        Map<String, Start> byUid = new HashMap<>();
        starts.forEach(start -> byUid.put(start.triggerUid(), start));
        Map<String, Position> exceptions = new HashMap<>();
        base.exceptions().forEach((uid, position) -> {
            if (byUid.containsKey(uid)) {
                exceptions.put(uid, position);
            }
        });
        for (Start start : starts) {
            if (start.seenAt() >= applied) {
                exceptions.put(start.triggerUid(), Position.at(start.offset(partition)));
            }
        }
        return compact(base.watermark(), exceptions);
    }

    private static Positions read(
            CommitMetadata metadata, int partition, Function<String, byte @Nullable []> snapshot) {
        String generation = String.valueOf(metadata.generation());
        byte[] bytes = snapshot.apply(generation);
        if (bytes == null) {
            throw new IllegalArgumentException(
                    "the positions of partition " + partition + " are in snapshot " + generation + " of topic "
                            + CursorTopic.NAME + ", and that is gone; without it events could be passed over");
        }
        return PositionsCodec.decode(bytes);
    }

    /** Nobody has committed yet. The shared read begins where the last trigger starts; those before it catch up. */
    private static Positions fromStarts(int partition, List<Start> starts, long earliest) {
        long watermark = starts.stream()
                .mapToLong(start -> start.offset(partition))
                .max()
                .orElse(earliest);
        Map<String, Position> exceptions = new HashMap<>();
        starts.forEach(start -> exceptions.put(start.triggerUid(), Position.at(start.offset(partition))));
        return compact(watermark, exceptions);
    }

    /** Without what lies behind the end of the log: it was cut off there, and other events will have those offsets. */
    static Positions cutOff(Positions positions, long end) {
        boolean beyond = positions.watermark() > end
                || positions.exceptions().values().stream().anyMatch(position -> position.next() > end);
        if (!beyond) {
            return positions;
        }
        Map<String, Position> exceptions = new HashMap<>();
        positions.exceptions().forEach((uid, position) -> exceptions.put(uid, cutOff(position, end)));
        return compact(Math.min(positions.watermark(), end), exceptions);
    }

    private static Position cutOff(Position position, long end) {
        long[] unfinished = LongStream.range(0, position.unfinishedCount())
                .map(index -> position.unfinished((int) index))
                .filter(offset -> offset < end)
                .toArray();
        return Position.of(Math.min(position.next(), end), unfinished);
    }

    private static Positions compact(long watermark, Map<String, Position> exceptions) {
        exceptions.values().removeIf(position -> position.equals(Position.at(watermark)));
        return new Positions(watermark, exceptions);
    }
}
