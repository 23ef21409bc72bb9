/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What there is to be said of it without a Kafka. */
class ProducerLoopTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ProducerLoop producer = ProducerLoop.start(
            new ClusterSettings("127.0.0.1:1", Map.of()), ProcessOptions.of(Map.of("kafka-append-timeout", "1s")));

    @AfterEach
    void close() {
        Future<Void> closed = producer.close();
        await().atMost(PATIENCE).until(closed::isComplete);
    }

    @Test
    void what_is_submitted_when_it_is_closed_is_told_so_and_not_left_waiting() {
        // Given
        close();

        // When
        Noted late = new Noted(List.of(new ProducerRecord<>("topic", new byte[0])));
        producer.submit(late);
        Future<Integer> warming = producer.warm("topic");

        // Then
        assertThat(late.failures).singleElement().asString().contains("closed");
        assertThat(warming.cause()).hasMessageContaining("closed");
    }

    @Test
    void a_want_of_memory_fails_what_met_it_and_not_the_thread_that_all_depend_on() {
        // Given
        Noted unlucky = new Noted(new AbstractList<>() {
            @Override
            public ProducerRecord<byte[], byte[]> get(int index) {
                throw new OutOfMemoryError("told to fail");
            }

            @Override
            public int size() {
                return 1;
            }
        });
        Noted next = new Noted(List.of(new ProducerRecord<>("topic", new byte[0])));

        // When
        producer.submit(unlucky);
        producer.submit(next);

        // Then: there is no Kafka, but that is found out
        await().atMost(PATIENCE).until(() -> next.failures.size() == 1);
        assertThat(unlucky.failures).singleElement().isInstanceOf(OutOfMemoryError.class);
    }

    /** Notes what each of its records failed with. */
    private static final class Noted implements Outgoing {

        private final List<ProducerRecord<byte[], byte[]>> records;
        private final List<Throwable> failures = new CopyOnWriteArrayList<>();

        Noted(List<ProducerRecord<byte[], byte[]>> records) {
            this.records = records;
        }

        @Override
        public List<ProducerRecord<byte[], byte[]>> records() {
            return records;
        }

        @Override
        public void abandon(int count, Throwable cause) {
            for (int i = 0; i < count; i++) {
                failures.add(cause);
            }
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
            if (exception != null) {
                failures.add(exception);
            }
        }
    }
}
