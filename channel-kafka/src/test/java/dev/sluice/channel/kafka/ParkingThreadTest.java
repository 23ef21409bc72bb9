/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.ParkingLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What there is to be said of it without a Kafka. */
class ParkingThreadTest {

    private static final String TOPIC = "sluice-parked-shop-default";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Whether memory ends with the next records that are polled. */
    private final AtomicBoolean forgetful = new AtomicBoolean();

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
            if (!polled.isEmpty() && forgetful.getAndSet(false)) {
                // They are in the topic still, and the consumer is behind them.
                polled.forEach(this::addRecord);
                throw new OutOfMemoryError("told to fail");
            }
            return polled;
        }
    };

    private final Vertx vertx = Vertx.vertx();
    private final ParkingThread parking = ParkingThread.start(consumer);

    @AfterEach
    void close() {
        Future<Void> closed = parking.close();
        await().atMost(PATIENCE).until(closed::isComplete);
        Future<Void> ended = vertx.close();
        await().atMost(PATIENCE).until(ended::isComplete);
    }

    private void append(String... ids) {
        consumer.schedulePollTask(() -> {
            for (int offset = 0; offset < ids.length; offset++) {
                consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, offset, ids[offset].getBytes(UTF_8), new byte[0]));
            }
        });
    }

    @Test
    void a_want_of_memory_leaves_nothing_out_that_is_parked() {
        // Given
        forgetful.set(true);
        append("one", "two");

        // When
        Heard heard = new Heard();
        Future<Void> caughtUp = parking.add(TOPIC, 2, vertx.getOrCreateContext(), heard);

        // Then
        await().atMost(PATIENCE).until(caughtUp::isComplete);
        assertThat(caughtUp.succeeded()).isTrue();
        assertThat(heard.kept).containsExactly("one", "two");
        assertThat(forgetful).isFalse();
    }

    @Test
    void who_listens_in_the_place_of_another_hears_what_comes_when_that_one_has_gone() {
        // Given
        Heard before = new Heard();
        Heard now = new Heard();
        await().atMost(PATIENCE).until(parking.add(TOPIC, 0, vertx.getOrCreateContext(), before)::isComplete);
        await().atMost(PATIENCE).until(parking.add(TOPIC, 0, vertx.getOrCreateContext(), now)::isComplete);

        // When
        await().atMost(PATIENCE).until(parking.remove(TOPIC, before)::isComplete);
        append("one");

        // Then
        await().atMost(PATIENCE).until(() -> now.kept.contains("one"));
        assertThat(before.kept).isEmpty();
    }

    @Test
    void who_comes_when_it_is_closed_is_told_so() {
        // Given
        Future<Void> closed = parking.close();
        await().atMost(PATIENCE).until(closed::isComplete);

        // When
        Heard heard = new Heard();
        Future<Void> late = parking.add(TOPIC, 0, vertx.getOrCreateContext(), heard);

        // Then
        assertThat(late.cause()).hasMessageContaining("closed");
        assertThat(parking.remove(TOPIC, heard).succeeded()).isTrue();
    }

    private static final class Heard implements ParkingLog.Listener {

        private final List<String> kept = new CopyOnWriteArrayList<>();

        @Override
        public void kept(String id, byte[] value) {
            kept.add(id);
        }

        @Override
        public void removed(String id) {
            kept.remove(id);
        }
    }
}
