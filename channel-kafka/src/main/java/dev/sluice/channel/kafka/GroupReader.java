/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.channel.kafka.CursorTopic.Start;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupMaxSizeReachedException;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The shared read of a Broker's topic: one member of the Broker's consumer group, with a thread that polls.
 *
 * <pre>
 *   poll thread                                   context
 *   ───────────                                   ───────
 *   assigned by Kafka: paused ──load positions──▶ handler.assigned
 *   seek, resume              ◀───────────────────┘
 *   poll, decode ──one hand-over at a time──────▶ handler.read
 *   commit       ◀──────────────────────────────── commit
 *   revoked by Kafka, waits ────────────────────▶ handler.revoked
 *   gives it back             ◀──── done, or late ┘
 * </pre>
 *
 * <p>Each has its own state, and they talk by messages: commands to the poll thread, tasks to the context. An assignment has
 * a number, so that what was meant for an earlier one of the same partition is known.
 */
final class GroupReader implements LogReader, CursorTopic.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(GroupReader.class);

    private static final Duration SESSION = Duration.ofSeconds(6);
    /** A member hears of a rebalance with its next heartbeat, twice for a partition that moves. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private static final Duration FETCH_WAIT = Duration.ofMillis(100);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration CALL = Duration.ofSeconds(3);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    /** To take an identity back at once from the process that took it would only have that one take it again. */
    private static final Duration TRY_AGAIN_AFTER_FENCE = Duration.ofSeconds(30);

    /** Whatever else keeps this out of the group ends without a word. */
    private static final Duration TRY_AGAIN_AFTER_REFUSAL = Duration.ofSeconds(5);

    /** A context that takes longer for a hand-over must not make this a member that does not poll. */
    private static final Duration SLOW_HAND_OVER = Duration.ofSeconds(1);

    /**
     * So long behind the last poll nothing may be acted on: half a second before others may have been given partitions. The
     * session counts from the last heartbeat, which may be older than the poll.
     */
    private static final long DEAF_NANOS =
            SESSION.minus(HEARTBEAT).minusMillis(500).toNanos();

    /** So long behind the last poll it has to be asked whether this is still a member. */
    static final Duration DOUBTFUL = SESSION.dividedBy(2);

    private static final long DOUBTFUL_NANOS = DOUBTFUL.toNanos();

    private static final long LOAD_AGAIN_MILLIS = 500;

    /** What goes on failing is not said each time. */
    private static final long SAY_AGAIN_NANOS = Duration.ofSeconds(10).toNanos();

    private final Vertx vertx;
    private final Context context;
    private final LogHandler handler;
    private final Topic topic;
    private final Tenant tenant;
    private final String group;
    private final Topics topics;
    private final CursorTopic cursors;
    private final CatchUpThreads catchUp;
    private final GroupPublisher publisher;
    private final ShownPositions shown;
    private final Milestones milestones;
    private final Duration handOver;
    private final Runnable onAnotherTopic;
    private final Runnable onClosed;
    private final Sharing sharing;
    /** Makes one that has not been refused yet. */
    private final Supplier<? extends Consumer<byte[], byte[]>> consumers;

    /** Written by the poll thread, which alone may use it but for {@link Consumer#wakeup}. */
    private volatile Consumer<byte[], byte[]> consumer;

    private final Thread thread;
    private final Promise<Void> closed = Promise.promise();
    private final Promise<Void> joined = Promise.promise();
    /** What {@link #admitted()} answers. Written by the poll thread. */
    private volatile Future<Void> admitted;

    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    /** Whether the poll thread may be inside poll, where only a wakeup reaches it. */
    private volatile boolean polling;

    private volatile boolean closing;
    private volatile long polledNanos;
    /** Whether the group may have gone on without this member, and nobody has asked yet. */
    private volatile boolean doubtful;

    /** Of the topic, as far as is known. Written by the poll thread. */
    private volatile int partitions;

    /** Partitions of which this reader may act on events. */
    private final Set<Integer> acting = ConcurrentHashMap.newKeySet();

    // Confined to the poll thread.
    private final Decoding decoding = new Decoding();
    private final Map<Integer, Long> mine = new HashMap<>();
    private final Map<Integer, Long> next = new HashMap<>();
    private final Set<Integer> pausedByReader = new HashSet<>();
    private final Set<Integer> toRestart = new HashSet<>();
    private final Map<Integer, OffsetAndMetadata> committed = new HashMap<>();
    /** For the next request; of a partition one at a time. */
    private final List<Commit> toCommit = new ArrayList<>();

    private long assignments;
    private boolean revoking;
    /** The consumer may be behind records that were not handed over. */
    private boolean isAhead;
    /** Whether there was a rebalance since they were counted. */
    private boolean maybeMorePartitions;

    private @Nullable HandOver handingOver;
    /** Until when to stay out of the group, by {@link System#nanoTime()}; null unless it has refused this member. */
    private @Nullable Long refusedUntil;

    // Confined to the context.
    private final Map<Integer, Long> expected = new HashMap<>();
    private final Map<Integer, Held> held = new HashMap<>();
    /** When it was said last that positions can't be read. */
    private long loadSaidNanos = System.nanoTime() - SAY_AGAIN_NANOS;

    private record Commit(int partition, long assignment, OffsetAndMetadata offset, Promise<Void> done) {}

    /** Batches on their way to the handler. */
    private static final class HandOver {
        private final long sinceNanos = System.nanoTime();
        private volatile boolean done;
    }

    /** A partition that the handler has. */
    private static final class Held {
        private final long assignment;
        /** The offset of the cursor topic below which the handler knows all starts. */
        private long toldUntil;

        /** One commit at a time, or an older one could come out on top. */
        private Future<Void> committing = Future.succeededFuture();

        private int snapshots;

        /** The generation of the snapshot that the last commit before this assignment named, if it did. */
        private final @Nullable String restored;

        private Held(long assignment, long toldUntil, @Nullable String restored) {
            this.assignment = assignment;
            this.toldUntil = toldUntil;
            this.restored = restored;
        }
    }

    private GroupReader(
            Vertx vertx,
            Context context,
            LogHandler handler,
            Topic topic,
            Tenant tenant,
            Sharing sharing,
            Topics topics,
            CursorTopic cursors,
            CatchUpThreads catchUp,
            GroupPublisher publisher,
            Map<String, ResourceName> names,
            ProcessOptions process,
            Runnable onAnotherTopic,
            Runnable onClosed,
            EarlyMember.@Nullable Joined early,
            Supplier<? extends Consumer<byte[], byte[]>> consumers) {
        this.vertx = vertx;
        this.context = context;
        this.handler = handler;
        this.topic = topic;
        this.partitions = topic.partitions();
        this.tenant = tenant;
        this.group = tenant.group();
        this.sharing = sharing;
        // One that nobody may join is told whether it is in, sooner or later; the others are as a rule.
        this.admitted = sharing.alone() ? joined.future() : Future.succeededFuture();
        this.topics = topics;
        this.cursors = cursors;
        this.catchUp = catchUp;
        this.publisher = publisher;
        this.shown = new ShownPositions(topic.name(), names, uid -> cursors.startOf(tenant, uid));
        this.milestones = Milestones.in(cursors, tenant);
        this.handOver = process.handOverTimeout();
        this.onAnotherTopic = onAnotherTopic;
        this.onClosed = onClosed;
        this.consumers = consumers;
        this.consumer = early == null ? consumers.get() : early.consumer();
        this.polledNanos = early == null ? System.nanoTime() : early.polledNanos();
        this.thread = new Thread(this::run, "sluice-kafka-read-" + topic.name());
        this.thread.setDaemon(true);
    }

    /**
     * Makes the consumer, which looks up names and so may block, and joins the group, unless that has been done.
     *
     * @param onAnotherTopic runs when the topic that has the name now is not the one that was opened, on any thread; then
     *     nothing of it is read
     * @param onClosed runs when the read has ended
     * @param early what to go on with in the group; null for one that is to be joined. It is the reader's from now on
     * @param consumers makes a consumer by its configuration
     */
    static GroupReader start(
            Vertx vertx,
            Context context,
            LogHandler handler,
            SharedCluster cluster,
            Reading reading,
            Topics topics,
            Topic topic,
            Tenant tenant,
            Sharing sharing,
            Map<String, ResourceName> names,
            ProcessOptions process,
            Runnable onAnotherTopic,
            Runnable onClosed,
            EarlyMember.@Nullable Joined early,
            Function<Map<String, Object>, ? extends Consumer<byte[], byte[]>> consumers) {
        int fetchBytes = cluster.fetchShares().take();
        GroupReader reader;
        try {
            reader = new GroupReader(
                    vertx,
                    context,
                    handler,
                    topic,
                    tenant,
                    sharing,
                    topics,
                    reading.cursors(),
                    reading.catchUp(),
                    reading.publisher(),
                    names,
                    process,
                    onAnotherTopic,
                    () -> {
                        cluster.fetchShares().giveBack();
                        onClosed.run();
                    },
                    early,
                    () -> consumers.apply(
                            config(cluster.settings(), tenant.group(), sharing, fetchBytes, process.pollInterval())));
        } catch (RuntimeException e) {
            cluster.fetchShares().giveBack();
            throw e;
        }
        reading.cursors().listen(tenant, reader);
        reading.publisher().add(reader.shown);
        reader.thread.start();
        return reader;
    }

    static Map<String, Object> config(
            ClusterSettings cluster, String group, Sharing sharing, int fetchBytes, Duration pollInterval) {
        Map<String, Object> config = cluster.clientConfig();
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, sharing.clientId());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        sharing.instanceId().ifPresent(id -> config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, id));
        switch (sharing.protocol()) {
            case CLASSIC -> {
                config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, sharing.assignors());
                config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) SESSION.toMillis());
                config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int) HEARTBEAT.toMillis());
            }
            // The rest is said by the nodes, and refused here. Their sessions are longer than ours, mostly, so that one
            // that
            // goes by ours stops acting in time all the same.
            case CONSUMER -> config.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        }
        config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) pollInterval.toMillis());
        // As many as have arrived, mostly: a partition of which something stayed behind in the consumer is left out of
        // the
        // next fetch. If the others have nothing, that fetch waits at the node, and this partition for it; so it must
        // not
        // wait for long either. Ten empty fetches in a second cost a node less than a thousandth of a core.
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) FETCH_WAIT.toMillis());
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, fetchBytes);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 60_000);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        config.put(ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 500);
        config.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return config;
    }

    @Override
    public Future<Void> admitted() {
        return admitted;
    }

    // ---- on the context
    // ----------------------------------------------------------------------------------------------

    @Override
    public void pause(int partition) {
        command(() -> {
            if (mine.containsKey(partition)) {
                pausedByReader.add(partition);
                consumer.pause(List.of(at(partition)));
            }
        });
    }

    @Override
    public void resume(int partition) {
        command(() -> {
            pausedByReader.remove(partition);
            if (next.containsKey(partition)) {
                consumer.resume(List.of(at(partition)));
            }
        });
    }

    @Override
    public Future<Void> commit(int partition, Positions positions) {
        Held holding = held.get(partition);
        if (holding == null || closing) {
            return Future.failedFuture(notAssigned(partition));
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
        String inline = CommitMetadata.inline(topic.id(), applied, positions);
        if (inline != null) {
            return commit(partition, holding, positions.watermark(), inline);
        }
        String generation =
                holding.assignment + "-" + System.currentTimeMillis() + "-" + holding.snapshots++ + tenant.mark();
        return cursors.writeSnapshot(topic.id(), partition, generation, PositionsCodec.encode(positions))
                .compose(durable -> commit(
                        partition,
                        holding,
                        positions.watermark(),
                        CommitMetadata.snapshot(topic.id(), applied, generation)))
                .onSuccess(named -> cursors.removeSnapshots(tenant, partition, generation, holding.restored)
                        .onFailure(failure -> LOG.atDebug()
                                .addKeyValue("topic", topic.name())
                                .addKeyValue("error", failure.getMessage())
                                .log("older snapshots stay until the next one")));
    }

    private Future<Void> commit(int partition, Held holding, long watermark, String metadata) {
        Promise<Void> done = Promise.promise();
        command(() -> commitNow(partition, holding.assignment, new OffsetAndMetadata(watermark, metadata), done));
        return done.future();
    }

    @Override
    public boolean mayActOn(int partition) {
        return acting.contains(partition) && !doubtful && System.nanoTime() - polledNanos < DEAF_NANOS;
    }

    @Override
    public void restart(int partition) {
        command(() -> {
            if (revoking) {
                // It may be among those that go. If not, when they have gone.
                toRestart.add(partition);
            } else if (mine.containsKey(partition)) {
                lost(List.of(at(partition)));
                assigned(List.of(at(partition)), Long.MAX_VALUE);
            }
        });
    }

    /** How many the topic has, as far as is known. Any thread. */
    int partitions() {
        return partitions;
    }

    @Override
    public CatchUpReader catchUp() {
        return new CatchUp();
    }

    private final class CatchUp implements CatchUpReader {
        private @Nullable CatchUpThread thread;
        private boolean over;

        @Override
        public Future<LogBatch> read(int partition, long from, int maxBytes) {
            if (over || closing) {
                return Future.failedFuture(new ChannelException(Kind.CLOSED, "the catch-up read is closed"));
            }
            if (!held.containsKey(partition)) {
                return Future.failedFuture(notAssigned(partition));
            }
            if (thread == null) {
                try {
                    thread = catchUp.take();
                } catch (ChannelException e) {
                    return Future.failedFuture(e);
                }
            }
            Promise<LogBatch> batch = Promise.promise();
            thread.read(at(partition), from, maxBytes)
                    .onComplete(read -> context.runOnContext(turn -> batch.handle(read)));
            return batch.future();
        }

        @Override
        public Future<Void> close() {
            over = true;
            CatchUpThread taken = thread;
            if (taken != null) {
                thread = null;
                catchUp.release(taken);
            }
            return Future.succeededFuture();
        }
    }

    @Override
    public Future<Void> close() {
        context.runOnContext(turn -> milestones.leaving(List.copyOf(held.keySet())));
        closing = true;
        wake();
        return closed.future();
    }

    private ChannelException notAssigned(int partition) {
        return new ChannelException(
                Kind.NOT_ASSIGNED, "partition " + partition + " of topic " + topic.name() + " is not this reader's");
    }

    // ---- starts, on the thread of the cursor topic
    // -------------------------------------------------------------------

    @Override
    public void started(Start start) {
        context.runOnContext(turn -> held.forEach((partition, holding) -> {
            // An assignment that came meanwhile has it already.
            if (start.seenAt() >= holding.toldUntil && !closing) {
                holding.toldUntil = start.seenAt() + 1;
                handler.started(partition, start.triggerUid(), start.offset(partition));
            }
        }));
    }

    @Override
    public void moved(Start move) {
        context.runOnContext(turn -> held.forEach((partition, holding) -> {
            // An assignment that came meanwhile has it already.
            if (move.seenAt() >= holding.toldUntil && !closing) {
                // A commit that was asked for before this covers less, and the next owner would find the move.
                holding.toldUntil = move.seenAt() + 1;
                handler.moved(partition, move.triggerUid(), move.offset(partition));
            }
        }));
    }

    @Override
    public void forgotten(String triggerUid, long seenAt) {
        context.runOnContext(turn -> {
            if (!closing && !held.isEmpty()) {
                handler.forgotten(triggerUid);
            }
        });
    }

    // ---- a partition comes
    // -------------------------------------------------------------------------------------------

    /** @param cut the log was cut off here, as far as is known; nothing that was read from there on counts */
    private void assigned(Collection<TopicPartition> partitions, long cut) {
        Map<Integer, Long> coming = new HashMap<>();
        for (TopicPartition partition : partitions) {
            long assignment = ++assignments;
            mine.put(partition.partition(), assignment);
            coming.put(partition.partition(), assignment);
            // The position is looked up, never guessed; until it is known nothing is fetched from this one.
            consumer.pause(List.of(partition));
            consumer.seek(partition, 0);
        }
        if (!coming.isEmpty()) {
            context.runOnContext(turn -> {
                expected.putAll(coming);
                load(coming, cut);
            });
        }
    }

    /**
     * Finds out where partitions that come together begin, with as many questions as for one.
     *
     * @param coming the number of the assignment, by partition
     */
    private void load(Map<Integer, Long> coming, long cut) {
        Future<Map<Integer, OffsetAndMetadata>> last = topics.committed(group, topic.name());
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
                    if (isOfAnother(id.result())) {
                        // Stays paused. Its offsets mean nothing here.
                        onAnotherTopic.run();
                        return;
                    }
                    left.forEach((partition, assignment) -> {
                        try {
                            Optional<OffsetAndMetadata> committed =
                                    Optional.ofNullable(last.result().get(partition));
                            Milestone milestone = cursors.milestone(tenant, partition);
                            long end = ends.result().get(partition);
                            boolean beyond = committed.isPresent()
                                    ? committed.get().offset() > end
                                    : milestone != null && milestone.positions().watermark() > end;
                            begin(
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
        still.entrySet().removeIf(one -> closing || !one.getValue().equals(expected.get(one.getKey())));
        return still;
    }

    /** Whether another topic has the name now; one that is gone may yet be anything. */
    private boolean isOfAnother(Optional<Uuid> id) {
        return id.isPresent() && !id.get().equals(topic.id());
    }

    /** @param cut what was read from there on is not in the log any more */
    private void begin(
            int partition,
            long assignment,
            Optional<OffsetAndMetadata> last,
            @Nullable Milestone milestone,
            long earliest,
            long cut) {
        CursorTopic.View view = cursors.view(tenant);
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
                    .addKeyValue("group", group)
                    .addKeyValue("partition", partition)
                    .addKeyValue("offset", positions.watermark())
                    .addKeyValue("since", Instant.ofEpochMilli(milestone.atMillis()))
                    .log(
                            "what the group had committed is gone, as after offsets.retention.minutes without a dispatcher; going"
                                    + " on where its triggers were when that was last written down, and what they had since comes"
                                    + " again; to pass it over use sluice triggers seek, and to be away for longer raise"
                                    + " offsets.retention.minutes");
        }
        Set<String> triggers = new HashSet<>();
        view.starts().forEach(start -> triggers.add(start.triggerUid()));
        CommitMetadata before =
                last.isEmpty() ? null : CommitMetadata.parse(last.get().metadata());
        held.put(partition, new Held(assignment, view.until(), before == null ? null : before.generation()));
        acting.add(partition);
        handler.assigned(new Assignment(partition, positions, triggers));
        String inline = CommitMetadata.inline(topic.id(), view.until(), positions);
        OffsetAndMetadata again =
                inline == null ? last.orElse(null) : new OffsetAndMetadata(positions.watermark(), inline);
        command(() -> {
            if (!Long.valueOf(assignment).equals(mine.get(partition))) {
                return;
            }
            if (again != null) {
                committed.put(partition, again);
            }
            long from = Math.max(positions.watermark(), earliest);
            consumer.seek(at(partition), from);
            next.put(partition, from);
            if (!pausedByReader.contains(partition)) {
                consumer.resume(List.of(at(partition)));
            }
        });
    }

    private void loadAgain(Map<Integer, Long> coming, long cut, Throwable cause) {
        if (System.nanoTime() - loadSaidNanos >= SAY_AGAIN_NANOS) {
            loadSaidNanos = System.nanoTime();
            LOG.atWarn()
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("partitions", coming.keySet())
                    .addKeyValue("error", cause.toString())
                    .log("the positions of partitions can't be read now, so their events wait; trying again");
        }
        vertx.setTimer(
                LOAD_AGAIN_MILLIS,
                timer -> context.runOnContext(turn -> {
                    Map<Integer, Long> left = stillComing(coming);
                    if (!left.isEmpty()) {
                        load(left, cut);
                    }
                }));
    }

    // ---- a partition goes, on the poll thread inside poll
    // -------------------------------------------------------------

    private void revoked(Collection<TopicPartition> partitions) {
        List<TopicPartition> going = new ArrayList<>(partitions);
        AtomicInteger left = new AtomicInteger(going.size());
        consumer.pause(going);
        for (TopicPartition partition : going) {
            context.runOnContext(turn -> release(partition.partition(), () -> {
                left.decrementAndGet();
                LockSupport.unpark(thread);
            }));
        }
        long deadline = System.nanoTime() + handOver.plusMillis(500).toNanos();
        revoking = true;
        // This is inside poll, or inside close, and a wakeup would hit the commits below.
        boolean wasPolling = polling;
        polling = false;
        awaitCommits();
        while (left.get() > 0 && System.nanoTime() - deadline < 0 && !closing) {
            runCommands();
            noteBeingAlive();
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(20));
        }
        runCommands();
        revoking = false;
        polling = wasPolling;
        going.forEach(partition -> forget(partition.partition()));
        toRestart.forEach(this::restart);
        toRestart.clear();
        context.runOnContext(turn -> going.forEach(partition -> {
            held.remove(partition.partition());
            shown.gone(partition.partition());
            milestones.gone(partition.partition());
        }));
    }

    /** Has the handler end what it does with the partition; on the context. */
    private void release(int partition, Runnable done) {
        expected.remove(partition);
        if (!held.containsKey(partition) || closing) {
            done.run();
            return;
        }
        handler.revoked(partition, handOver).onComplete(ended -> {
            if (ended.failed()) {
                LOG.atWarn()
                        .addKeyValue("topic", topic.name())
                        .addKeyValue("partition", partition)
                        .addKeyValue("error", String.valueOf(ended.cause().getMessage()))
                        .log("a partition was not given back in order");
            }
            acting.remove(partition);
            done.run();
        });
    }

    private void lost(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            forget(partition.partition());
            context.runOnContext(turn -> {
                expected.remove(partition.partition());
                // Once more: it may have begun at the moment at which it was lost.
                acting.remove(partition.partition());
                shown.gone(partition.partition());
                milestones.gone(partition.partition());
                if (held.remove(partition.partition()) != null && !closing) {
                    handler.lost(partition.partition());
                }
            });
        }
    }

    private void forget(int partition) {
        acting.remove(partition);
        mine.remove(partition);
        next.remove(partition);
        committed.remove(partition);
        pausedByReader.remove(partition);
    }

    // ---- the poll thread
    // ---------------------------------------------------------------------------------------------

    private void run() {
        try {
            join();
            goOn();
            while (!closing) {
                step();
            }
        } finally {
            runCommands();
            acting.clear();
            cursors.unlisten(this);
            publisher.remove(shown);
            leave();
            context.runOnContext(turn -> {
                held.clear();
                expected.clear();
                joined.tryFail(new ChannelException(Kind.CLOSED, "the read of topic " + topic.name() + " is closed"));
                onClosed.run();
                closed.complete();
            });
        }
    }

    private void join() {
        consumer.subscribe(List.of(topic.name()), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                dealtOut(partitions);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                revoked(partitions);
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                lost(partitions);
            }
        });
    }

    /** What the group has given to this member before it was this reader's. The poll that follows tells whether that still holds. */
    private void goOn() {
        Set<TopicPartition> given = consumer.assignment();
        if (!given.isEmpty()) {
            dealtOut(given);
        }
    }

    /** Called at the end of every rebalance, so it also says that this is a member. */
    private void dealtOut(Collection<TopicPartition> partitions) {
        doubtful = false;
        maybeMorePartitions = true;
        admitted = Future.succeededFuture();
        context.runOnContext(turn -> joined.tryComplete());
        assigned(partitions, Long.MAX_VALUE);
    }

    /** New partitions make every member join again, so this is soon enough. What the consumer knows already, mostly. */
    private void countPartitions() {
        if (maybeMorePartitions) {
            partitions = Math.max(
                    partitions, consumer.partitionsFor(topic.name(), CALL).size());
            maybeMorePartitions = false;
        }
    }

    /** Whether the group will not have this member, for now. By the newer protocol a client is of no use after that. */
    private boolean isRefusal(ApiException failure) {
        return failure instanceof FencedInstanceIdException
                || failure instanceof UnreleasedInstanceIdException
                || failure instanceof InconsistentGroupProtocolException
                || (sharing.protocol() == ProcessOptions.GroupProtocol.CONSUMER
                        && (failure instanceof GroupAuthorizationException
                                || failure instanceof GroupMaxSizeReachedException));
    }

    private void refused(ApiException failure) {
        boolean fenced = failure instanceof FencedInstanceIdException;
        String why = why(failure);
        LoggingEventBuilder line =
                failure instanceof UnreleasedInstanceIdException || admitted.failed() ? LOG.atWarn() : LOG.atError();
        line.addKeyValue("group", group)
                .addKeyValue("error", failure.getMessage())
                .log(why);
        ChannelException refusal = AppendFailure.unavailable(
                "topic " + topic.name() + ", group " + group + ": " + why + " (" + failure.getMessage() + ")", failure);
        admitted = Future.failedFuture(refusal);
        context.runOnContext(turn -> joined.tryFail(refusal));
        loseAll();
        refusedUntil = System.nanoTime() + (fenced ? TRY_AGAIN_AFTER_FENCE : TRY_AGAIN_AFTER_REFUSAL).toNanos();
        // Otherwise it would take what it has for granted.
        consumer.unsubscribe();
    }

    private static String why(ApiException failure) {
        if (failure instanceof FencedInstanceIdException) {
            return "another process has joined with the --kafka-instance-id of this one, and reads in its place; give"
                    + " each process an id of its own, or a --data-dir that is no copy";
        }
        if (failure instanceof UnreleasedInstanceIdException) {
            return "the group still has a member with this --kafka-instance-id: this process before it was killed, until"
                    + " its session ends, or another one; trying again";
        }
        if (failure instanceof InconsistentGroupProtocolException) {
            return Sharing.WHY + "; trying again";
        }
        return "the group does not let this process in; trying again";
    }

    /** Whether this stays out of the group for now. */
    private boolean isKeptOut() {
        Long until = refusedUntil;
        if (until == null) {
            return false;
        }
        if (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(this, POLL.toNanos());
            return true;
        }
        Consumer<byte[], byte[]> refused = consumer;
        consumer = consumers.get();
        refusedUntil = null;
        try {
            // The identity may be another's by now.
            refused.close(CloseOptions.timeout(CALL)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP));
        } catch (KafkaException e) {
            LOG.atDebug()
                    .addKeyValue("group", group)
                    .addKeyValue("error", e.toString())
                    .log("a client that the group refused did not close in order");
        }
        join();
        return false;
    }

    private void leave() {
        try {
            consumer.close(CloseOptions.timeout(CALL)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("group", group)
                    .addKeyValue("error", e.toString())
                    .log("left a consumer group without saying so; its partitions wait for the session to end");
        }
    }

    private void step() {
        try {
            try {
                if (isAhead) {
                    goBack();
                    isAhead = false;
                }
                readOn();
            } catch (OffsetOutOfRangeException e) {
                // It asks Kafka, which may fail as any read does. Then the next poll throws again.
                skip(e);
            } catch (ApiException e) {
                if (!isRefusal(e)) {
                    throw e;
                }
                refused(e);
            }
        } catch (WakeupException e) {
            // There are commands.
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("error", e.toString())
                    .log("a topic can't be read now; trying again");
            LockSupport.parkNanos(this, TRY_AGAIN.toNanos());
        } catch (RuntimeException | Error e) {
            // Of our own making, or for want of memory. To end here would leave a Broker that nobody reads, though its
            // process is alive and says that it does.
            isAhead = true;
            LOG.atError().setCause(e).addKeyValue("topic", topic.name()).log("reading a topic failed; going on");
            LockSupport.parkNanos(this, TRY_AGAIN.toNanos());
        }
    }

    /**
     * To behind what was handed over last. The consumer may be behind more than that: left alone, it would pass it over in
     * silence.
     */
    private void goBack() {
        next.forEach((partition, from) -> {
            if (consumer.assignment().contains(at(partition))) {
                consumer.seek(at(partition), from);
            }
        });
    }

    private void readOn() {
        runCommands();
        sendCommits();
        if (isKeptOut()) {
            return;
        }
        HandOver waiting = handingOver;
        if (waiting != null && !waiting.done) {
            awaitHandOver(waiting);
            return;
        }
        makeSureOfMembership();
        countPartitions();
        handOver(poll(POLL));
    }

    private ConsumerRecords<byte[], byte[]> poll(Duration wait) {
        polling = true;
        try {
            return consumer.poll(commands.isEmpty() && !closing ? wait : Duration.ZERO);
        } finally {
            polling = false;
            noteBeingAlive();
        }
    }

    /**
     * Behind a stop of the whole process, however short a poll was meant to be, partitions may be somebody else's though
     * nothing here says so yet. The doubt is there before anybody can see that there was a poll.
     */
    private void noteBeingAlive() {
        long now = System.nanoTime();
        if (now - polledNanos > DOUBTFUL_NANOS) {
            doubtful = true;
        }
        polledNanos = now;
    }

    private void awaitHandOver(HandOver waiting) {
        if (System.nanoTime() - waiting.sinceNanos < SLOW_HAND_OVER.toNanos()) {
            LockSupport.parkNanos(this, POLL.toNanos());
            return;
        }
        // The context is busy for long. To stay a member, this has to poll, and must get nothing by it.
        consumer.pause(consumer.assignment());
        try {
            handOver(poll(Duration.ofMillis(100)));
        } finally {
            // A command wakes the poll up, which throws; what stayed paused then would stay so for good.
            Set<TopicPartition> resumed = new HashSet<>(consumer.assignment());
            resumed.removeIf(partition ->
                    !next.containsKey(partition.partition()) || pausedByReader.contains(partition.partition()));
            consumer.resume(resumed);
        }
    }

    /** Asks the coordinator, where there is doubt. */
    private void makeSureOfMembership() {
        if (!doubtful || next.isEmpty()) {
            return;
        }
        // One of them may be newer than what is asked with below, and would be undone by it.
        awaitCommits();
        if (committed.isEmpty()) {
            // Nothing that could be committed without saying something new: join again, which tells as well.
            joinAgain();
            return;
        }
        Map.Entry<Integer, OffsetAndMetadata> any =
                committed.entrySet().iterator().next();
        try {
            // The coordinator refuses it unless this is a member of the present generation. It says nothing new.
            commitSync(Map.of(at(any.getKey()), any.getValue()));
            doubtful = false;
        } catch (FencedInstanceIdException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("group", group)
                    .addKeyValue("error", e.toString())
                    .log("could not make sure to be a member of the group; nothing is sent until it is");
        }
    }

    private void joinAgain() {
        if (sharing.protocol() == ProcessOptions.GroupProtocol.CLASSIC) {
            consumer.enforceRebalance("was stopped for longer than a session may be");
            return;
        }
        // By the newer protocol a member can't ask for that.
        loseAll();
        consumer.unsubscribe();
        join();
    }

    private void loseAll() {
        List<TopicPartition> all = new ArrayList<>();
        mine.keySet().forEach(partition -> all.add(at(partition)));
        lost(all);
    }

    private void handOver(ConsumerRecords<byte[], byte[]> records) {
        List<LogBatch> batches;
        try {
            batches = batchesOf(records);
        } catch (KafkaException e) {
            // By the newer protocol the lag is asked of another thread, which may fail. The consumer is behind these
            // already.
            isAhead = true;
            throw e;
        }
        if (batches.isEmpty()) {
            return;
        }
        Map<Integer, Long> of = Map.copyOf(mine);
        HandOver waiting = new HandOver();
        context.runOnContext(turn -> {
            try {
                for (LogBatch batch : batches) {
                    Held holding = held.get(batch.partition());
                    if (holding != null
                            && !closing
                            && Long.valueOf(holding.assignment).equals(of.get(batch.partition()))) {
                        handler.read(batch);
                    }
                }
            } finally {
                waiting.done = true;
                LockSupport.unpark(thread);
            }
        });
        // Only now, for what could not be handed over is read again.
        handingOver = waiting;
        batches.forEach(batch -> next.put(batch.partition(), batch.next()));
    }

    private List<LogBatch> batchesOf(ConsumerRecords<byte[], byte[]> records) {
        List<LogBatch> batches = new ArrayList<>();
        records.nextOffsets().forEach((partition, position) -> {
            Long from = next.get(partition.partition());
            if (from == null || position.offset() <= from) {
                return;
            }
            // Below zero while events are appended: a node looks for the end of the log before it reads up to there.
            long lag = Math.max(0, consumer.currentLag(partition).orElse(0));
            batches.add(new LogBatch(
                    partition.partition(),
                    from,
                    position.offset(),
                    position.offset() + lag,
                    decoding.decode(records.records(partition))));
        });
        return batches;
    }

    /** Retention has overtaken the read, the log has lost its end, or it is another one. */
    private void skip(OffsetOutOfRangeException failure) {
        Optional<Uuid> id = within(topics.id(topic.name()));
        if (id.isEmpty()) {
            throw new UnknownTopicOrPartitionException("the topic is gone");
        }
        Map<TopicPartition, Long> places = failure.offsetOutOfRangePartitions();
        if (isOfAnother(id)) {
            consumer.pause(places.keySet());
            // So that nothing resumes it.
            places.keySet().forEach(partition -> next.remove(partition.partition()));
            onAnotherTopic.run();
            return;
        }
        places.forEach((partition, offset) -> {
            long first = requireNonNull(
                    consumer.beginningOffsets(List.of(partition), CALL).get(partition), "beginning");
            if (offset < first) {
                LOG.atError()
                        .addKeyValue("topic", topic.name())
                        .addKeyValue("partition", partition.partition())
                        .addKeyValue("offset", offset)
                        .addKeyValue("from", first)
                        .log("retention has removed events before they were read; going on with what is left");
                consumer.seek(partition, first);
                next.put(partition.partition(), first);
            } else {
                cutOff(partition, offset, failure);
            }
        });
    }

    /**
     * What comes has offsets that were read before, so everything of the partition begins anew: otherwise it would be passed
     * over as something old.
     */
    private void cutOff(TopicPartition partition, long offset, OffsetOutOfRangeException failure) {
        OffsetAndMetadata divergent = failure instanceof LogTruncationException truncation
                ? truncation.divergentOffsets().get(partition)
                : null;
        long cut = divergent != null
                ? divergent.offset()
                : requireNonNull(consumer.endOffsets(List.of(partition), CALL).get(partition), "end");
        LOG.atError()
                .addKeyValue("topic", topic.name())
                .addKeyValue("partition", partition.partition())
                .addKeyValue("offset", offset)
                .addKeyValue("from", cut)
                .log("the topic has lost its end; going on with what comes");
        lost(List.of(partition));
        assigned(List.of(partition), cut);
    }

    /** What the admin client answers, on the poll thread, which waits for as long as for an answer to its own client. */
    private static <T> T within(Future<T> answer) {
        try {
            return answer.toCompletionStage().toCompletableFuture().get(CALL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException failure ? failure : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("no answer within " + CALL.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private void commitNow(int partition, long assignment, OffsetAndMetadata offset, Promise<Void> done) {
        if (!Long.valueOf(assignment).equals(mine.get(partition))) {
            complete(done, notAssigned(partition));
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = Map.of(at(partition), offset);
        if (!revoking && !closing) {
            toCommit.add(new Commit(partition, assignment, offset, done));
            return;
        }
        try {
            commitSync(offsets);
            complete(done, null);
        } catch (KafkaException e) {
            complete(done, refusal(partition, e));
        }
    }

    /** All partitions whose commits came together in one request: that is what one costs, in the client and in the node. */
    private void sendCommits() {
        if (toCommit.isEmpty()) {
            return;
        }
        List<Commit> commits = List.copyOf(toCommit);
        toCommit.clear();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        commits.forEach(commit -> offsets.put(at(commit.partition()), commit.offset()));
        try {
            consumer.commitAsync(offsets, (answered, failure) -> commits.forEach(commit -> answered(commit, failure)));
        } catch (RuntimeException e) {
            // Nobody would wait for the next commit else, and there would be none.
            commits.forEach(commit -> answered(commit, e));
            throw e;
        }
    }

    private void answered(Commit commit, @Nullable Exception failure) {
        if (failure == null && Long.valueOf(commit.assignment()).equals(mine.get(commit.partition()))) {
            committed.put(commit.partition(), commit.offset());
        }
        complete(commit.done(), failure == null ? null : refusal(commit.partition(), failure));
    }

    /**
     * Hears what became of the commits that are under way. Nothing but a poll tells, and inside of one nothing does: the last
     * commit of a partition, which waits for the one before it, would be too late.
     */
    private void awaitCommits() {
        if (closing) {
            // Then the consumer does so itself, and nobody waits for a last commit.
            return;
        }
        try {
            // Of none: Kafka's client answers when all that were begun before have been.
            commitSync(Map.of());
        } catch (KafkaException e) {
            // Who asked for them is told by the next poll; those that follow wait for that.
            LOG.atDebug()
                    .addKeyValue("group", group)
                    .addKeyValue("error", e.toString())
                    .log("commits that are under way have not been answered yet");
        }
    }

    private void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            consumer.commitSync(offsets, CALL);
        } catch (WakeupException e) {
            // Of a command that came when this was still polling. There is one at most.
            consumer.commitSync(offsets, CALL);
        }
    }

    private ChannelException refusal(int partition, Exception failure) {
        // In the middle of a rebalance nothing can be committed but what is given back; a moment later it can.
        if (failure instanceof RetriableException
                || failure instanceof RebalanceInProgressException
                || failure instanceof WakeupException) {
            return AppendFailure.unavailable(
                    "partition " + partition + " of topic " + topic.name() + " could not be committed: "
                            + failure.getMessage(),
                    failure);
        }
        return new ChannelException(
                Kind.NOT_ASSIGNED,
                "partition " + partition + " of topic " + topic.name() + " is not this reader's any more: "
                        + failure.getMessage());
    }

    private void complete(Promise<Void> promise, @Nullable ChannelException failure) {
        context.runOnContext(turn -> {
            if (failure == null) {
                promise.tryComplete();
            } else {
                promise.tryFail(failure);
            }
        });
    }

    private void command(Runnable command) {
        commands.add(command);
        wake();
    }

    private void wake() {
        if (polling) {
            consumer.wakeup();
        }
        LockSupport.unpark(thread);
    }

    private void runCommands() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }

    private TopicPartition at(int partition) {
        return new TopicPartition(topic.name(), partition);
    }
}
