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
import java.util.Map;
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
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicLong end = new AtomicLong();
    /** What the next poll throws. */
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            RuntimeException failing = failure.getAndSet(null);
            if (failing != null) {
                throw failing;
            }
            return super.poll(timeout);
        }
    };

    private final ProducerLoop producer = ProducerLoop.start(
            new ClusterSettings("127.0.0.1:1", Map.of()), ProcessOptions.of(Map.of("kafka-append-timeout", "1s")));

    private CursorTopic start(Duration patience) {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        return CursorTopic.start(producer, consumer, () -> Future.succeededFuture(end.get()), patience);
    }

    private void append(String uid, long offset) {
        consumer.schedulePollTask(() -> consumer.addRecord(new ConsumerRecord<>(
                CursorTopic.NAME, 0, offset, ("start/" + TOPIC + "/" + uid).getBytes(UTF_8), "1 7".getBytes(UTF_8))));
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
        await().atMost(PATIENCE).until(() -> topic.view(TOPIC).until() == 2);
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
        assertThat(topic.startOf(TOPIC, "first")).isNotNull();
        Future<Void> closed = topic.close();
        await().atMost(PATIENCE).until(closed::isComplete);
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
