/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where partitions begin that have come, until it knows, and then lets the handler have them and the poll thread
 * read them. What has gone meanwhile is left out. Confined to the context.
 */
final class Loading {

    private static final Logger LOG = LoggerFactory.getLogger(Loading.class);

    private static final long AGAIN_MILLIS = 500;

    /** What goes on failing is not said each time. */
    private static final long SAY_AGAIN_NANOS = Duration.ofSeconds(10).toNanos();

    private final ReadTopic topic;
    private final Vertx vertx;
    private final Context context;
    private final Topics topics;
    private final CursorTopic cursors;
    private final PollThread thread;
    private final AssignedPartitions assigned;
    private final Commits commits;
    private final HeldPartitions held;
    private final Runnable onAnotherTopic;

    /** The number of the last assignment of each partition that has not gone since, whether its position is known or not. */
    private final Map<Integer, Long> expected = new HashMap<>();
    /** When it was said last that positions can't be read. */
    private long saidNanos = System.nanoTime() - SAY_AGAIN_NANOS;

    Loading(
            ReadTopic topic,
            Vertx vertx,
            Context context,
            Topics topics,
            CursorTopic cursors,
            PollThread thread,
            AssignedPartitions assigned,
            Commits commits,
            HeldPartitions held,
            Runnable onAnotherTopic) {
        this.topic = topic;
        this.vertx = vertx;
        this.context = context;
        this.topics = topics;
        this.cursors = cursors;
        this.thread = thread;
        this.assigned = assigned;
        this.commits = commits;
        this.held = held;
        this.onAnotherTopic = onAnotherTopic;
    }

    /**
     * Partitions have come.
     *
     * @param coming the number of the assignment, by partition
     * @param cut the log was cut off here, as far as is known; nothing that was read from there on counts
     */
    void begin(Map<Integer, Long> coming, long cut) {
        expected.putAll(coming);
        load(coming, cut);
    }

    /** The partition goes, or has gone. */
    void forget(int partition) {
        expected.remove(partition);
    }

    /** When the read has ended. */
    void clear() {
        expected.clear();
    }

    /** With as many questions for partitions that come together as for one. */
    private void load(Map<Integer, Long> coming, long cut) {
        Future<Map<Integer, OffsetAndMetadata>> last = topics.committed(topic.group(), topic.name());
        Future<List<Long>> beginnings = topics.beginningOffsets(topic.name());
        Future<List<Long>> ends = topics.endOffsets(topic.name());
        Future<Optional<Uuid>> id = topics.id(topic.name());
        Future<Void> known = cursors.catchUp();
        Future.all(last, beginnings, ends, id, known)
                .onComplete(loaded -> context.runOnContext(turn -> {
                    Map<Integer, Long> left = stillComing(coming);
                    if (left.isEmpty()) {
                        return;
                    }
                    if (loaded.failed()) {
                        loadAgain(left, cut, loaded.cause());
                        return;
                    }
                    if (topic.isAnother(id.result())) {
                        // Stays paused. Its offsets mean nothing here.
                        onAnotherTopic.run();
                        return;
                    }
                    left.forEach((partition, assignment) -> {
                        try {
                            Optional<OffsetAndMetadata> committed =
                                    Optional.ofNullable(last.result().get(partition));
                            Milestone milestone = cursors.milestone(topic.tenant(), partition);
                            long end = ends.result().get(partition);
                            boolean beyond = committed.isPresent()
                                    ? committed.get().offset() > end
                                    : milestone != null && milestone.positions().watermark() > end;
                            hold(
                                    partition,
                                    assignment,
                                    committed,
                                    milestone,
                                    beginnings.result().get(partition),
                                    beyond ? Math.min(cut, end) : cut);
                        } catch (RuntimeException e) {
                            // Such as of a node that has not heard of a new partition: left alone, it would stay
                            // paused.
                            loadAgain(Map.of(partition, assignment), cut, e);
                        }
                    });
                }));
    }

    /** Those of these partitions that have not gone since. */
    private Map<Integer, Long> stillComing(Map<Integer, Long> coming) {
        Map<Integer, Long> still = new HashMap<>(coming);
        still.entrySet().removeIf(one -> thread.isClosing() || !one.getValue().equals(expected.get(one.getKey())));
        return still;
    }

    /**
     * The handler has it, and the poll thread reads it.
     *
     * @param cut what was read from there on is not in the log any more
     */
    private void hold(
            int partition,
            long assignment,
            Optional<OffsetAndMetadata> last,
            @Nullable Milestone milestone,
            long earliest,
            long cut) {
        CursorTopic.View view = cursors.view(topic.tenant());
        Positions restored = RestoredPositions.of(
                last,
                topic.id(),
                partition,
                view.starts(),
                earliest,
                milestone,
                generation -> cursors.snapshot(topic.id(), partition, generation));
        Positions positions = RestoredPositions.cutOff(restored, cut);
        if (last.isEmpty() && milestone != null) {
            LOG.atWarn()
                    .addKeyValue("group", topic.group())
                    .addKeyValue("partition", partition)
                    .addKeyValue("offset", positions.watermark())
                    .addKeyValue("since", Instant.ofEpochMilli(milestone.atMillis()))
                    .log(
                            "what the group had committed is gone, as after offsets.retention.minutes without a dispatcher;"
                                    + " going on where its triggers were when that was last written down, and what they had since"
                                    + " comes again; to pass it over use sluice triggers seek, and to be away for longer raise"
                                    + " offsets.retention.minutes");
        }
        Set<String> triggers = new HashSet<>();
        view.starts().forEach(start -> triggers.add(start.triggerUid()));
        CommitMetadata before =
                last.isEmpty() ? null : CommitMetadata.parse(last.get().metadata());
        held.begin(
                new Assignment(partition, positions, triggers),
                assignment,
                view.until(),
                before == null ? null : before.generation());
        String inline = CommitMetadata.inline(topic.id(), view.until(), PositionsCodec.encode(positions));
        OffsetAndMetadata again =
                inline == null ? last.orElse(null) : new OffsetAndMetadata(positions.watermark(), inline);
        thread.command(() -> {
            if (!assigned.isSince(partition, assignment)) {
                return;
            }
            if (again != null) {
                commits.found(partition, again);
            }
            assigned.readFrom(partition, Math.max(positions.watermark(), earliest));
        });
    }

    private void loadAgain(Map<Integer, Long> coming, long cut, Throwable cause) {
        if (System.nanoTime() - saidNanos >= SAY_AGAIN_NANOS) {
            saidNanos = System.nanoTime();
            LOG.atWarn()
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("partitions", coming.keySet())
                    .addKeyValue("error", cause.toString())
                    .log("the positions of partitions can't be read now, so their events wait; trying again");
        }
        vertx.setTimer(
                AGAIN_MILLIS,
                timer -> context.runOnContext(turn -> {
                    Map<Integer, Long> left = stillComing(coming);
                    if (!left.isEmpty()) {
                        load(left, cut);
                    }
                }));
    }
}
