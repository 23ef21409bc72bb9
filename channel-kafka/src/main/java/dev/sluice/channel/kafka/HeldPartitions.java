/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import dev.sluice.channel.kafka.CursorTopic.Start;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions that the handler has, and all that it is told of them. What it commits is put into the words of Kafka here,
 * one commit of a partition behind the other.
 *
 * <p>Confined to the context, but for what is heard of the cursor topic, which comes on the thread of that one.
 */
final class HeldPartitions implements CursorTopic.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(HeldPartitions.class);

    /** A partition that the handler has. */
    private static final class Held {
        private final long assignment;
        /** The offset of the cursor topic below which the handler knows all starts. */
        private long toldUntil;

        /** One commit at a time, or an older one could come out on top. */
        private Future<Void> committing = Future.succeededFuture();

        private int snapshots;

        /** Whether the cursor topic may hold one that no commit names any more. At first, of another owner. */
        private boolean mayHaveSnapshots = true;

        /** The generation of the snapshot that the last commit before this assignment named, if it did. */
        private final @Nullable String restored;

        private Held(long assignment, long toldUntil, @Nullable String restored) {
            this.assignment = assignment;
            this.toldUntil = toldUntil;
            this.restored = restored;
        }
    }

    /** A commit that the poll thread is to be asked for. */
    private record Ask(int partition, Promise<Void> done, Runnable command) {}

    private final ReadTopic topic;
    private final Context context;
    private final LogHandler handler;
    private final CursorTopic cursors;
    private final PollThread thread;
    private final Commits commits;
    private final Liveness liveness;
    private final ShownPositions shown;
    private final Milestones milestones;

    private final Map<Integer, Held> held = new HashMap<>();
    /** Commits of this turn, of all partitions. */
    private final List<Ask> asks = new ArrayList<>();

    HeldPartitions(
            ReadTopic topic,
            Context context,
            LogHandler handler,
            CursorTopic cursors,
            PollThread thread,
            Commits commits,
            Liveness liveness,
            ShownPositions shown,
            Milestones milestones) {
        this.topic = topic;
        this.context = context;
        this.handler = handler;
        this.cursors = cursors;
        this.thread = thread;
        this.commits = commits;
        this.liveness = liveness;
        this.shown = shown;
        this.milestones = milestones;
    }

    boolean contains(int partition) {
        return held.containsKey(partition);
    }

    // ---- what the handler is told

    /**
     * The handler has the partition from now on.
     *
     * @param assignment its number
     * @param toldUntil the offset of the cursor topic below which the assignment covers all starts
     * @param restored the generation of the snapshot from which it was read, if it was
     */
    void begin(Assignment what, long assignment, long toldUntil, @Nullable String restored) {
        held.put(what.partition(), new Held(assignment, toldUntil, restored));
        liveness.begin(what.partition(), assignment);
        handler.assigned(what);
    }

    /** @param assignments the numbers that the partitions had when the batches were polled */
    void read(List<LogBatch> batches, Map<Integer, Long> assignments) {
        for (LogBatch batch : batches) {
            Held holding = held.get(batch.partition());
            if (holding != null
                    && !thread.isClosing()
                    && Long.valueOf(holding.assignment).equals(assignments.get(batch.partition()))) {
                handler.read(batch);
            }
        }
    }

    /** Has the handler end what it does with the partition. */
    void release(int partition, Duration within, Runnable done) {
        Held holding = held.get(partition);
        if (holding == null || thread.isClosing()) {
            done.run();
            return;
        }
        handler.revoked(partition, within).onComplete(ended -> {
            if (ended.failed()) {
                LOG.atWarn()
                        .addKeyValue("topic", topic.name())
                        .addKeyValue("partition", partition)
                        .addKeyValue("error", String.valueOf(ended.cause().getMessage()))
                        .log("a partition was not given back in order");
            }
            // Perhaps long after it was given back, and by now it may be here again.
            liveness.end(partition, holding.assignment);
            done.run();
        });
    }

    /** It has been given back, whether the handler was done with it or not. */
    void released(int partition) {
        held.remove(partition);
        shown.gone(partition);
        milestones.gone(partition);
    }

    /** It went without being given back. */
    void lost(int partition) {
        // Once more: it may have begun at the moment at which it was lost.
        liveness.end(partition);
        shown.gone(partition);
        milestones.gone(partition);
        if (held.remove(partition) != null && !thread.isClosing()) {
            handler.lost(partition);
        }
    }

    /** The read is about to end, and nobody may come after it for long. */
    void leaving() {
        milestones.leaving(List.copyOf(held.keySet()));
    }

    /** When the read has ended. */
    void clear() {
        held.clear();
    }

    // ---- what the handler commits

    /** As {@link dev.sluice.api.channel.LogReader#commit} says. */
    Future<Void> commit(int partition, Positions positions) {
        Held holding = held.get(partition);
        if (holding == null || thread.isClosing()) {
            return Future.failedFuture(topic.notAssigned(partition));
        }
        long applied = holding.toldUntil;
        holding.committing = holding.committing
                .transform(before -> commit(partition, holding, applied, positions))
                .onSuccess(durable -> {
                    if (held.get(partition) == holding) {
                        shown.committed(partition, positions, applied);
                        milestones.committed(partition, positions, applied);
                    }
                });
        return holding.committing;
    }

    private Future<Void> commit(int partition, Held holding, long applied, Positions positions) {
        byte[] encoded = PositionsCodec.encode(positions);
        String inline = CommitMetadata.inline(topic.id(), applied, encoded);
        if (inline != null) {
            return commit(partition, holding, positions.watermark(), inline)
                    .onSuccess(durable -> removeSnapshots(partition, holding));
        }
        String generation = holding.assignment + "-" + System.currentTimeMillis() + "-" + holding.snapshots++
                + topic.tenant().mark();
        holding.mayHaveSnapshots = true;
        Promise<Void> written = Promise.promise();
        cursors.writeSnapshot(topic.id(), partition, generation, encoded)
                .onComplete(ended -> context.runOnContext(turn -> written.handle(ended)));
        return written.future()
                .compose(durable -> commit(
                        partition,
                        holding,
                        positions.watermark(),
                        CommitMetadata.snapshot(topic.id(), applied, generation)))
                .onSuccess(named -> {
                    if (isStill(partition, holding)) {
                        cursors.removeSnapshots(topic.tenant(), partition, generation, holding.restored)
                                .onFailure(failure -> LOG.atDebug()
                                        .addKeyValue("topic", topic.name())
                                        .addKeyValue("error", failure.getMessage())
                                        .log("older snapshots stay until the next one"));
                    }
                });
    }

    /** Behind a stop of the process, what is there may be the next owner's. */
    private boolean isStill(int partition, Held holding) {
        return held.get(partition) == holding && liveness.mayActOn(partition);
    }

    /** The positions fit into the commit again: those that did not would be kept for good, by every process on this Kafka. */
    private void removeSnapshots(int partition, Held holding) {
        if (!holding.mayHaveSnapshots || !isStill(partition, holding)) {
            return;
        }
        holding.mayHaveSnapshots = false;
        cursors.removeSnapshots(topic.tenant(), partition, "", holding.restored)
                .onFailure(failure -> context.runOnContext(turn -> {
                    holding.mayHaveSnapshots = true;
                    LOG.atDebug()
                            .addKeyValue("topic", topic.name())
                            .addKeyValue("error", failure.getMessage())
                            .log("snapshots that are not needed any more stay until the next commit");
                }));
    }

    private Future<Void> commit(int partition, Held holding, long watermark, String metadata) {
        Promise<Void> done = Promise.promise();
        asks.add(new Ask(
                partition,
                done,
                () -> commits.ask(partition, holding.assignment, new OffsetAndMetadata(watermark, metadata), done)));
        if (asks.size() == 1) {
            context.runOnContext(turn -> ask());
        }
        return done.future();
    }

    /** All together, or the poll thread would be woken for each, and send the first of them before it hears of the next. */
    private void ask() {
        List<Ask> all = List.copyOf(asks);
        asks.clear();
        if (thread.isClosing()) {
            // It may have run its last command.
            all.forEach(ask -> ask.done().tryFail(topic.notAssigned(ask.partition())));
        } else {
            thread.command(all.stream().map(Ask::command).toList());
        }
    }

    // ---- starts, on the thread of the cursor topic

    @Override
    public void started(Start start) {
        context.runOnContext(turn -> held.forEach((partition, holding) -> {
            // An assignment that came meanwhile has it already.
            if (start.seenAt() >= holding.toldUntil && !thread.isClosing()) {
                holding.toldUntil = start.seenAt() + 1;
                handler.started(partition, start.triggerUid(), start.offset(partition));
            }
        }));
    }

    @Override
    public void moved(Start move) {
        context.runOnContext(turn -> held.forEach((partition, holding) -> {
            // An assignment that came meanwhile has it already.
            if (move.seenAt() >= holding.toldUntil && !thread.isClosing()) {
                // A commit that was asked for before this covers less, and the next owner would find the move.
                holding.toldUntil = move.seenAt() + 1;
                handler.moved(partition, move.triggerUid(), move.offset(partition));
            }
        }));
    }

    @Override
    public void forgotten(String triggerUid, long seenAt) {
        context.runOnContext(turn -> {
            if (!thread.isClosing() && !held.isEmpty()) {
                handler.forgotten(triggerUid);
            }
        });
    }
}
