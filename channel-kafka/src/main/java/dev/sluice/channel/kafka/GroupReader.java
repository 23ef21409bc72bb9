/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ResourceName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;

/**
 * The shared read of a Broker's topic: one member of the Broker's consumer group, with a thread that polls. This is its front,
 * which puts the parts together and ends them.
 *
 * <pre>
 *   poll thread                                         context
 *   ───────────                                         ───────
 *   Rebalancing         assigned by Kafka: paused ────▶ Loading         positions
 *                                                       HeldPartitions  handler.assigned
 *   AssignedPartitions  seek, resume   ◀────────────────┘
 *   BatchHandOver       poll, decode ──one at a time──▶ HeldPartitions  handler.read
 *   Commits             commit         ◀─────────────── HeldPartitions  commit
 *   Rebalancing         revoked by Kafka, waits ──────▶ HeldPartitions  handler.revoked
 *                       gives it back  ◀── done, or late ┘
 *
 *   PollLoop            turns all that; Membership: in the group, in doubt, kept out; OutOfRange: where the log ends
 * </pre>
 *
 * <p>Each thread has its own state, in classes that are confined to it, and they talk by messages: {@linkplain
 * PollThread#command commands} to the poll thread, tasks to the context. An assignment has a number, so that what was meant for
 * an earlier one of the same partition is known. What both see is in {@link Liveness} and {@link PollThread}.
 */
final class GroupReader implements LogReader {

    private final ReadTopic topic;
    private final Context context;
    private final Reading reading;
    private final Runnable onClosed;
    private final Promise<Void> closed = Promise.promise();

    // What both threads use.
    private final Liveness liveness;
    private final PollThread thread;

    // Confined to the poll thread.
    private final AssignedPartitions assigned;
    private final Commits commits;
    private final Rebalancing rebalancing;
    private final Membership membership;
    private final PollLoop loop;

    // Confined to the context.
    private final HeldPartitions held;
    private final Loading loading;

    /** For the groups of the Triggers; any thread. */
    private final ShownPositions shown;

    private GroupReader(
            Vertx vertx,
            Context context,
            LogHandler handler,
            Topics topics,
            Reading reading,
            ReadTopic topic,
            Map<String, ResourceName> names,
            ProcessOptions process,
            Runnable onAnotherTopic,
            Runnable onClosed,
            Entrance entrance,
            Supplier<? extends Consumer<byte[], byte[]>> aheadOfGroup,
            Supplier<? extends Consumer<byte[], byte[]>> consumers) {
        this.topic = topic;
        this.context = context;
        this.reading = reading;
        this.onClosed = onClosed;
        CursorTopic cursors = reading.cursors();
        this.shown = new ShownPositions(topic.name(), names, uid -> cursors.startOf(topic.tenant(), uid));

        Consumer<byte[], byte[]> consumer;
        long polledNanos;
        if (entrance instanceof Entrance.As as) {
            consumer = as.member().consumer();
            polledNanos = as.member().polledNanos();
        } else if (entrance instanceof Entrance.Ahead waiting) {
            consumer = aheadOfGroup.get();
            polledNanos = waiting.member().polledNanos();
        } else {
            consumer = consumers.get();
            polledNanos = System.nanoTime();
        }
        this.liveness = new Liveness(polledNanos);
        this.thread = new PollThread("sluice-kafka-read-" + topic.name(), consumer, liveness);

        this.assigned = new AssignedPartitions(topic, thread);
        this.commits = new Commits(topic, context, thread, assigned);
        Milestones milestones = Milestones.in(cursors, topic.tenant());
        this.held = new HeldPartitions(topic, context, handler, cursors, thread, commits, liveness, shown, milestones);
        this.loading =
                new Loading(topic, vertx, context, topics, cursors, thread, assigned, commits, held, onAnotherTopic);

        this.rebalancing = new Rebalancing(
                topic, context, process.handOverTimeout(), thread, liveness, assigned, commits, held, loading);
        ReadAhead ahead = entrance instanceof Entrance.Ahead waiting
                ? new ReadAhead(topic, waiting.member(), thread, commits, rebalancing)
                : null;
        this.membership =
                new Membership(topic, context, thread, liveness, assigned, commits, rebalancing, ahead, consumers);
        OutOfRange outOfRange = new OutOfRange(topic, topics, thread, assigned, rebalancing, onAnotherTopic);
        BatchHandOver batches = new BatchHandOver(context, thread, assigned, held);
        this.loop = new PollLoop(topic, thread, commits, rebalancing, membership, outOfRange, batches);
    }

