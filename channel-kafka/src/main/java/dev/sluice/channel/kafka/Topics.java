/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.sluice.api.channel.ChannelException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the topics of Brokers, creates those that are missing, and says what is wrong with one. Never changes one, but for
 * how large an event may be that is parked.
 */
final class Topics {

    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

    private static final long LOOK_AGAIN_MILLIS = 100;

    /** A new topic has leaders within a second, unless the Kafka is in trouble. */
    private static final int LOOKS = 50;

    private static final int GROUPS_PER_REQUEST = 100;

    /** So that one whose coordinator does not answer leaves later ones a way. */
    private static final int REQUESTS_FOR_GROUPS = 4;

    /** Whoever starts reads the newest segment whole, and what has been removed since is in there. */
    private static final int CURSOR_SEGMENT_BYTES = 64 * 1024 * 1024;

    private static final long PARKED_OVERHEAD_BYTES = 256 * 1024;

    private final Vertx vertx;
    private final Admin admin;
    private final ClusterSettings cluster;
    private final Lookups<String, List<Long>> beginnings;
    private final Lookups<String, List<Long>> ends;
    private final Lookups<String, Integer> limits;
    private final Lookups<String, Map<TopicPartition, OffsetAndMetadata>> committed;
    /** Of the cursor topic, as it was found. */
    private volatile int cursorReplicas;
    /** The most replicas of which it has been said that the cursor topic has fewer. */
    private final AtomicInteger cursorReplicasSaid = new AtomicInteger();

    Topics(Vertx vertx, Admin admin, ClusterSettings cluster) {
        this.vertx = vertx;
        this.admin = admin;
        this.cluster = cluster;
        // A topic that can't be asked holds up no other one.
        beginnings = new Lookups<>(1, Integer.MAX_VALUE, each(topic -> offsetsNow(topic, OffsetSpec.earliest())));
        ends = new Lookups<>(1, Integer.MAX_VALUE, each(topic -> offsetsNow(topic, OffsetSpec.latest())));
        limits = new Lookups<>(1, Integer.MAX_VALUE, each(topic -> config(topic).map(Topics::maxMessageBytes)));
        committed = new Lookups<>(GROUPS_PER_REQUEST, REQUESTS_FOR_GROUPS, this::committedNow);
    }

    private static <K, V> Lookups.Request<K, V> each(Function<K, Future<V>> request) {
        return keys -> keys.stream().collect(toMap(identity(), request));
    }

    /**
     * Finds the topic, or creates it unless it is external, and waits until it can be written to.
     *
     * @return fails with a {@link ChannelException} if the Kafka does not answer, or the topic is not as it has to be
     */
    Future<Topic> ensure(TopicSettings wanted, ProcessOptions process) {
        return described(wanted.name())
                .recover(failure -> failure instanceof UnknownTopicOrPartitionException
                        ? create(wanted, process)
                        : Future.failedFuture(failure))
                .compose(found -> config(wanted.name()).map(config -> checked(wanted, found, config)))
                .recover(failure ->
                        Future.failedFuture(AppendFailure.of(failure, "topic " + wanted.name() + " at " + cluster)));
    }

