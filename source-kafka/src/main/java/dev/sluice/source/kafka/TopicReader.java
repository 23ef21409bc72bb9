/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.source.kafka.Lane.Entry;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topics of one source as a member of its group. Its thread owns the consumer and does everything that Kafka hears
 * of; what it reads goes to an {@link Outflow}, and what that has settled is committed here: a record is read again by
 * somebody until the sink has its event.
 *
 * <p>Nothing is read of a partition while it has as much under way as it may, so that a sink that is down costs a bounded
 * piece of memory and holds up, if events are ordered, only those partitions that it would not take an event of.
 */
final class TopicReader implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    /** Of records under way, over all partitions; a batch of each partition may come on top. */
    private static final long HELD_BYTES = 8L << 20;

    /** The objects around an event: its own, its map of extensions, its place here. */
    private static final int OBJECTS = 400;

    private static final Duration IDLE_POLL = Duration.ofMillis(500);
    /** While a partition waits for room. */
    private static final Duration BUSY_POLL = Duration.ofMillis(50);

    private static final Duration COMMIT_EVERY = Duration.ofSeconds(1);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(2);

    /** For events that are on their way when a partition goes to another process, or this one ends. */
    private static final Duration HAND_OVER = Duration.ofSeconds(2);

    private static final Duration CALL = Duration.ofSeconds(5);
    private static final Duration LAST_CALL = Duration.ofSeconds(1);

    /** As Knative's. */
    private static final Duration SESSION = Duration.ofSeconds(10);

    private static final Duration HEARTBEAT = Duration.ofSeconds(3);

    private final KafkaSourceDefinition definition;
    private final Map<String, Object> access;
    private final AdapterHost host;
    private final Runnable ended;
    private final RecordEvents events;
    /** Of the partitions that are ours. */
    private final Map<TopicPartition, Lane> lanes = new HashMap<>();

    private volatile boolean stopping;
    private boolean commitFails;
    private String problem = "";

    /**
     * @param access what every client needs to get in
     * @param ended run on the reader's thread when that is about to end
     */
    TopicReader(KafkaSourceDefinition definition, Map<String, Object> access, AdapterHost host, Runnable ended) {
        this.definition = definition;
        this.access = access;
        this.host = host;
        this.ended = ended;
        events = new RecordEvents(definition.name(), definition.keyType());
    }

    /** For any thread: ends within seconds. */
    void stop() {
        synchronized (this) {
            stopping = true;
            notifyAll();
        }
    }

    @Override
    public void run() {
        try {
            // One of its own for each source, since this is no thread of Vert.x: sources share all event loops.
            Context loop = host.vertx().getOrCreateContext();
            Outflow outflow = new Outflow(definition.name(), host, loop, definition.ordered());
            while (!stopping) {
                tryToRead(outflow);
                pause();
            }
        } finally {
            ended.run();
        }
    }

    private void tryToRead(Outflow outflow) {
        try {
            Set<String> known = StartOffsets.ensure(definition, access);
            if (!stopping) {
                new Membership(outflow, known).read();
            }
        } catch (NotReadable e) {
            failed(e.reason(), String.valueOf(e.getMessage()));
        } catch (KafkaException e) {
            failed(reason(e), explained(e));
        } catch (RuntimeException | Error e) {
            // Also of an error of the machine, such as no memory: nobody would start the thread again.
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("source", definition.name())
                    .log("a KafkaSource stumbled over a fault");
            failed("InternalError", "it stumbled over a fault and begins anew; see the log");
        }
    }

    private void failed(String reason, String message) {
        if (!problem.equals(reason)) {
            problem = reason;
            LOG.atWarn()
                    .addKeyValue("source", definition.name())
                    .addKeyValue("reason", reason)
                    .addKeyValue("error", message)
                    .log("a KafkaSource does not read; it is tried again");
        }
        host.report(SourceCondition.isFalse(KafkaSourceKind.CONSUMER_GROUP, reason, message));
    }

    private static String reason(KafkaException failure) {
        if (failure instanceof AuthenticationException) {
            return "AuthenticationFailed";
        }
        if (failure instanceof AuthorizationException) {
            return "NotAuthorized";
        }
        if (failure instanceof InconsistentGroupProtocolException) {
            return "GroupTaken";
        }
        return failure instanceof RetriableException ? "KafkaUnreachable" : "NotReading";
    }

    private String explained(KafkaException failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String what = "the Kafka at " + definition.bootstrapServers();
        return switch (reason(failure)) {
            case "AuthenticationFailed" ->
                what + " does not let it in: " + deepest.getMessage() + "; correct spec.net and its Secrets";
            case "NotAuthorized" ->
                what + " does not allow it: " + deepest.getMessage()
                        + "; allow its user to describe and read the topics," + " and to read the group "
                        + definition.group();
            case "GroupTaken" ->
                "the members of the group " + definition.group() + " share partitions in another way; end them, or name"
                        + " another group in spec.consumerGroup";
            case "KafkaUnreachable" -> what + " does not answer: " + deepest.getMessage();
            default -> what + " can't be read: " + deepest.getMessage();
        };
    }

    private synchronized void pause() {
        long end = System.nanoTime() + TRY_AGAIN_AFTER.toNanos();
        for (long left = TRY_AGAIN_AFTER.toMillis();
                left > 0 && !stopping;
                left = Duration.ofNanos(end - System.nanoTime()).toMillis()) {
            try {
                wait(left);
            } catch (InterruptedException e) {
                // Nobody interrupts it but the end of the process.
                stopping = true;
                Thread.currentThread().interrupt();
            }
        }
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>(access);
        config.put(
                ConsumerConfig.CLIENT_ID_CONFIG,
                "sluice-source-" + definition.name().namespace() + "-"
                        + definition.name().name());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, definition.group());
        config.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                List.of(CooperativeStickyAssignor.class.getName()));
        config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) SESSION.toMillis());
        config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int) HEARTBEAT.toMillis());
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // Where to begin is decided, and never guessed.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 200);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 4 << 20);
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 512 << 10);
        // A new partition is read from its beginning, but not before it is noticed.
        config.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 60_000);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        config.put(ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 500);
        config.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return config;
    }

    /** One consumer, from joining to leaving. */
    private final class Membership implements ConsumerRebalanceListener {

        private final Outflow outflow;
        /** Topics that the group had begun with before this one joined. */
        private final Set<String> knownBefore;

        private final Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config(), new ByteArrayDeserializer(), new ByteArrayDeserializer());

        private long committedNanos = System.nanoTime();
        private long lookedNanos = System.nanoTime();
        /** Partitions of which the offsets went back: a commit from before that says nothing about them. */
        private int begunAnew;

        private boolean assigned;

        Membership(Outflow outflow, Set<String> knownBefore) {
            this.outflow = outflow;
            this.knownBefore = knownBefore;
        }

        void read() {
            try {
                consumer.subscribe(definition.topics(), this);
                while (!stopping) {
                    try {
                        take(consumer.poll(isWaitingForRoom() ? BUSY_POLL : IDLE_POLL));
                    } catch (OffsetOutOfRangeException e) {
                        skip(e);
                    }
                    makeRoom();
                    commitIfDue();
                    lookIfDue();
                }
            } finally {
                handOver(new ArrayList<>(lanes.values()), LAST_CALL);
                leave();
            }
        }

        private boolean isWaitingForRoom() {
            for (Lane lane : lanes.values()) {
                if (lane.isPaused()) {
                    return true;
                }
            }
            return false;
        }

        private void take(ConsumerRecords<byte[], byte[]> polled) {
            // Of all partitions first: the consumer is past these records, and were there a fault below, a lane that
            // does not know of them would pass for clear, and they be committed without having been sent.
            for (TopicPartition partition : polled.partitions()) {
                List<ConsumerRecord<byte[], byte[]>> records = polled.records(partition);
                lane(partition).polled(records.get(records.size() - 1).offset() + 1);
            }
            for (TopicPartition partition : polled.partitions()) {
                Lane lane = lane(partition);
                List<ConsumerRecord<byte[], byte[]>> records = polled.records(partition);
                List<Entry> entries = new ArrayList<>(records.size());
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    CloudEvent event = events.of(record);
                    entries.add(new Entry(record.offset(), event, bytesOf(record)));
                }
                lane.handed(entries);
                outflow.take(lane, entries);
            }
        }

        private Lane lane(TopicPartition partition) {
            Lane lane = lanes.get(partition);
            if (lane == null) {
                throw new IllegalStateException("a record of " + partition + ", which was not assigned");
            }
            return lane;
        }

        private static int bytesOf(ConsumerRecord<byte[], byte[]> record) {
            int size = OBJECTS + Math.max(0, record.serializedValueSize()) + Math.max(0, record.serializedKeySize());
            for (Header header : record.headers()) {
                // As text with its object around it; the names are shared.
                size += 48 + (header.value() == null ? 0 : header.value().length);
            }
            return size;
        }

        private void makeRoom() {
            long share = HELD_BYTES / Math.max(1, lanes.size());
            for (Lane lane : lanes.values()) {
                boolean full = lane.isFull(share);
                if (full != lane.isPaused()) {
                    lane.setPaused(full);
                    if (full) {
                        consumer.pause(List.of(lane.partition()));
                    } else {
                        consumer.resume(List.of(lane.partition()));
                    }
                }
            }
        }

        // ---- commits

        private void commitIfDue() {
            if (System.nanoTime() - committedNanos < COMMIT_EVERY.toNanos()) {
                return;
            }
            committedNanos = System.nanoTime();
            Map<TopicPartition, OffsetAndMetadata> due = due(lanes.values());
            if (!due.isEmpty()) {
                int before = begunAnew;
                consumer.commitAsync(due, (offsets, failure) -> {
                    if (failure != null) {
                        notCommitted(failure);
                    } else if (before == begunAnew) {
                        committed(offsets);
                    }
                });
            }
        }

        private Map<TopicPartition, OffsetAndMetadata> due(Collection<Lane> of) {
            Map<TopicPartition, OffsetAndMetadata> due = new HashMap<>();
            for (Lane lane : of) {
                long upTo = lane.settledUpTo();
                if (lane.isClear()) {
                    // What is no record, such as the ends of transactions, comes after the last record, and is read
                    // as well.
                    upTo = Math.max(upTo, consumer.position(lane.partition(), LAST_CALL));
                }
                if (upTo > lane.committed()) {
                    due.put(lane.partition(), new OffsetAndMetadata(upTo));
                }
            }
            return due;
        }

        private void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
            commitFails = false;
            offsets.forEach((partition, offset) -> {
                Lane lane = lanes.get(partition);
                if (lane != null) {
                    lane.setCommitted(Math.max(lane.committed(), offset.offset()));
                }
            });
        }

        private void notCommitted(Exception failure) {
            // The next one, after the rebalance, has it all.
            boolean passes = failure instanceof RebalanceInProgressException;
            if (!commitFails && !passes) {
                commitFails = true;
                LOG.atWarn()
                        .addKeyValue("source", definition.name())
                        .addKeyValue("group", definition.group())
                        .addKeyValue("error", failure.getMessage())
                        .log("offsets can't be committed for now; were the process to end, events would come again");
            }
        }

        // ---- partitions that come and go

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> added) {
            added.forEach(partition -> lanes.put(partition, new Lane(partition)));
            beginWhereNobodyDid(added);
            // In a cooperative group a member may be told first that it has nothing yet.
            assigned |= !added.isEmpty();
            problem = "";
            host.report(SourceCondition.isTrue(KafkaSourceKind.CONSUMER_GROUP));
        }

        /** The group has no offset of a partition that is new, or of a topic if it had members when that came to it. */
        private void beginWhereNobodyDid(Collection<TopicPartition> added) {
            Set<TopicPartition> begun = begun(new HashSet<>(added));
            Map<String, Boolean> isKnown = new HashMap<>();
            Map<TopicPartition, OffsetAndMetadata> starts = new HashMap<>();
            for (TopicPartition partition : added) {
                if (!begun.contains(partition)) {
                    // Of a topic that the group knows, this partition is new: nobody has had what is in it.
                    boolean fromTheBeginning =
                            definition.earliest() || isKnown.computeIfAbsent(partition.topic(), this::isKnown);
                    if (fromTheBeginning) {
                        consumer.seekToBeginning(List.of(partition));
                    } else {
                        consumer.seekToEnd(List.of(partition));
                    }
                    starts.put(partition, new OffsetAndMetadata(consumer.position(partition, CALL)));
                }
            }
            if (!starts.isEmpty()) {
                consumer.commitSync(starts, CALL);
            }
        }

        private boolean isKnown(String topic) {
            if (!assigned) {
                // Asked now, it might be another member that has just begun with its part of a topic new to all.
                return knownBefore.contains(topic);
            }
            Set<TopicPartition> all = new HashSet<>();
            for (PartitionInfo each : consumer.partitionsFor(topic, CALL)) {
                all.add(new TopicPartition(topic, each.partition()));
            }
            return !begun(all).isEmpty();
        }

        private Set<TopicPartition> begun(Set<TopicPartition> of) {
            Set<TopicPartition> begun = new HashSet<>();
            consumer.committed(of, CALL).forEach((partition, offset) -> {
                if (offset != null) {
                    begun.add(partition);
                }
            });
            return begun;
        }

        /** What was not read in time is gone: said, and gone on after. A topic that was made anew is read from its beginning. */
        private void skip(OffsetOutOfRangeException outOfRange) {
            Map<TopicPartition, Long> wanted = outOfRange.offsetOutOfRangePartitions();
            Map<TopicPartition, Long> firsts = consumer.beginningOffsets(wanted.keySet(), CALL);
            wanted.forEach((partition, offset) -> {
                long first = firsts.getOrDefault(partition, offset);
                LOG.atWarn()
                        .addKeyValue("source", definition.name())
                        .addKeyValue("topic", partition.topic())
                        .addKeyValue("partition", partition.partition())
                        .addKeyValue("offset", offset)
                        .addKeyValue("first", first)
                        .log(
                                first < offset
                                        ? "what was read is not there any more: the topic was made anew, or has lost its end; it is"
                                                + " read from its beginning"
                                        : "records were deleted before they could be read; it goes on with the first that is there");
                consumer.seek(partition, first);
                Lane lane = lanes.get(partition);
                if (lane != null && first < offset) {
                    lane.beginAnew();
                    begunAnew++;
                }
            });
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            handOver(lanesOf(revoked), CALL);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            // Others have them for some time: there is nothing left to say about them.
            lanesOf(lost).forEach(lane -> {
                lane.leave();
                lanes.remove(lane.partition());
            });
        }

        private List<Lane> lanesOf(Collection<TopicPartition> partitions) {
            List<Lane> found = new ArrayList<>();
            for (TopicPartition partition : partitions) {
                Lane lane = lanes.get(partition);
                if (lane != null) {
                    found.add(lane);
                }
            }
            return found;
        }

        /** Begins nothing any more of these, waits a moment for what is on its way, and tells the next owner how far it got. */
        private void handOver(List<Lane> leaving, Duration forTheCommit) {
            leaving.forEach(Lane::leave);
            long deadline = System.nanoTime() + HAND_OVER.toNanos();
            while (leaving.stream().anyMatch(lane -> !lane.isIdle()) && System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(this, Duration.ofMillis(5).toNanos());
            }
            try {
                Map<TopicPartition, OffsetAndMetadata> due = due(leaving);
                if (!due.isEmpty()) {
                    consumer.commitSync(due, forTheCommit);
                }
            } catch (KafkaException e) {
                LOG.atWarn()
                        .addKeyValue("source", definition.name())
                        .addKeyValue("group", definition.group())
                        .addKeyValue("error", e.getMessage())
                        .log("how far it got could not be committed; the last events come again");
            }
            leaving.forEach(lane -> lanes.remove(lane.partition()));
        }

        private void leave() {
            try {
                consumer.close(CloseOptions.timeout(LAST_CALL)
                        .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            } catch (KafkaException e) {
                LOG.atWarn()
                        .addKeyValue("source", definition.name())
                        .addKeyValue("group", definition.group())
                        .addKeyValue("error", e.getMessage())
                        .log("left a consumer group without saying so; its partitions wait for the session to end");
            }
        }

        private void lookIfDue() {
            if (System.nanoTime() - lookedNanos >= LOOK_EVERY.toNanos()) {
                lookedNanos = System.nanoTime();
                outflow.look(List.copyOf(lanes.values()));
            }
        }
    }
}
