/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.KeptChannel;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Move;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What outlives a Broker, and how it goes. */
final class KeptTopicsIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Topical topics = new Topical(kafka);
    private final Vertx vertx = Vertx.vertx();
    private final List<ChannelEngine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(engine -> get(engine.close()));
        get(vertx.close());
    }

    @Test
    void a_deleted_broker_takes_everything_of_its_own_with_it_and_nothing_of_another() {
        // Given
        ChannelEngine engine = engine();
        ChannelSpec deleted = spec(Map.of());
        ChannelSpec stays = spec(Map.of());
        String topic = fill(engine, deleted);
        String other = fill(engine, stays);
        String deletedId = topics.describe(topic).topicId().toString();
        String otherId = topics.describe(other).topicId().toString();
        String group = show(deleted, topic);
        String otherGroup = show(stays, other);

        // When
        get(engine.forget(deleted));

        // Then
        await().atMost(PATIENCE).until(() -> !topics.exists(topic));
        assertThat(topics.exists(TopicSettings.parkingOf(deleted.broker()))).isFalse();
        assertThat(topics.exists(other)).isTrue();
        assertThat(topics.exists(TopicSettings.parkingOf(stays.broker()))).isTrue();
        assertThat(groups()).doesNotContain(group).contains(otherGroup);
        assertThat(cursorKeys())
                .noneMatch(key -> key.contains(deletedId))
                .anyMatch(key -> key.startsWith("start/" + otherId));
        // Again, as somebody does who did not hear that it was done.
        get(engine.forget(deleted));
    }

    @Test
    void an_external_topic_stays_when_its_broker_is_deleted() {
        // Given
        topics.create("of-somebody-else", 1, Map.of());
        ChannelSpec spec = spec(Map.of(TopicSettings.EXTERNAL_TOPIC, "of-somebody-else"));
        ChannelEngine engine = engine();
        fill(engine, spec);
        String id = topics.describe("of-somebody-else").topicId().toString();

        // When
        get(engine.forget(spec));

        // Then
        assertThat(topics.exists("of-somebody-else")).isTrue();
        await().atMost(PATIENCE).until(() -> !topics.exists(TopicSettings.parkingOf(spec.broker())));
        assertThat(cursorKeys()).noneMatch(key -> key.contains(id));
    }

    @Test
    void positions_in_an_external_topic_stay_when_one_of_its_brokers_is_deleted() {
        // Given: in two processes, as one has no more than one Broker of a topic
        topics.create("of-two", 1, Map.of());
        ChannelSpec deleted = spec(Map.of(TopicSettings.EXTERNAL_TOPIC, "of-two"));
        ChannelSpec stays = spec(Map.of(TopicSettings.EXTERNAL_TOPIC, "of-two"));
        ChannelEngine engine = engine();
        fill(engine, deleted);
        fill(engine(), stays);
        String id = topics.describe("of-two").topicId().toString();
        String othersGroup = TopicSettings.of(stays).groupOf(stays.broker());
        try (Admin admin = kafka.admin()) {
            get(Topics.future(admin.alterConsumerGroupOffsets(
                            othersGroup, Map.of(new TopicPartition("of-two", 0), new OffsetAndMetadata(1)))
                    .all()));
        }

        // When
        get(engine.forget(deleted));

        // Then
        String mark = "@" + TopicSettings.of(deleted).groupOf(deleted.broker());
        assertThat(cursorKeys())
                .contains("start/" + id + "/" + stays.brokerUid() + "@" + othersGroup)
                .noneMatch(key -> key.endsWith(mark));
        assertThat(groups()).contains(othersGroup);
        await().atMost(PATIENCE).until(() -> !topics.exists(TopicSettings.parkingOf(deleted.broker())));
    }

    @Test
    void a_second_broker_of_a_topic_is_refused_and_takes_nothing_with_it() {
        // Given
        ChannelEngine engine = engine();
        ChannelSpec first = new ChannelSpec("kafka", new ResourceName("a-b", "c"), "uid-of-c", Map.of());
        ChannelSpec second = new ChannelSpec("kafka", new ResourceName("a", "b-c"), "uid-of-b-c", Map.of());
        String topic = fill(engine, first);

        // When
        Throwable refusal = refusal(engine.open(second));
        Throwable kept = refusal(engine.forget(second));

        // Then
        assertThat(refusal)
                .hasMessageContaining("Broker a/b-c")
                .hasMessageContaining("topic " + topic)
                .hasMessageContaining("Broker a-b/c");
        assertThat(kept).hasMessageContaining("Broker a-b/c");
        assertThat(topics.exists(topic)).isTrue();

        // When
        get(engine.forget(first));

        // Then
        get(engine.open(second));
    }

    private static Throwable refusal(Future<?> future) {
        return get(
                future.<Throwable>map(done -> new AssertionError("not refused")).recover(Future::succeededFuture));
    }

    @Test
    void topics_are_listed_with_who_uses_them_and_what_belongs_to_them_and_go_with_it() {
        // Given
        ChannelEngine first = engine();
        ChannelSpec gone = spec(Map.of());
        ChannelSpec there = spec(Map.of());
        String topic = fill(first, gone);
        String used = fill(first, there);
        get(first.close());
        topics.create("knative-broker-of-knative", 2, Map.of());

        // When
        ChannelEngine engine = engine();
        Map<String, KeptChannel> kept = new HashMap<>();
        get(engine.kept(List.of(there))).forEach(one -> kept.put(one.name(), one));

        // Then
        assertThat(kept).containsKeys(topic, used, "knative-broker-of-knative");
        assertThat(kept.get(topic).usedBy()).isEmpty();
        assertThat(kept.get(topic).known()).isTrue();
        assertThat(kept.get(topic).records()).isEqualTo(3);
        assertThat(kept.get(topic).place()).isEqualTo(kafka.bootstrapServers());
        assertThat(kept.get(topic).belongings()).contains("topic " + TopicSettings.parkingOf(gone.broker()));
        assertThat(kept.get(used).usedBy()).containsExactly(there.broker());
        assertThat(kept.get("knative-broker-of-knative").known()).isFalse();
        assertThat(kept.get("knative-broker-of-knative").partitions()).isEqualTo(2);

        // When
        get(engine.remove(kept.get(topic), List.of(there)));

        // Then
        await().atMost(PATIENCE).until(() -> !topics.exists(topic));
        assertThat(topics.exists(TopicSettings.parkingOf(gone.broker()))).isFalse();
        assertThat(topics.exists(used)).isTrue();
    }

    @Test
    void a_topic_that_another_process_reads_is_known_to_be_read_and_stays() {
        // Given
        ChannelSpec there = spec(Map.of());
        ChannelEngine elsewhere = engine();
        String topic = fill(elsewhere, there);
        ChannelEngine engine = engine();
        KeptChannel unread = kept(engine, topic);
        try (var reader = memberOfTheGroupOf(there)) {
            assertThat(reader.assignment()).isNotEmpty();

            // When
            KeptChannel read = kept(engine, topic);
            Throwable refusal = refusal(engine.remove(unread, List.of()));

            // Then
            assertThat(unread.readers()).isZero();
            assertThat(read.readers()).isEqualTo(1);
            assertThat(refusal).hasMessageContaining(topic).hasMessageContaining("reader");
            assertThat(topics.exists(topic)).isTrue();
        }
    }

    @Test
    void a_deletion_that_takes_long_leaves_the_next_topic_of_that_name_alone() {
        // Given: a group with a member, which is waited for
        ChannelEngine engine = engine();
        ChannelSpec deleted = spec(Map.of());
        String topic = fill(engine, deleted);
        String id = topics.describe(topic).topicId().toString();
        Future<Void> forgotten;
        try (var reader = memberOfTheGroupOf(deleted)) {
            assertThat(reader.assignment()).isNotEmpty();
            forgotten = engine.forget(deleted);
            await().atMost(PATIENCE).until(() -> cursorKeys().stream().noneMatch(key -> key.contains(id)));

            // When
            topics.delete(topic);
            await().atMost(PATIENCE).until(() -> !topics.exists(topic));
            topics.create(topic, 1, Map.of());
        }
        get(forgotten);

        // Then
        assertThat(topics.exists(topic)).isTrue();
    }

    private static KafkaConsumer<byte[], byte[]> memberOfTheGroupOf(ChannelSpec broker) {
        TopicSettings settings = TopicSettings.of(broker);
        var member = new KafkaConsumer<byte[], byte[]>(Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                "group.id",
                settings.groupOf(broker.broker()),
                "key.deserializer",
                "org.apache.kafka.common.serialization.ByteArrayDeserializer",
                "value.deserializer",
                "org.apache.kafka.common.serialization.ByteArrayDeserializer"));
        member.subscribe(List.of(settings.name()));
        await().atMost(PATIENCE).until(() -> {
            member.poll(Duration.ofMillis(100));
            return !member.assignment().isEmpty();
        });
        return member;
    }

    private static KeptChannel kept(ChannelEngine engine, String topic) {
        return get(engine.kept(List.of())).stream()
                .filter(one -> one.name().equals(topic))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_preview_tells_when_the_first_and_the_last_event_between_were_appended() {
        // Given: at its end, and three events since
        ChannelSpec spec = spec(Map.of());
        ChannelEngine engine = engine();
        fill(engine, spec);
        LogChannel channel = (LogChannel) get(engine.open(spec));

        // When
        List<Move> moves = get(channel.previewMove(spec.brokerUid(), StartFrom.Place.LATEST));

        // Then
        assertThat(moves).singleElement().satisfies(move -> {
            assertThat(move.from()).isZero();
            assertThat(move.to()).isEqualTo(3);
            assertThat(move.first()).isPresent();
            assertThat(move.last()).isPresent();
        });
    }

    @Test
    void records_that_have_lived_through_most_of_their_time_or_room_are_known() {
        // Given
        ChannelEngine engine = engine();
        ChannelSpec spec = spec(Map.of());
        String topic = fill(engine, spec);
        LogChannel channel = (LogChannel) get(engine.open(spec));
        assertThat(get(channel.soonGone())).isEqualTo(Map.of(0, 0L));

        // When
        topics.configure(topic, "retention.ms", "10000");

        // Then: before Kafka has looked whether any of them is to go, which it does every five minutes
        await().atMost(PATIENCE).until(() -> get(channel.soonGone()).equals(Map.of(0, 3L)));

        // When
        topics.configure(topic, "retention.ms", "-1");
        topics.configure(topic, "retention.bytes", "1024");
        for (int i = 0; i < 10; i++) {
            get(channel.append(Events.numbered("more" + i, 10), Admission.PRODUCER));
        }

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(get(channel.soonGone()).get(0)).isBetween(70L, 102L));
    }

    /** Three events, a Trigger and something parked. Answers the topic. */
    private String fill(ChannelEngine engine, ChannelSpec spec) {
        LogChannel channel = (LogChannel) get(engine.open(spec));
        get(channel.start(
                new ResourceName("kept", "t-" + spec.brokerUid()), spec.brokerUid(), StartFrom.Place.EARLIEST));
        get(channel.move(spec.brokerUid(), StartFrom.Place.LATEST));
        get(channel.append(Events.numbered("e", 3), Admission.PRODUCER));
        ParkingLog parking = get(channel.parking(vertx.getOrCreateContext(), new ParkingLog.Listener() {
            @Override
            public void kept(String id, byte[] value) {
                // Nobody asks.
            }

            @Override
            public void removed(String id) {
                // Nobody asks.
            }
        }));
        get(parking.keep("id", new byte[] {1}));
        return TopicSettings.of(spec).name();
    }

    /** What the publisher writes for a Trigger once it is under way. */
    private String show(ChannelSpec spec, String topic) {
        String group = "knative-trigger-kept-t-" + spec.brokerUid();
        try (Admin admin = kafka.admin()) {
            get(Topics.future(admin.alterConsumerGroupOffsets(
                            group,
                            Map.of(
                                    new TopicPartition(topic, 0),
                                    new OffsetAndMetadata(0, "sluice/1 " + spec.brokerUid())))
                    .all()));
        }
        return group;
    }

    private Set<String> groups() {
        try (Admin admin = kafka.admin()) {
            return Set.copyOf(get(Topics.future(admin.listGroups().all())).stream()
                    .map(listing -> listing.groupId())
                    .toList());
        }
    }

    /** Those that have a value. */
    private Set<String> cursorKeys() {
        Map<String, Boolean> latest = new HashMap<>();
        topics.read(CursorTopic.NAME)
                .forEach(record -> latest.put(new String(record.key(), UTF_8), record.value() != null));
        latest.values().removeIf(there -> !there);
        return latest.keySet();
    }

    private ChannelEngine engine() {
        ChannelEngine engine = new KafkaChannelProvider()
                .engine(
                        vertx,
                        Map.of(
                                "kafka-bootstrap-servers", kafka.bootstrapServers(),
                                "kafka-topic-partitions", "1",
                                "kafka-append-timeout", "25s"));
        engines.add(engine);
        return engine;
    }

    private static ChannelSpec spec(Map<String, String> options) {
        int number = NAMES.incrementAndGet();
        return new ChannelSpec("kafka", new ResourceName("kept", "broker-" + number), "kept-" + number, options);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (TimeoutException e) {
            throw new AssertionError("not complete within " + PATIENCE, e);
        }
    }
}