    /**
     * Makes the consumer, which looks up names and so may block, and joins the group, unless that has been done.
     *
     * @param names of the Triggers that this process knows, by UID; may change at any time
     * @param onAnotherTopic runs when the topic that has the name now is not the one that was opened, on any thread; then
     *     nothing of it is read
     * @param onClosed runs when the read has ended
     * @param entrance what it has of the group already is the reader's from now on
     * @param consumers makes a consumer by its configuration
     */
    static GroupReader start(
            Vertx vertx,
            Context context,
            LogHandler handler,
            SharedCluster cluster,
            Reading reading,
            ReadTopic topic,
            Map<String, ResourceName> names,
            ProcessOptions process,
            Runnable onAnotherTopic,
            Runnable onClosed,
            Entrance entrance,
            Function<Map<String, Object>, ? extends Consumer<byte[], byte[]>> consumers) {
        int fetchBytes = cluster.fetchShares().take();
        GroupReader reader;
        try {
            reader = new GroupReader(
                    vertx,
                    context,
                    handler,
                    cluster.topics(),
                    reading,
                    topic,
                    names,
                    process,
                    onAnotherTopic,
                    () -> {
                        cluster.fetchShares().giveBack();
                        onClosed.run();
                    },
                    entrance,
                    () -> consumers.apply(MemberConfig.ahead(cluster.settings(), topic.sharing(), fetchBytes)),
                    () -> consumers.apply(MemberConfig.of(
                            cluster.settings(), topic.group(), topic.sharing(), fetchBytes, process.pollInterval())));
        } catch (RuntimeException | Error e) {
            cluster.fetchShares().giveBack();
            entrance.leave();
            throw e;
        }
        reading.cursors().listen(topic.tenant(), reader.held);
        reading.publisher().add(reader.shown);
        reader.thread.start(reader::run);
        return reader;
    }

    private void run() {
        try {
            loop.run();
        } finally {
            thread.runCommands();
            commits.end();
            liveness.endAll();
            reading.cursors().unlisten(held);
            reading.publisher().remove(shown);
            membership.leave();
            context.runOnContext(turn -> {
                held.clear();
                loading.clear();
                membership.over();
                onClosed.run();
                closed.complete();
            });
        }
    }

    // ---- any thread

    @Override
    public Future<Void> admitted() {
        return membership.admitted();
    }

    @Override
    public boolean mayActOn(int partition) {
        return liveness.mayActOn(partition);
    }

    /** How many the topic has, as far as is known. */
    int partitions() {
        return rebalancing.partitions();
    }

    @Override
    public void pause(int partition) {
        thread.command(() -> assigned.pause(partition));
    }

    @Override
    public void resume(int partition) {
        thread.command(() -> assigned.resume(partition));
    }

    @Override
    public void restart(int partition) {
        thread.command(() -> rebalancing.restart(partition));
    }

    @Override
    public Future<Void> close() {
        context.runOnContext(turn -> held.leaving());
        thread.close();
        return closed.future();
    }

    // ---- on the context

    @Override
    public Future<Void> commit(int partition, Positions positions) {
        return held.commit(partition, positions);
    }

    @Override
    public CatchUpReader catchUp() {
        return new CatchUpRead(topic, context, reading.catchUp(), thread, held, membership.dealtOut());
    }
}