    /**
     * Finds the topic in which cursors are kept, or creates it: compacted, with one partition.
     *
     * @param replicas of one that is created; empty leaves it to the Kafka
     */
    Future<Void> ensureCursorTopic(Optional<Short> replicas) {
        NewTopic topic = new NewTopic(CursorTopic.NAME, Optional.of(1), replicas)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        // Removed starts and snapshots must not be read for ever by those who start.
                        TopicConfig.SEGMENT_MS_CONFIG,
                        "3600000",
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        Integer.toString(CURSOR_SEGMENT_BYTES)));
        return foundOrCreated(topic)
                .compose(found -> config(CursorTopic.NAME).map(config -> checkedCursorTopic(found, config)))
                .onSuccess(found -> cursorReplicas = replicas(found))
                .recover(failure ->
                        Future.failedFuture(AppendFailure.of(failure, "topic " + CursorTopic.NAME + " at " + cluster)))
                .mapEmpty();
    }

    /** Says so, once, if the cursor topic has fewer replicas than a Broker asks for, whose positions are in there. */
    void compareCursorReplicas(Optional<Short> asked) {
        int wanted = asked.map(Short::intValue).orElse(0);
        if (wanted > cursorReplicas && cursorReplicasSaid.getAndAccumulate(wanted, Math::max) < wanted) {
            warnOfFewReplicas(CursorTopic.NAME, cursorReplicas, wanted);
        }
    }

    /**
     * Finds the topic in which a Broker's parked events are, or creates it: compacted, with one partition.
     *
     * @param largestEvent of the Broker's own topic
     * @param replicas that the Broker asks for; empty leaves those of one that is created to the Kafka
     * @return the largest batch that it takes
     */
    Future<Integer> ensureParkingTopic(String name, int largestEvent, Optional<Short> replicas) {
        // With what is said of the failure.
        int largest = (int) Math.min(Integer.MAX_VALUE, largestEvent + PARKED_OVERHEAD_BYTES);
        NewTopic topic = new NewTopic(name, Optional.of(1), replicas)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(largest)));
        return foundOrCreated(topic)
                .onSuccess(found -> {
                    if (replicas.isPresent() && replicas(found) < replicas.get()) {
                        warnOfFewReplicas(name, replicas(found), replicas.get());
                    }
                })
                .compose(found -> config(name).map(config -> {
                    String cleanup = value(config, TopicConfig.CLEANUP_POLICY_CONFIG);
                    if (!TopicConfig.CLEANUP_POLICY_COMPACT.equals(cleanup)) {
                        throw AppendFailure.unavailable("topic " + name + " at " + cluster + " has "
                                + TopicConfig.CLEANUP_POLICY_CONFIG + "=" + cleanup
                                + "; it must be compact, or parked events get lost");
                    }
                    return maxMessageBytes(config);
                }))
                .compose(taken -> taken >= largest
                        ? Future.succeededFuture(taken)
                        // Few events are that large; what is to be done is said when one has to be parked.
                        : parkUpTo(name, largest).otherwise(taken));
    }

    private Future<TopicDescription> foundOrCreated(NewTopic topic) {
        return described(topic.name())
                .recover(failure -> failure instanceof UnknownTopicOrPartitionException
                        ? future(admin.createTopics(List.of(topic)).all())
                                .recover(refusal -> refusal instanceof TopicExistsException
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(refusal))
                                .compose(created -> withLeaders(topic.name(), LOOKS))
                        : Future.failedFuture(failure));
    }

    /** Not a reason to refuse a Broker: what is in there would be no safer while nobody uses it. */
    private void warnOfFewReplicas(String topic, int replicas, int asked) {
        LOG.atWarn()
                .addKeyValue("topic", topic)
                .addKeyValue("kafka", cluster)
                .addKeyValue("replicas", replicas)
                .addKeyValue("asked", asked)
                .log("a topic has fewer replicas than a broker asks for, so that what it keeps may be lost with fewer"
                        + " nodes than its events; add replicas with kafka-reassign-partitions.sh");
    }

    /**
     * Has a topic of parked events take batches of this size.
     *
     * @return the largest that it takes then
     */
    Future<Integer> parkUpTo(String name, int bytes) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        AlterConfigOp raise = new AlterConfigOp(
                new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes)),
                AlterConfigOp.OpType.SET);
        return maxMessageBytes(name)
                .compose(taken -> taken >= bytes
                        ? Future.succeededFuture(taken)
                        : future(admin.incrementalAlterConfigs(Map.of(resource, List.of(raise)))
                                        .all())
                                .map(bytes));
    }

    private TopicDescription checkedCursorTopic(TopicDescription found, Config config) {
        String cleanup = value(config, TopicConfig.CLEANUP_POLICY_CONFIG);
        if (found.partitions().size() != 1 || !TopicConfig.CLEANUP_POLICY_COMPACT.equals(cleanup)) {
            throw AppendFailure.unavailable("topic " + CursorTopic.NAME + " at " + cluster + " has "
                    + found.partitions().size() + " partitions and " + TopicConfig.CLEANUP_POLICY_CONFIG + "=" + cleanup
                    + "; it must have one partition and be compacted, or positions get lost");
        }
        return found;
    }

    /**
     * Behind the last record of a partition.
     *
     * @return fails with an {@link UnknownTopicOrPartitionException} for a partition that a node has not heard of
     */
    Future<Long> endOffset(String topic, int partition) {
        return endOffsets(topic).map(offsets -> {
            if (partition >= offsets.size()) {
                throw new UnknownTopicOrPartitionException(
                        "partition " + partition + " of topic " + topic + " is not there, or not yet");
            }
            return offsets.get(partition);
        });
    }

    /** Behind the last record of each partition that there is now. */
    Future<List<Long>> endOffsets(String topic) {
        return ends.ask(topic);
    }

    /** Of the first record that is kept, of each partition that there is now. */
    Future<List<Long>> beginningOffsets(String topic) {
        return beginnings.ask(topic);
    }

    private Future<List<Long>> offsetsNow(String topic, OffsetSpec at) {
        return described(topic)
                .compose(found -> offsets(topic, found.partitions().size(), at))
                .map(List::copyOf);
    }

    /** Of the first record of each partition that has this time or a later one; behind the last where there is none. */
    Future<List<Long>> offsetsSince(String topic, Instant time) {
        // Negative numbers have meanings of their own here.
        OffsetSpec since = OffsetSpec.forTimestamp(Math.max(0, time.toEpochMilli()));
        // The ends first: what comes in between is behind them, and so is not passed over.
        return endOffsets(topic)
                .compose(ends -> offsets(topic, ends.size(), since).map(found -> {
                    List<Long> offsets = new ArrayList<>();
                    for (int partition = 0; partition < ends.size(); partition++) {
                        long offset = found.get(partition);
                        offsets.add(offset < 0 ? ends.get(partition) : offset);
                    }
                    return offsets;
                }));
    }

    private Future<List<Long>> offsets(String topic, int partitions, OffsetSpec at) {
        Map<TopicPartition, OffsetSpec> asked = new LinkedHashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            asked.put(new TopicPartition(topic, partition), at);
        }
        return future(admin.listOffsets(asked).all()).map(found -> {
            List<Long> offsets = new ArrayList<>();
            asked.keySet()
                    .forEach(partition -> offsets.add(
                            requireNonNull(found.get(partition), "offset").offset()));
            return offsets;
        });
    }

    /** What a group has committed for the partitions of a topic, by partition; without those for which there is nothing. */
    Future<Map<Integer, OffsetAndMetadata>> committed(String group, String topic) {
        return committed
                .ask(group)
                .map(found -> {
                    Map<Integer, OffsetAndMetadata> offsets = new HashMap<>();
                    found.forEach((partition, offset) -> {
                        if (partition.topic().equals(topic) && offset != null) {
                            offsets.put(partition.partition(), offset);
                        }
                    });
                    return offsets;
                })
                .recover(failure -> failure instanceof GroupIdNotFoundException
                        ? Future.succeededFuture(new HashMap<>())
                        : Future.failedFuture(failure));
    }

    private Map<String, Future<Map<TopicPartition, OffsetAndMetadata>>> committedNow(Set<String> groups) {
        Map<String, ListConsumerGroupOffsetsSpec> asked =
                groups.stream().collect(toMap(identity(), group -> new ListConsumerGroupOffsetsSpec()));
        ListConsumerGroupOffsetsResult answer =
                admin.listConsumerGroupOffsets(asked, new ListConsumerGroupOffsetsOptions().requireStable(true));
        return groups.stream().collect(toMap(identity(), group -> future(answer.partitionsToOffsetAndMetadata(group))));
    }

    /** Who is in a group, by instance id where a member has one and else by the id that Kafka gave it. */
    Future<List<Sharing.Member>> members(String group) {
        return group(group).map(Group::members);
    }

    /**
     * A group as its coordinator has it.
     *
     * @param waiting whether it waits for members to join before it deals partitions out
     */
    record Group(boolean waiting, List<Sharing.Member> members) {}

    /** Without members if there is no such group. */
    Future<Group> group(String group) {
        return future(admin.describeConsumerGroups(List.of(group))
                        .describedGroups()
                        .get(group))
                .map(described -> {
                    List<Sharing.Member> members = new ArrayList<>();
                    for (MemberDescription member : described.members()) {
                        members.add(new Sharing.Member(
                                member.groupInstanceId().orElse(member.consumerId()), member.clientId()));
                    }
                    return new Group(described.groupState() == GroupState.PREPARING_REBALANCE, members);
                })
                .recover(failure -> failure instanceof GroupIdNotFoundException
                        ? Future.succeededFuture(new Group(false, List.of()))
                        : Future.failedFuture(failure));
    }

    /** What the topic is told to keep now. Only where it deletes by age or size at all. */
    Future<Retention.Bounds> bounds(String topic) {
        return config(topic).map(config -> {
            String cleanup = value(config, TopicConfig.CLEANUP_POLICY_CONFIG);
            return cleanup != null && !cleanup.contains(TopicConfig.CLEANUP_POLICY_DELETE)
                    ? new Retention.Bounds(-1, -1)
                    : new Retention.Bounds(
                            bound(config, TopicConfig.RETENTION_MS_CONFIG),
                            bound(config, TopicConfig.RETENTION_BYTES_CONFIG));
        });
    }

    private static long bound(Config config, String key) {
        String text = value(config, key);
        return text == null ? -1 : Long.parseLong(text);
    }

    /** Bytes that each partition takes on the disk of its leader; a partition whose leader does not say is left out. */
    Future<Map<Integer, Long>> sizes(String topic) {
        return described(topic).compose(found -> {
            Map<Integer, Integer> leaders = new HashMap<>();
            found.partitions().forEach(partition -> {
                if (isThere(partition.leader())) {
                    leaders.put(partition.partition(), partition.leader().id());
                }
            });
            return future(admin.describeLogDirs(Set.copyOf(leaders.values())).allDescriptions())
                    .map(directories -> {
                        Map<Integer, Long> sizes = new HashMap<>();
                        directories.forEach((node, ofNode) -> ofNode.values()
                                .forEach(directory -> directory.replicaInfos().forEach((replica, info) -> {
                                    if (replica.topic().equals(topic)
                                            && node.equals(leaders.get(replica.partition()))
                                            && !info.isFuture()) {
                                        sizes.put(replica.partition(), info.size());
                                    }
                                })));
                        return sizes;
                    });
        });
    }

    /** The largest batch that the topic takes now. */
    Future<Integer> maxMessageBytes(String topic) {
        return limits.ask(topic);
    }

    /** The id of the topic that has this name now; empty if there is none. Fails if that can't be known. */
    Future<Optional<Uuid>> id(String topic) {
        return described(topic)
                .map(found -> Optional.of(found.topicId()))
                .recover(failure -> failure instanceof UnknownTopicOrPartitionException
                        ? Future.succeededFuture(Optional.empty())
                        : Future.failedFuture(failure));
    }

    Future<Boolean> exists(String topic) {
        return id(topic).map(Optional::isPresent);
    }

    private Future<TopicDescription> create(TopicSettings wanted, ProcessOptions process) {
        if (wanted.external()) {
            return Future.failedFuture(AppendFailure.unavailable("topic " + wanted.name() + " does not exist at "
                    + cluster + ", and " + TopicSettings.EXTERNAL_TOPIC
                    + " says that it is not Sluice's to create; create it, or correct the annotation"));
        }
        NewTopic topic = new NewTopic(
                        wanted.name(),
                        Optional.of(wanted.partitions().orElse(process.partitions())),
                        wanted.replicationFactor().or(process::replicationFactor))
                .configs(configsOf(wanted));
        return future(admin.createTopics(List.of(topic)).all())
                .recover(failure -> {
                    // Another process has been faster.
                    if (failure instanceof TopicExistsException) {
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(AppendFailure.unavailable(
                            "topic " + wanted.name() + " can't be created at " + cluster + ": " + failure.getMessage(),
                            failure));
                })
                .compose(created -> withLeaders(wanted.name(), LOOKS));
    }

    /** Times are the Kafka's own unless the Broker asks for others, so that no producer's clock decides what is old. */
    private static Map<String, String> configsOf(TopicSettings wanted) {
        Map<String, String> configs = new HashMap<>(wanted.configs());
        configs.putIfAbsent(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, TimestampType.LOG_APPEND_TIME.name);
        return configs;
    }

    /**
     * Waits until each partition has a leader that answers. A leader can be known before it serves: of the batches that are
     * sent to it then it refuses the first and takes the next, and the first stays out of sequence for good.
     */
    private Future<TopicDescription> withLeaders(String topic, int looks) {
        return described(topic)
                .compose(found -> found.partitions().stream().allMatch(partition -> isThere(partition.leader()))
                        ? offsets(topic, found.partitions().size(), OffsetSpec.latest())
                                .map(found)
                        : Future.failedFuture("not every partition of topic " + topic + " has a leader yet"))
                .recover(failure -> looks <= 1 || failure instanceof ChannelException
                        ? Future.failedFuture(failure)
                        : pause().compose(woken -> withLeaders(topic, looks - 1)));
    }

    private static boolean isThere(@Nullable Node node) {
        return node != null && !node.isEmpty();
    }

    private Future<Void> pause() {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(LOOK_AGAIN_MILLIS, timer -> over.complete());
        return over.future();
    }

    /** Fails for a topic without an id: everything that is kept beside it is kept by that. */
    private Future<TopicDescription> described(String topic) {
        return future(admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
                .compose(found -> found.topicId().equals(Uuid.ZERO_UUID)
                        ? Future.failedFuture(AppendFailure.unavailable("topic " + topic + " at " + cluster
                                + " has no id, so that one which is created in its place can't be told from it; Sluice"
                                + " needs Kafka 2.8 or later, and inter.broker.protocol.version=2.8 or later on nodes"
                                + " that have it set"))
                        : Future.succeededFuture(found));
    }

    private Future<Config> config(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return future(admin.describeConfigs(List.of(resource)).values().get(resource));
    }

    private Topic checked(TopicSettings wanted, TopicDescription found, Config config) {
        List<String> problems = new ArrayList<>();
        String cleanup = value(config, TopicConfig.CLEANUP_POLICY_CONFIG);
        if (cleanup != null && cleanup.contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            problems.add(TopicConfig.CLEANUP_POLICY_CONFIG + " is " + cleanup
                    + ", which removes events that have a key in common; set it to delete");
        }
        if (!wanted.external()) {
            checkShape(wanted, found, problems);
            wanted.configs().forEach((key, value) -> {
                String actual = value(config, key);
                if (!value.equals(actual)) {
                    problems.add(key + " is " + actual + " and the Broker's configuration asks for " + value
                            + "; change it with kafka-configs.sh, or correct " + TopicSettings.CONFIG_PREFIX + key);
                }
            });
        }
        if (!problems.isEmpty()) {
            throw AppendFailure.unavailable(
                    "topic " + wanted.name() + " at " + cluster + " does not fit: " + String.join("; ", problems));
        }
        return new Topic(wanted.name(), found.topicId(), found.partitions().size(), maxMessageBytes(config));
    }

    /** More than was asked for is as good. */
    private static void checkShape(TopicSettings wanted, TopicDescription found, List<String> problems) {
        int partitions = found.partitions().size();
        int replicas = replicas(found);
        if (wanted.partitions().isPresent() && partitions < wanted.partitions().get()) {
            problems.add("it has " + partitions + " partitions and the Broker's configuration asks for "
                    + wanted.partitions().get() + "; add partitions with kafka-topics.sh --alter, or correct "
                    + TopicSettings.PARTITIONS);
        }
        if (wanted.replicationFactor().isPresent()
                && replicas < wanted.replicationFactor().get()) {
            problems.add("it has " + replicas + " replicas and the Broker's configuration asks for "
                    + wanted.replicationFactor().get()
                    + "; add replicas with kafka-reassign-partitions.sh, or correct "
                    + TopicSettings.REPLICATION_FACTOR);
        }
    }

    /** Of the partition that has the fewest. */
    private static int replicas(TopicDescription found) {
        return found.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
    }

    private static @Nullable String value(Config config, String key) {
        ConfigEntry entry = config.get(key);
        return entry == null ? null : entry.value();
    }

    private static int maxMessageBytes(Config config) {
        String text = value(config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        return text == null ? Integer.MAX_VALUE : Integer.parseInt(text);
    }

    /** Completes on the admin client's thread. */
    static <T> Future<T> future(@Nullable KafkaFuture<T> kafka) {
        if (kafka == null) {
            return Future.failedFuture(new IllegalStateException("the admin client left out what it was asked for"));
        }
        Promise<T> promise = Promise.promise();
        kafka.toCompletionStage().whenComplete((value, failure) -> {
            if (failure == null) {
                promise.complete(value);
            } else {
                promise.fail(AppendFailure.unwrapped(failure));
            }
        });
        return promise.future();
    }
}
