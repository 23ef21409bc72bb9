/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What Kafka's own tools see of a Trigger, and what a Trigger finds that comes from Knative's Kafka Broker. */
final class TriggerGroupsIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Vertx vertx = Vertx.vertx();
    private final ChannelEngine engine = new KafkaChannelProvider()
            .engine(
                    vertx,
                    Map.of(
                            "kafka-bootstrap-servers", kafka.bootstrapServers(),
                            "kafka-topic-partitions", "1",
                            "kafka-append-timeout", "25s"));
    private final ChannelSpec spec = spec();
    private final LogChannel channel = (LogChannel) Waiting.on(engine.open(spec));
    private final TopicPartition partition =
            new TopicPartition(TopicSettings.of(spec).name(), 0);
    private final ResourceName trigger = new ResourceName("groups", "trigger-" + NAMES.incrementAndGet());
    private final String group = "knative-trigger-groups-" + trigger.name();
    private final Admin admin = kafka.admin();

    @AfterEach
    void close() {
        admin.close();
        Waiting.on(engine.close());
        Waiting.on(vertx.close());
    }

    @Test
    void shows_how_far_a_trigger_is_and_deletes_its_group_with_it() throws Exception {
        // Given
        Waiting.on(channel.start(trigger, "uid", StartFrom.Place.DEFAULT));
        Reading reading = new Reading();
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
        Waiting.on(channel.append(Events.numbered("e", 5), Admission.PRODUCER));

        // When
        reading.commit(Positions.at(3));

        // Then
        await().atMost(PATIENCE).until(() -> committed().containsKey(partition));
        assertThat(committed().get(partition)).isEqualTo(new OffsetAndMetadata(3, "sluice/1 uid"));

        // When
        Waiting.on(channel.forget("uid"));

        // Then
        await().atMost(PATIENCE).until(() -> !groups().contains(group));
    }

    @Test
    void a_trigger_goes_on_where_a_group_of_its_name_was_and_leaves_it_alone_while_it_has_members() throws Exception {
        // Given
        Waiting.on(channel.append(Events.numbered("e", 5), Admission.PRODUCER));
        try (KafkaConsumer<byte[], byte[]> knative = member()) {
            await().atMost(PATIENCE).until(() -> {
                knative.poll(Duration.ofMillis(100));
                return knative.assignment().contains(partition);
            });
            knative.commitSync(Map.of(partition, new OffsetAndMetadata(2)));

            // When
            Waiting.on(channel.start(trigger, "uid", StartFrom.Place.DEFAULT));

            // Then
            Reading reading = new Reading();
            await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
            assertThat(reading.assigned.get(0).positions().of("uid").lowest()).isEqualTo(2);
            TriggerGroups groups = ((KafkaChannel) channel).cluster().groups();
            assertThat(groups.show(trigger, "uid", partition.topic(), Map.of(0, 4L)))
                    .satisfies(refused -> await().atMost(PATIENCE).until(refused::failed));
            Waiting.on(groups.delete(trigger, "uid", partition.topic()));
            assertThat(committed().get(partition).offset()).isEqualTo(2);
        }
    }

    @Test
    void a_trigger_does_not_go_on_where_another_one_of_its_name_was() throws Exception {
        // Given
        Waiting.on(channel.append(Events.numbered("e", 5), Admission.PRODUCER));
        TriggerGroups groups = ((KafkaChannel) channel).cluster().groups();
        Waiting.on(groups.show(trigger, "of-another", partition.topic(), Map.of(0, 2L)));

        // When: not even with its UID, which may follow from the name
        Waiting.on(channel.start(trigger, "uid", StartFrom.Place.DEFAULT));
        Waiting.on(channel.start(trigger, "of-another", StartFrom.Place.DEFAULT));

        // Then
        Reading reading = new Reading();
        await().atMost(PATIENCE).until(() -> reading.assigned.size() == 1);
        assertThat(reading.assigned.get(0).positions()).isEqualTo(Positions.at(5));
        Waiting.on(groups.delete(trigger, "uid", partition.topic()));
        assertThat(committed()).containsKey(partition);
    }

    private KafkaConsumer<byte[], byte[]> member() {
        Map<String, Object> config = new HashMap<>(kafka.clientConfig());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(partition.topic()));
        return consumer;
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() throws Exception {
        return groups().contains(group)
                ? admin.listConsumerGroupOffsets(group)
                        .partitionsToOffsetAndMetadata()
                        .get()
                : Map.of();
    }

    private List<String> groups() throws Exception {
        return admin.listGroups().all().get().stream()
                .map(listing -> listing.groupId())
                .toList();
    }

    private static ChannelSpec spec() {
        int number = NAMES.incrementAndGet();
        return new ChannelSpec("kafka", new ResourceName("groups", "broker-" + number), "groups-" + number, Map.of());
    }

    /** Reads, and commits what it is told to. */
    private final class Reading extends IdleHandler {

        private final Map<Integer, Assignment> assigned = new ConcurrentHashMap<>();
        private final Context context = vertx.getOrCreateContext();
        private final LogReader reader = Waiting.on(channel.subscribe(context, this));

        @Override
        public void assigned(Assignment assignment) {
            assigned.put(assignment.partition(), assignment);
        }

        @Override
        public void lost(int number) {
            assigned.remove(number);
        }

        void commit(Positions positions) {
            Waiting.on(onContext(() -> reader.commit(0, positions)));
        }

        private <T> Future<T> onContext(Supplier<Future<T>> action) {
            Promise<T> done = Promise.promise();
            context.runOnContext(turn -> action.get().onComplete(done));
            return done.future();
        }
    }
}
