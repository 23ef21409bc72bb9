/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.IllegalGenerationException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a group begins with topics that it has not read yet: committed before anybody joins, as in Knative, so that what is
 * written once the source is Ready is read, whoever gets the partition, and after whatever crash.
 */
final class StartOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(StartOffsets.class);

    /** For one request, and for a question with all that are tried. */
    private static final Duration REQUEST = Duration.ofSeconds(3);

    private static final Duration CALL = Duration.ofSeconds(5);

    private final Admin admin;
    private final KafkaSourceDefinition definition;

    private StartOffsets(Admin admin, KafkaSourceDefinition definition) {
        this.admin = admin;
        this.definition = definition;
    }

    /**
     * Sees to it that the group has committed offsets of all topics; leaves those that it has. Blocks for some seconds at most.
     *
     * @param config that every client needs to get in
     * @return the topics that the group has begun with by then, of which a partition without an offset is a new one
     * @throws NotReadable if that can't be, for now
     * @throws KafkaException if Kafka can't be asked
     */
    static Set<String> ensure(KafkaSourceDefinition definition, Map<String, Object> config) throws NotReadable {
        Map<String, Object> settings = new HashMap<>(config);
        settings.put(AdminClientConfig.CLIENT_ID_CONFIG, "sluice-source-start");
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) REQUEST.toMillis());
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) CALL.toMillis());
        Admin admin = Admin.create(settings);
        try {
            return new StartOffsets(admin, definition).ensure();
        } finally {
            admin.close(Duration.ZERO);
        }
    }

    private Set<String> ensure() throws NotReadable {
        Set<TopicPartition> partitions = partitions();
        Map<TopicPartition, OffsetAndMetadata> committed =
                answer(admin.listConsumerGroupOffsets(definition.group()).partitionsToOffsetAndMetadata());
        Set<String> known = new HashSet<>();
        committed.forEach((partition, offset) -> {
            if (offset != null) {
                known.add(partition.topic());
            }
        });
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (TopicPartition partition : partitions) {
            if (!known.contains(partition.topic())) {
                wanted.put(partition, definition.earliest() ? OffsetSpec.earliest() : OffsetSpec.latest());
            }
        }
        if (wanted.isEmpty()) {
            return known;
        }
        Map<TopicPartition, OffsetAndMetadata> starts = new HashMap<>();
        answer(admin.listOffsets(wanted).all())
                .forEach((partition, at) -> starts.put(partition, new OffsetAndMetadata(at.offset())));
        try {
            answer(admin.alterConsumerGroupOffsets(definition.group(), starts).all());
            starts.keySet().forEach(partition -> known.add(partition.topic()));
        } catch (UnknownMemberIdException
                | GroupNotEmptyException
                | RebalanceInProgressException
                | IllegalGenerationException e) {
            // Others are there already, who see to it for the partitions that they get, as this one does.
            LOG.atDebug()
                    .addKeyValue("source", definition.name())
                    .addKeyValue("group", definition.group())
                    .addKeyValue("error", e.getMessage())
                    .log("the group has members; they decide where it begins");
        }
        return known;
    }

    private Set<TopicPartition> partitions() throws NotReadable {
        Set<TopicPartition> partitions = new HashSet<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
                admin.describeTopics(definition.topics()).topicNameValues().entrySet()) {
            try {
                answer(topic.getValue())
                        .partitions()
                        .forEach(each -> partitions.add(new TopicPartition(topic.getKey(), each.partition())));
            } catch (UnknownTopicOrPartitionException e) {
                throw new NotReadable(
                        "TopicNotFound",
                        "there is no topic " + topic.getKey() + " at " + definition.bootstrapServers()
                                + "; create it, or correct spec.topics",
                        e);
            }
        }
        return partitions;
    }

    private static <T> T answer(KafkaFuture<T> future) {
        try {
            // The client's own time-outs come first.
            return future.get(2 * CALL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new org.apache.kafka.common.errors.TimeoutException("no answer in " + CALL.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }
}
