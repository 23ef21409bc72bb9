/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.awaitility.Awaitility.await;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Looks at the topics of a real Kafka, and changes them, with Kafka's plain clients. */
final class Topical {

    private static final long SECONDS = 60;

    private final KafkaFixture kafka;

    Topical(KafkaFixture kafka) {
        this.kafka = kafka;
    }

    /** Creates a topic and waits until clients can see it, which is a moment after it was created. */
    void create(String topic, int partitions, Map<String, String> configs) {
        try (Admin admin = kafka.admin()) {
            get(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs)))
                    .all());
            await().atMost(Duration.ofSeconds(SECONDS))
                    .until(() -> get(admin.listTopics().names()).contains(topic));
        }
    }

    void delete(String topic) {
        try (Admin admin = kafka.admin()) {
            get(admin.deleteTopics(List.of(topic)).all());
        }
    }

    /** Removes the records before this offset, as retention does. */
    void deleteRecords(String topic, int partition, long before) {
        try (Admin admin = kafka.admin()) {
            get(admin.deleteRecords(Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(before)))
                    .all());
        }
    }

    /** Forgets a group without members, and what it has committed. */
    void deleteGroup(String group) {
        try (Admin admin = kafka.admin()) {
            get(admin.deleteConsumerGroups(List.of(group)).all());
        }
    }

    void configure(String topic, String key, String value) {
        try (Admin admin = kafka.admin()) {
            get(admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET))))
                    .all());
        }
    }

    /** Lowers what a topic takes, and waits until its node has heard of that. Leaves events with the id "probe" in it. */
    void lowerLimit(String topic, int bytes) {
        configure(topic, "max.message.bytes", Integer.toString(bytes));
        List<CloudEvent> probe = List.of(CloudEventBuilder.v1(Events.ofSize("probe", bytes + 1))
                .withExtension("partitionkey", "probe")
                .build());
        await().atMost(Duration.ofSeconds(SECONDS)).until(() -> {
            try {
                append(topic, probe);
                return false;
            } catch (IllegalStateException e) {
                return e.getCause() instanceof ExecutionException refused
                        && refused.getCause() instanceof RecordTooLargeException;
            }
        });
    }

    boolean exists(String topic) {
        try (Admin admin = kafka.admin()) {
            return get(admin.listTopics().names()).contains(topic);
        }
    }

    TopicDescription describe(String topic) {
        try (Admin admin = kafka.admin()) {
            return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        }
    }

    String config(String topic, String key) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = kafka.admin()) {
            return get(admin.describeConfigs(List.of(resource)).all())
                    .get(resource)
                    .get(key)
                    .value();
        }
    }

    /** Appends events as any producer of CloudEvents does. */
    void append(String topic, List<CloudEvent> events) {
        RecordWriter writer = new RecordWriter(topic, EventAttribute.named("partitionkey"));
        try (var producer =
                new KafkaProducer<>(kafka.clientConfig(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (CloudEvent event : events) {
                producer.send(writer.write(event)).get(SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Everything that is in the topic now. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        describe(topic).partitions().forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                new HashMap<>(kafka.clientConfig()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
