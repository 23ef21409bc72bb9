/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.ChannelException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What there is to be said of it without a Kafka. */
class CursorTopicTest {

    private static final TopicPartition PARTITION = new TopicPartition(CursorTopic.NAME, 0);
    private static final Uuid TOPIC = Uuid.randomUuid();
    /** Of the Broker whose topic it is, and two more that read it as well. */
    private static final Tenant OWN = new Tenant(TOPIC, "own", false);

    private static final Tenant ONE = new Tenant(TOPIC, "one", true);
    private static final Tenant TWO = new Tenant(TOPIC, "two", true);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicLong end = new AtomicLong();
    /** What the next poll throws. */
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    /** Whether memory ends with the next records that are polled. */
    private final AtomicBoolean forgetful = new AtomicBoolean();

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            RuntimeException failing = failure.getAndSet(null);
            if (failing != null) {
                throw failing;
            }
            ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
            if (!polled.isEmpty() && forgetful.getAndSet(false)) {
                // They are in the topic still, and the consumer is behind them.
                polled.forEach(this::addRecord);
                throw new OutOfMemoryError("told to fail");
            }
            return polled;
        }
    };

    private final ProducerLoop producer = ProducerLoop.start(
            new ClusterSettings("127.0.0.1:1", Map.of()), ProcessOptions.of(Map.of("kafka-append-timeout", "1s")));

    private CursorTopic start(Duration patience) {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        return CursorTopic.start(producer, consumer, () -> Future.succeededFuture(end.get()), patience);
    }

    private void append(String uid, long offset) {
        consumer.schedulePollTask(() -> consumer.addRecord(record("start", uid, "1 7", offset)));
    }

    private static ConsumerRecord<byte[], byte[]> record(String what, String uid, @Nullable String value, long offset) {
        return new ConsumerRecord<>(
                CursorTopic.NAME,
                0,
                offset,
                (what + "/" + TOPIC + "/" + uid).getBytes(UTF_8),
                value == null ? null : value.getBytes(UTF_8));
    }

    private static ConsumerRecord<byte[], byte[]> of(String group, ConsumerRecord<byte[], byte[]> record) {
        record.headers().add("sluice-group", group.getBytes(UTF_8));
        return record;
    }

    /** Starts to read a topic with these records in it, and waits until they are known. */
    private CursorTopic startWith(List<ConsumerRecord<byte[], byte[]>> records) {
        consumer.schedulePollTask(() -> records.forEach(consumer::addRecord));
        end.set(records.size());
        CursorTopic topic = start(PATIENCE);
        Future<Void> known = topic.catchUp();
        await().atMost(PATIENCE).until(known::succeeded);
        return topic;
    }

    private static @Nullable Long startOf(CursorTopic topic, Tenant of, String uid) {
        CursorTopic.Start start = topic.startOf(of, uid);
        return start == null ? null : start.offset(0);
    }

    private static void close(CursorTopic topic) {
        Future<Void> closed = topic.close();
        await().atMost(PATIENCE).until(closed::isComplete);
    }

    @Test
    void each_broker_of_a_topic_has_a_start_of_its_own_of_triggers_with_one_uid() {
        // When
        CursorTopic topic = startWith(List.of(
                of("own", record("start", "uid", "1 1", 0)),
                of("one", record("start", "uid@one", "1 2", 1)),
                of("two", record("start", "uid@two", "1 3", 2)),
                of("one", record("move", "uid@one", "1 4", 3))));

        // Then
        assertThat(startOf(topic, OWN, "uid")).isEqualTo(1);
        assertThat(startOf(topic, ONE, "uid")).isEqualTo(4);
        assertThat(startOf(topic, TWO, "uid")).isEqualTo(3);
        assertThat(topic.view(ONE).starts())
                .singleElement()
                .satisfies(start -> assertThat(start.triggerUid()).isEqualTo("uid"));
        close(topic);
    }

    @Test
    void a_start_that_does_not_say_whose_it_is_counts_for_each_broker_that_has_no_other() {
        // When
        CursorTopic topic = startWith(List.of(
                record("start", "earlier", "1 1", 0),
                record("move", "earlier", "1 2", 1),
                of("one", record("start", "earlier@one", "1 3", 2)),
                of("own", record("start", "of-own", "1 4", 3))));

        // Then: and a move of another's start is none of its own
        assertThat(startOf(topic, OWN, "earlier")).isEqualTo(2);
        assertThat(startOf(topic, TWO, "earlier")).isEqualTo(2);
        assertThat(startOf(topic, ONE, "earlier")).isEqualTo(3);
        assertThat(startOf(topic, OWN, "of-own")).isEqualTo(4);
        assertThat(startOf(topic, ONE, "of-own")).isNull();
        assertThat(topic.view(TWO).starts()).hasSize(1);
        close(topic);
    }

    @Test
    void positions_in_several_records_are_read_as_one_and_not_at_all_without_one_of_them() {
        // When
        CursorTopic topic = startWith(List.of(
                positions("0.1-7-0@own", "ab", 0),
                positions("1.1-7-0@own", "c", 1),
                positions("1-7-0@own", "parts 2 3", 2),
                positions("1.1-7-1@own", "c", 3),
                positions("1-7-1@own", "parts 2 3", 4),
                positions("1-7-2@own", "all", 5)));

        // Then
        assertThat(topic.snapshot(TOPIC, 3, "1-7-0@own")).isEqualTo("abc".getBytes(UTF_8));
        assertThat(topic.snapshot(TOPIC, 3, "1-7-1@own")).isNull();
        assertThat(topic.snapshot(TOPIC, 3, "1-7-2@own")).isEqualTo("all".getBytes(UTF_8));
        close(topic);
    }

    private static ConsumerRecord<byte[], byte[]> positions(String behind, String value, long offset) {
        return new ConsumerRecord<>(
                CursorTopic.NAME,
                0,
                offset,
                ("positions/" + TOPIC + "/3/" + behind).getBytes(UTF_8),
                value.getBytes(UTF_8));
    }

    @Test
    void a_broker_hears_of_its_own_triggers_alone() {
        // Given
        CursorTopic topic = startWith(List.of(of("one", record("start", "uid@one", "1 1", 0))));
        List<String> heard = new CopyOnWriteArrayList<>();
        for (Tenant tenant : List.of(ONE, TWO)) {
            topic.listen(tenant, new CursorTopic.Listener() {
                @Override
                public void started(CursorTopic.Start start) {
                    heard.add(tenant.group() + " started " + start.triggerUid());
                }

                @Override
                public void moved(CursorTopic.Start move) {
                    heard.add(tenant.group() + " moved " + move.triggerUid());
                }

                @Override
                public void forgotten(String triggerUid, long seenAt) {
                    heard.add(tenant.group() + " forgotten " + triggerUid);
                }
            });
        }

        // When
        List<ConsumerRecord<byte[], byte[]>> more = List.of(
                of("two", record("start", "uid@two", "1 1", 1)),
                of("one", record("move", "uid@one", "1 2", 2)),
                of("one", record("start", "uid@one", null, 3)),
                record("start", "earlier", "1 1", 4));
        consumer.schedulePollTask(() -> more.forEach(consumer::addRecord));
        end.set(5);
        Future<Void> known = topic.catchUp();
        await().atMost(PATIENCE).until(known::succeeded);

        // Then
        assertThat(heard)
                .containsExactlyInAnyOrder(
                        "two started uid",
                        "one moved uid",
                        "one forgotten uid",
                        "one started earlier",
                        "two started earlier");
        close(topic);
    }

    @AfterEach
    void close() {
        Future<Void> closed = producer.close();
        await().atMost(PATIENCE).until(closed::isComplete);
    }

    @Test
    void who_has_to_know_what_can_not_be_read_is_told_so_in_time_and_may_ask_again() {
        // Given
        CursorTopic topic = start(Duration.ofMillis(200));
        append("first", 0);
        end.set(2);

        // When
        Future<Void> known = topic.catchUp();

        // Then
        await().atMost(PATIENCE).until(known::isComplete);
        assertThat(known.cause())
                .isInstanceOfSatisfying(
                        ChannelException.class,
                        told -> assertThat(told.kind()).isEqualTo(ChannelException.Kind.UNAVAILABLE))
                .hasMessageContaining("read up to offset 1 of 2");

        // When
        append("second", 1);

        // Then
        await().atMost(PATIENCE).until(() -> topic.view(OWN).until() == 2);
        Future<Void> again = topic.catchUp();
        assertThat(again.succeeded()).isTrue();
        Future<Void> closed = topic.close();
        await().atMost(PATIENCE).until(closed::isComplete);
    }

    @Test
    void a_defect_does_not_end_the_read_for_good() {
        // Given
        CursorTopic topic = start(PATIENCE);
        end.set(1);
        Future<Void> known = topic.catchUp();

        // When
        failure.set(new IllegalStateException("told to fail"));
        await().atMost(PATIENCE).until(() -> failure.get() == null);
        append("first", 0);

        // Then
        await().atMost(PATIENCE).until(known::succeeded);
        assertThat(topic.startOf(OWN, "first")).isNotNull();
        Future<Void> closed = topic.close();
        await().atMost(PATIENCE).until(closed::isComplete);
    }

    @Test
    void a_want_of_memory_leaves_no_start_out() {
        // Given
        forgetful.set(true);
        CursorTopic topic = start(PATIENCE);
        end.set(2);

        // When
        consumer.schedulePollTask(() -> {
            consumer.addRecord(record("start", "first", "1 7", 0));
            consumer.addRecord(record("start", "second", "1 8", 1));
        });
        Future<Void> known = topic.catchUp();

        // Then
        await().atMost(PATIENCE).until(known::succeeded);
        assertThat(startOf(topic, OWN, "first")).isEqualTo(7);
        assertThat(startOf(topic, OWN, "second")).isEqualTo(8);
        assertThat(forgetful).isFalse();
        close(topic);
    }

    @Test
    void who_waits_when_it_is_closed_is_told_so() {
        // Given
        CursorTopic topic = start(PATIENCE);
        end.set(1);
        Future<Void> known = topic.catchUp();

        // When
        Future<Void> closed = topic.close();

        // Then
        await().atMost(PATIENCE).until(closed::isComplete);
        assertThat(known.cause()).hasMessageContaining("closed");
        Future<Void> late = topic.catchUp();
        assertThat(late.cause()).hasMessageContaining("closed");
    }
}
