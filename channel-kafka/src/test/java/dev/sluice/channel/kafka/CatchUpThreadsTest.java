/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.LogBatch;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CatchUpThreadsTest {

    private static final TopicPartition STUCK = new TopicPartition("stuck", 0);
    private static final TopicPartition OTHER = new TopicPartition("other", 0);

    private final CountDownLatch letGo = new CountDownLatch(1);
    private final AtomicInteger made = new AtomicInteger();

    private CatchUpThreads threads = new CatchUpThreads(() -> consumer(asked -> 0L));

    /** At the end of everything it is asked for. */
    private Consumer<byte[], byte[]> consumer(Function<TopicPartition, Long> end) {
        made.incrementAndGet();
        return new MockConsumer<>("none") {
            @Override
            public synchronized Map<TopicPartition, Long> endOffsets(
                    java.util.Collection<TopicPartition> of, Duration timeout) {
                TopicPartition asked = of.iterator().next();
                return Map.of(asked, end.apply(asked));
            }
        };
    }

    @AfterEach
    void close() {
        letGo.countDown();
        Future<Void> closed = threads.close();
        await().until(closed::isComplete);
    }

    private static LogBatch awaitBatch(Future<LogBatch> read) {
        await().atMost(Duration.ofSeconds(30)).until(read::isComplete);
        assertThat(read.cause()).isNull();
        return read.result();
    }

    @Test
    void a_read_that_hangs_holds_up_no_other() {
        // Given
        threads = new CatchUpThreads(() -> consumer(asked -> {
            if (asked.equals(STUCK)) {
                try {
                    letGo.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return 5L;
        }));

        // When
        Future<LogBatch> stuck = threads.take().read(STUCK, 5, 1000);
        Future<LogBatch> other = threads.take().read(OTHER, 5, 1000);

        // Then
        assertThat(awaitBatch(other).next()).isEqualTo(5);
        assertThat(stuck.isComplete()).isFalse();
    }

    @Test
    void an_error_fails_the_read_that_met_it_and_the_next_one_works() {
        // Given
        AtomicInteger asked = new AtomicInteger();
        threads = new CatchUpThreads(() -> consumer(of -> {
            if (asked.getAndIncrement() == 0) {
                throw new NoClassDefFoundError("told to fail");
            }
            return 5L;
        }));
        CatchUpThread thread = threads.take();

        // When
        Future<LogBatch> first = thread.read(OTHER, 5, 1000);

        // Then
        await().until(first::isComplete);
        assertThat(first.cause()).hasMessageContaining("topic other").hasMessageContaining("told to fail");
        assertThat(awaitBatch(thread.read(OTHER, 5, 1000)).next()).isEqualTo(5);
    }

    @Test
    void a_thread_that_was_released_is_taken_again() {
        CatchUpThread first = threads.take();
        CatchUpThread second = threads.take();
        assertThat(second).isNotSameAs(first);

        threads.release(first);

        assertThat(threads.take()).isSameAs(first);
        assertThat(made).as("consumers, none of which was needed").hasValue(0);
    }

    @Test
    void a_read_of_a_thread_that_is_closed_fails() {
        CatchUpThread thread = threads.take();
        Future<Void> closed = threads.close();
        await().until(closed::isComplete);

        Future<LogBatch> read = thread.read(OTHER, 0, 1000);

        await().until(read::isComplete);
        assertThat(read.failed()).isTrue();
    }
}
