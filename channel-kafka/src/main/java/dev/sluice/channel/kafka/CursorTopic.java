/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic in which Sluice keeps what Kafka has no place for: where triggers start, and positions that are too long for the
 * metadata of a commit. It is compacted, has one partition, so that there is one order of everything, and every process
 * reads all of it and keeps it in memory.
 *
 * <pre>
 *   key                                        value
 *   start/TOPIC-ID/TRIGGER-UID                 1 OFFSET,OFFSET,…     one for each partition
 *   move/TOPIC-ID/TRIGGER-UID                  1 OFFSET,OFFSET,…     likewise
 *   positions/TOPIC-ID/PARTITION/GENERATION    what PositionsCodec writes, or of how many parts that is
 *   positions/TOPIC-ID/PARTITION/N.GENERATION  part N of it, from 0
 *   milestone/TOPIC-ID/PARTITION@GROUP         1 MILLIS APPLIED POSITIONS    as in a commit
 * </pre>
 *
 * <p>So positions may be of any length, whatever the topic takes as a record. What says how many parts there are is written
 * when all of them are durable, and a commit names it behind that.
 *
 * <p>A milestone is where the triggers of a Broker are or were, for when the group's commits are gone.
 *
 * <p>What is kept for a Broker that may share its topic has the Broker's group behind it: {@code TRIGGER-UID@GROUP}. So has
 * every {@code GENERATION}, and every milestone. The starts and moves of a Broker whose own the topic is say in the header {@value #GROUP} whose
 * they are; those of an earlier version say nothing, and count for whoever has no other.
 *
 * <p>Two processes may start a trigger at once. The smallest offset of each partition counts; a process that sees a start
 * that is not the smallest writes the smallest again, so that compaction keeps that one.
 *
 * <p>A move counts in place of the start, as one that came when the move was written: whoever has committed before that has
 * not covered it. Of several the last counts. It has a key of its own, so that a process that knows of no moves goes on as if
 * there were none.
 */
final class CursorTopic {

    static final String NAME = "sluice-cursors";

    private static final Logger LOG = LoggerFactory.getLogger(CursorTopic.class);

    private static final Duration POLL = Duration.ofMillis(500);

    /** Who asks again goes on where this came to meanwhile, so it need not be enough for all of a large topic. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String START = "start/";
    private static final String MOVE = "move/";
    private static final String POSITIONS = "positions/";
    private static final String BEHIND_PART = ".";
    private static final String MILESTONE = "milestone/";
    private static final String GROUP = "sluice-group";
    private static final String VERSION = "1 ";

    /** Positions of that many bytes are one record. A topic takes records of a megabyte unless an operator says otherwise. */
    private static final int LARGEST_PART = 256 * 1024;

    private static final int SMALLEST_PART = 1024;

    /**
     * Where a trigger starts in each partition, or was moved to last, and at which offset of this topic that was first seen.
     */
    record Start(String triggerUid, List<Long> offsets, long seenAt) {

        /** In a partition that was added later a trigger starts with the first record. */
        long offset(int partition) {
            return partition < offsets.size() ? offsets.get(partition) : 0;
        }
    }

    /** Hears what changes for one topic, on the thread that reads this one, under its lock; must not block. */
    interface Listener {
        void started(Start start);

        void moved(Start move);

        void forgotten(String triggerUid, long seenAt);
    }

    /** What is known of one topic, up to an offset of this one. */
    record View(List<Start> starts, long until) {}

    /** @param group whose it is; null if that is not said */
    private record Kept(Start start, @Nullable String group) {}

    private record Waiter(long offset, long untilNanos, Promise<Void> promise) {}

    private final ProducerLoop producer;
    private final Consumer<byte[], byte[]> consumer;
    /** Behind the last record that there is. */
    private final Supplier<Future<Long>> end;

    private final Duration patience;
    private final Thread thread;
    private final TopicPartition partition = new TopicPartition(NAME, 0);
    private final Promise<Void> closed = Promise.promise();
    private volatile boolean closing;

    /** Less than at first where the topic has refused that. */
    private volatile int partBytes = LARGEST_PART;

    /** The consumer may be behind records that were not applied. Confined to the thread. */
    private boolean isAhead;

    private final Object lock = new Object();

    // Guarded by lock.
    /** By topic, and then by the UID of the trigger and what may be behind it. */
    private final Map<Uuid, Map<String, Kept>> starts = new HashMap<>();

    private final Map<Uuid, Map<String, Kept>> moves = new HashMap<>();
    private final Map<String, byte[]> snapshots = new HashMap<>();
    private final Map<String, Milestone> milestones = new HashMap<>();
    private final Map<Listener, Tenant> listeners = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private long next;

    private CursorTopic(
            ProducerLoop producer, Consumer<byte[], byte[]> consumer, Supplier<Future<Long>> end, Duration patience) {
        this.producer = producer;
        this.consumer = consumer;
        this.end = end;
        this.patience = patience;
        this.thread = new Thread(this::run, "sluice-kafka-cursors");
        this.thread.setDaemon(true);
    }

    /** Makes the consumer, which looks up names and so may block, and starts to read. */
    static CursorTopic start(ClusterSettings settings, ProducerLoop producer, Topics topics) {
        Map<String, Object> config = settings.clientConfig();
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, "sluice-cursors");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // From the beginning again is always right here: what is read twice says the same twice.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        return start(
                producer,
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                () -> topics.endOffset(NAME, 0),
                PATIENCE);
    }

    /**
     * Starts to read.
     *
     * @param end behind the last record that there is
     * @param patience for what is to be known
     */
    static CursorTopic start(
            ProducerLoop producer, Consumer<byte[], byte[]> consumer, Supplier<Future<Long>> end, Duration patience) {
        CursorTopic topic = new CursorTopic(producer, consumer, end, patience);
        topic.thread.start();
        return topic;
    }

    /**
     * Completes when everything that is in the topic now is known here; fails if that takes too long, as while Kafka can't be
     * read.
     */
    Future<Void> catchUp() {
        return end.get().compose(this::known);
    }

    private Future<Void> known(long end) {
        Promise<Void> promise = Promise.promise();
        synchronized (lock) {
            if (next < end) {
                if (closing) {
                    return Future.failedFuture(isClosed());
                }
                waiters.add(new Waiter(end, System.nanoTime() + patience.toNanos(), promise));
                return promise.future();
            }
        }
        return Future.succeededFuture();
    }

    /** What is known of a Broker's triggers, with nothing in between it and what listeners hear from then on. */
    View view(Tenant of) {
        synchronized (lock) {
            Set<String> uids = new HashSet<>();
            starts.getOrDefault(of.topicId(), Map.of()).keySet().forEach(key -> uids.add(Tenant.withoutMark(key)));
            List<Start> effective = new ArrayList<>();
            for (String uid : uids) {
                Start start = startOf(of, uid);
                if (start != null) {
                    effective.add(start);
                }
            }
            return new View(List.copyOf(effective), next);
        }
    }

    /** Where the trigger starts or was moved to; null for one that has no start. */
    @Nullable
    Start startOf(Tenant of, String triggerUid) {
        synchronized (lock) {
            String key = keyOf(of, triggerUid);
            // A move without a start is of a trigger that was forgotten by a process that knew of no moves.
            if (key == null) {
                return null;
            }
            Map<String, Kept> moved = moves.getOrDefault(of.topicId(), Map.of());
            Kept own = of.external() ? moved.get(triggerUid + of.mark()) : null;
            Kept move = own == null ? moved.get(key) : own;
            if (move != null && of.mayHave(move.group())) {
                return move.start();
            }
            Map<String, Kept> started = starts.getOrDefault(of.topicId(), Map.of());
            return requireNonNull(started.get(key), "start").start();
        }
    }

    /** Under the lock. Behind which key the trigger's start is; null if it has none. */
    private @Nullable String keyOf(Tenant of, String triggerUid) {
        Map<String, Kept> ofTopic = starts.getOrDefault(of.topicId(), Map.of());
        String own = triggerUid + of.mark();
        if (of.external() && ofTopic.containsKey(own)) {
            return own;
        }
        Kept common = ofTopic.get(triggerUid);
        return common != null && of.mayHave(common.group()) ? triggerUid : null;
    }

    /** What {@link #writeSnapshot} was given; null if that is not there, or not all of it. */
    byte @Nullable [] snapshot(Uuid topicId, int of, String generation) {
        synchronized (lock) {
            byte[] value = snapshots.get(snapshotKey(topicId, of, generation));
            SnapshotParts parts = value == null ? null : SnapshotParts.read(value);
            return parts == null
                    ? value
                    : parts.joined(part -> snapshots.get(snapshotKey(topicId, of, nameOf(part, generation))));
        }
    }

    void listen(Tenant of, Listener listener) {
        synchronized (lock) {
            listeners.put(listener, of);
        }
    }

    void unlisten(Listener listener) {
        synchronized (lock) {
            listeners.remove(listener);
        }
    }

    /** Completes when it is durable, and listeners of this process have heard of it. */
    Future<Void> writeStart(Tenant of, String triggerUid, List<Long> offsets) {
        return write(START, of, triggerUid, offsets);
    }

    /** Completes when it is durable, and listeners of this process have heard of it. */
    Future<Void> writeMove(Tenant of, String triggerUid, List<Long> offsets) {
        return write(MOVE, of, triggerUid, offsets);
    }

    private Future<Void> write(String what, Tenant of, String triggerUid, List<Long> offsets) {
        String key = of.external() ? triggerUid + of.mark() : triggerUid;
        return write(what + of.topicId() + "/" + key, encode(offsets), of.group())
                .compose(offset -> known(offset + 1));
    }

    /** Completes when it is durable, and listeners of this process have heard of it. */
    Future<Void> removeStart(Tenant of, String triggerUid) {
        List<Future<Long>> removing = new ArrayList<>();
        String key;
        synchronized (lock) {
            key = keyOf(of, triggerUid);
            // The moves first: a start that somebody writes behind this must not find them.
            Map<String, Kept> moved = moves.getOrDefault(of.topicId(), Map.of());
            Set<String> keys = new HashSet<>(List.of(triggerUid + of.mark(), key == null ? triggerUid : key));
            for (String behind : keys) {
                Kept move = moved.get(behind);
                if (move != null && of.mayHave(move.group())) {
                    removing.add(write(MOVE + of.topicId() + "/" + behind, null, of.group()));
                }
            }
        }
        if (key == null) {
            return Future.join(removing).mapEmpty();
        }
        return Future.join(removing)
                .compose(removed -> write(START + of.topicId() + "/" + key, null, of.group()))
                .compose(offset -> known(offset + 1));
    }

    /** Removes everything that is kept of a topic. Completes when that is durable. */
    Future<Void> removeAll(Uuid topicId) {
        return remove(topicId, group -> true);
    }

    /**
     * Removes what is kept for a Broker. Completes when that is durable.
     *
     * @param alsoUnmarked also what does not say whose it is
     */
    Future<Void> removeAll(Tenant of, boolean alsoUnmarked) {
        return remove(of.topicId(), group -> group == null ? alsoUnmarked : group.equals(of.group()));
    }

    private Future<Void> remove(Uuid topicId, Predicate<@Nullable String> ofGroup) {
        List<Future<Long>> removing = new ArrayList<>();
        synchronized (lock) {
            moves.getOrDefault(topicId, Map.of()).forEach((key, move) -> {
                if (ofGroup.test(move.group())) {
                    removing.add(write(MOVE + topicId + "/" + key, null, move.group()));
                }
            });
            starts.getOrDefault(topicId, Map.of()).forEach((key, start) -> {
                if (ofGroup.test(start.group())) {
                    removing.add(write(START + topicId + "/" + key, null, start.group()));
                }
            });
            String prefix = POSITIONS + topicId + "/";
            for (String key : snapshots.keySet()) {
                if (key.startsWith(prefix) && ofGroup.test(Tenant.markOf(key))) {
                    removing.add(write(key, null, null));
                }
            }
            for (String key : milestones.keySet()) {
                if (key.startsWith(MILESTONE + topicId + "/") && ofGroup.test(Tenant.markOf(key))) {
                    removing.add(write(key, null, null));
                }
            }
        }
        return Future.join(removing).mapEmpty();
    }

    /** Where the triggers of a Broker once were in a partition; null if nobody has said. */
    @Nullable
    Milestone milestone(Tenant of, int partition) {
        synchronized (lock) {
            return milestones.get(milestoneKey(of, partition));
        }
    }

    /** Completes when it is durable. */
    Future<Void> writeMilestone(Tenant of, int partition, Milestone milestone) {
        return write(milestoneKey(of, partition), milestone.text().getBytes(UTF_8), null)
                .mapEmpty();
    }

    private static String milestoneKey(Tenant of, int partition) {
        return MILESTONE + of.topicId() + "/" + partition + of.mark();
    }

    /** Completes when it is durable. Positions of any length, in as many records as it takes. */
    Future<Void> writeSnapshot(Uuid topicId, int of, String generation, byte[] positions) {
        int size = partBytes;
        return writeSnapshot(topicId, of, generation, positions, size).recover(failure -> {
            boolean tooLarge =
                    failure instanceof ChannelException refusal && refusal.kind() == ChannelException.Kind.TOO_LARGE;
            if (!tooLarge || size / 2 < SMALLEST_PART) {
                return Future.failedFuture(failure);
            }
            // Others may have found out more.
            partBytes = Math.min(partBytes, size / 2);
            return writeSnapshot(topicId, of, generation, positions);
        });
    }

    private Future<Void> writeSnapshot(Uuid topicId, int of, String generation, byte[] positions, int size) {
        SnapshotParts parts = SnapshotParts.of(positions, size);
        if (parts.count() == 1) {
            return write(snapshotKey(topicId, of, generation), positions, null).mapEmpty();
        }
        Future<Long> written = Future.succeededFuture(0L);
        for (int i = 0; i < parts.count(); i++) {
            int part = i;
            // One behind the other, so that the longest take no more of the producer's memory than others.
            written = written.compose(before ->
                    write(snapshotKey(topicId, of, nameOf(part, generation)), parts.cut(positions, part, size), null));
        }
        return written.compose(all -> write(snapshotKey(topicId, of, generation), parts.written(), null))
                .mapEmpty();
    }

    /**
     * Removes the snapshots that a Broker has of a partition but for one.
     *
     * @param restored the one that the Broker's last commit named; one of an earlier version does not say whose it is
     */
    Future<Void> removeSnapshots(Tenant of, int partition, String but, @Nullable String restored) {
        String kept = snapshotKey(of.topicId(), partition, but);
        String partOfKept = BEHIND_PART + but;
        String last = restored == null ? "" : snapshotKey(of.topicId(), partition, restored);
        List<Future<Long>> removing = new ArrayList<>();
        synchronized (lock) {
            String prefix = snapshotKey(of.topicId(), partition, "");
            for (String key : snapshots.keySet()) {
                boolean own = key.equals(last) || (key.startsWith(prefix) && key.endsWith(of.mark()));
                if (own && !key.equals(kept) && !key.endsWith(partOfKept)) {
                    removing.add(write(key, null, null));
                }
            }
        }
        return Future.join(removing).mapEmpty();
    }

    /** Generations have no dot before the mark behind them. */
    private static String nameOf(int part, String generation) {
        return part + BEHIND_PART + generation;
    }

    private static String snapshotKey(Uuid topicId, int of, String generation) {
        return POSITIONS + topicId + "/" + of + "/" + generation;
    }

    private Future<Long> write(String key, byte @Nullable [] value, @Nullable String group) {
        Promise<Long> written = Promise.promise();
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(NAME, 0, key.getBytes(UTF_8), value);
        if (group != null) {
            record.headers().add(GROUP, group.getBytes(UTF_8));
        }
        producer.submit(new Outgoing() {
            @Override
            public List<ProducerRecord<byte[], byte[]>> records() {
                return List.of(record);
            }

            @Override
            public void abandon(int count, Throwable cause) {
                written.tryFail(AppendFailure.of(cause, "topic " + NAME));
            }

            @Override
            public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
                if (exception != null || metadata == null) {
                    written.tryFail(AppendFailure.of(
                            exception == null ? new KafkaException("no place") : exception, "topic " + NAME));
                } else {
                    written.tryComplete(metadata.offset());
                }
            }
        });
        return written.future();
    }

    /** Ends the thread; what waits to be known fails. */
    Future<Void> close() {
        closing = true;
        consumer.wakeup();
        return closed.future();
    }

    private void run() {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        while (!closing) {
            try {
                if (isAhead) {
                    goBack();
                    isAhead = false;
                }
                List<ConsumerRecord<byte[], byte[]>> records =
                        consumer.poll(POLL).records(partition);
                long position = consumer.position(partition);
                List<Waiter> satisfied = new ArrayList<>();
                synchronized (lock) {
                    records.forEach(this::apply);
                    next = position;
                    for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
                        Waiter waiter = i.next();
                        if (waiter.offset() <= next) {
                            i.remove();
                            satisfied.add(waiter);
                        }
                    }
                }
                satisfied.forEach(waiter -> waiter.promise().complete());
            } catch (WakeupException e) {
                // To look whether this is to end.
            } catch (KafkaException e) {
                LOG.atWarn()
                        .addKeyValue("topic", NAME)
                        .addKeyValue("error", e.toString())
                        .log("the cursor topic can't be read now; trying again");
                pause();
            } catch (RuntimeException | Error e) {
                // Of our own making, or for want of memory. To end here would leave everybody waiting who has to know
                // what is in the topic.
                isAhead = true;
                LOG.atError().setCause(e).addKeyValue("topic", NAME).log("reading the cursor topic failed; going on");
                pause();
            }
            giveUpOn(System.nanoTime());
        }
        try {
            consumer.close();
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("topic", NAME)
                    .addKeyValue("error", e.toString())
                    .log("the consumer of the cursor topic did not close in order");
        }
        List<Waiter> left;
        synchronized (lock) {
            left = List.copyOf(waiters);
            waiters.clear();
        }
        left.forEach(waiter -> waiter.promise().fail(isClosed()));
        closed.complete();
    }

    /** The consumer may be behind records that were not applied, or not all. What is applied twice says the same twice. */
    private void goBack() {
        long from;
        synchronized (lock) {
            from = next;
        }
        consumer.seek(partition, from);
    }

    /** Fails what has waited for too long. */
    private void giveUpOn(long nowNanos) {
        List<Waiter> late = new ArrayList<>();
        long at;
        synchronized (lock) {
            at = next;
            waiters.removeIf(waiter -> {
                boolean over = nowNanos - waiter.untilNanos() >= 0;
                if (over) {
                    late.add(waiter);
                }
                return over;
            });
        }
        late.forEach(waiter -> waiter.promise()
                .fail(AppendFailure.unavailable("topic " + NAME + " was read up to offset " + at + " of "
                        + waiter.offset() + " within " + patience.toSeconds() + " s")));
    }

    private static ChannelException isClosed() {
        return AppendFailure.unavailable("the cursor topic is closed");
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        try {
            applyKnown(record);
        } catch (RuntimeException e) {
            // Written by somebody else, or damaged. Everything else must still be known.
            LOG.atError()
                    .addKeyValue("topic", NAME)
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("error", e.toString())
                    .log("a record of the cursor topic can't be read and is passed over");
        }
    }

    private void applyKnown(ConsumerRecord<byte[], byte[]> record) {
        String key = new String(record.key(), UTF_8);
        if (key.startsWith(POSITIONS)) {
            if (record.value() == null) {
                snapshots.remove(key);
            } else {
                snapshots.put(key, record.value());
            }
        } else if (key.startsWith(MILESTONE)) {
            if (record.value() == null) {
                milestones.remove(key);
            } else {
                milestones.put(key, Milestone.parse(new String(record.value(), UTF_8)));
            }
        } else if (key.startsWith(START)) {
            int slash = key.indexOf('/', START.length());
            Uuid topicId = Uuid.fromString(key.substring(START.length(), slash));
            applyStart(topicId, key.substring(slash + 1), groupOf(record), record.value(), record.offset());
        } else if (key.startsWith(MOVE)) {
            int slash = key.indexOf('/', MOVE.length());
            Uuid topicId = Uuid.fromString(key.substring(MOVE.length(), slash));
            applyMove(topicId, key.substring(slash + 1), groupOf(record), record.value(), record.offset());
        }
        // Anything else is of a Sluice to come.
    }

    private static @Nullable String groupOf(ConsumerRecord<byte[], byte[]> record) {
        Header group = record.headers().lastHeader(GROUP);
        return group == null ? null : new String(group.value(), UTF_8);
    }

    private void applyStart(Uuid topicId, String key, @Nullable String header, byte @Nullable [] value, long offset) {
        String triggerUid = Tenant.withoutMark(key);
        Map<String, Kept> ofTopic = starts.computeIfAbsent(topicId, id -> new HashMap<>());
        Kept known = ofTopic.get(key);
        if (value == null) {
            Map<String, Kept> moved = moves.get(topicId);
            if (moved != null) {
                moved.remove(key);
            }
            if (known != null) {
                List<Listener> concerned = listeners(topicId, key);
                ofTopic.remove(key);
                concerned.forEach(listener -> listener.forgotten(triggerUid, offset));
            }
            return;
        }
        List<Long> offsets = decode(value);
        if (offsets == null) {
            LOG.atError()
                    .addKeyValue("topic", NAME)
                    .addKeyValue("offset", offset)
                    .addKeyValue("trigger", triggerUid)
                    .log("the start of a trigger is in a format that this process does not know; it may be older than"
                            + " the one that wrote it");
            return;
        }
        String group = header == null ? Tenant.markOf(key) : header;
        if (known == null) {
            Start start = new Start(triggerUid, offsets, offset);
            ofTopic.put(key, new Kept(start, group));
            listeners(topicId, key).forEach(listener -> listener.started(start));
            return;
        }
        List<Long> smallest = smallest(known.start().offsets(), offsets);
        if (!smallest.equals(offsets)) {
            write(START + topicId + "/" + key, encode(smallest), header)
                    .onFailure(failure -> LOG.atWarn()
                            .addKeyValue("trigger", triggerUid)
                            .addKeyValue("error", failure.getMessage())
                            .log("the smaller of two starts could not be written again"));
        }
        if (smallest.equals(known.start().offsets())) {
            ofTopic.put(key, new Kept(known.start(), group));
        } else {
            Start start = new Start(triggerUid, smallest, offset);
            ofTopic.put(key, new Kept(start, group));
            listeners(topicId, key).forEach(listener -> listener.started(start));
        }
    }

    /** Of the Brokers that have a trigger's start behind this key. */
    private List<Listener> listeners(Uuid topicId, String key) {
        List<Listener> concerned = new ArrayList<>();
        listeners.forEach((listener, of) -> {
            if (of.topicId().equals(topicId) && key.equals(keyOf(of, Tenant.withoutMark(key)))) {
                concerned.add(listener);
            }
        });
        return concerned;
    }

    private void applyMove(Uuid topicId, String key, @Nullable String header, byte @Nullable [] value, long offset) {
        String triggerUid = Tenant.withoutMark(key);
        Map<String, Kept> ofTopic = moves.computeIfAbsent(topicId, id -> new HashMap<>());
        if (value == null) {
            ofTopic.remove(key);
            return;
        }
        List<Long> offsets = decode(value);
        if (offsets == null) {
            LOG.atError()
                    .addKeyValue("topic", NAME)
                    .addKeyValue("offset", offset)
                    .addKeyValue("trigger", triggerUid)
                    .log(
                            "the move of a trigger is in a format that this process does not know; it may be older than the"
                                    + " one that wrote it");
            return;
        }
        Start move = new Start(triggerUid, offsets, offset);
        ofTopic.put(key, new Kept(move, header == null ? Tenant.markOf(key) : header));
        listeners.forEach((listener, of) -> {
            if (of.topicId().equals(topicId) && move.equals(startOf(of, triggerUid))) {
                listener.moved(move);
            }
        });
    }

    private static List<Long> smallest(List<Long> one, List<Long> other) {
        List<Long> smallest = new ArrayList<>();
        for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
            long mine = i < one.size() ? one.get(i) : 0;
            long theirs = i < other.size() ? other.get(i) : 0;
            smallest.add(Math.min(mine, theirs));
        }
        return List.copyOf(smallest);
    }

    private static byte[] encode(List<Long> offsets) {
        StringBuilder text = new StringBuilder(VERSION);
        for (int i = 0; i < offsets.size(); i++) {
            text.append(i == 0 ? "" : ",").append(offsets.get(i));
        }
        return text.toString().getBytes(UTF_8);
    }

    private static @Nullable List<Long> decode(byte[] value) {
        String text = new String(value, UTF_8);
        if (!text.startsWith(VERSION)) {
            return null;
        }
        List<Long> offsets = new ArrayList<>();
        try {
            for (String offset : text.substring(VERSION.length()).split(",")) {
                offsets.add(Long.parseLong(offset));
            }
        } catch (NumberFormatException e) {
            return null;
        }
        return List.copyOf(offsets);
    }
}
