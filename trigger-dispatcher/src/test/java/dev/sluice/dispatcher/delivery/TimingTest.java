/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.BackoffPolicy;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.send.DestinationGuard;
import dev.sluice.dispatcher.send.Targets;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real HTTP, and time that the test turns. */
class TimingTest {

    private static final ResourceName BROKER = new ResourceName("shop", "default");

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final Vertx vertx = Vertx.vertx();
    private ManualTimers timers;
    private Context context;
    private TriggerQueue queue;

    private record Kept(CloudEvent event) implements ChannelRecord {
        @Override
        public int partition() {
            return 0;
        }

        @Override
        public long offset() {
            return 0;
        }

        @Override
        public void charge(long bytes) {}

        @Override
        public void release() {}
    }

    @BeforeEach
    void context() {
        context = vertx.getOrCreateContext();
        timers = new ManualTimers(context);
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    private static Delivery delivery(
            int retry, BackoffPolicy policy, String delay, String timeout, @Nullable String retryAfterMax) {
        return new Delivery(
                retry,
                policy,
                Duration.parse(delay),
                Duration.ofMinutes(5),
                Duration.parse(timeout),
                Optional.ofNullable(retryAfterMax).map(Duration::parse),
                Optional.empty(),
                Format.BINARY);
    }

    private TriggerRoute route(Delivery delivery) {
        return new TriggerRoute(
                new ResourceName("shop", "all"),
                "uid",
                1,
                new Filter.Everything(),
                Destination.of(subscriber.uri()),
                delivery,
                TriggerRoute.ReplyPolicy.DEFAULT);
    }

    private void deliver(Delivery delivery, int events) {
        queue = new TriggerQueue(
                new TriggerQueue.Setup(
                        BROKER,
                        timers,
                        new Targets(
                                vertx, new DestinationGuard(List.of(), List.of()), Duration.ofSeconds(5), 1000, 100),
                        new ReplyAppender((reply, settled) -> Future.succeededFuture(), 255),
                        100,
                        new SimpleMeterRegistry()),
                route(delivery));
        context.runOnContext(turn -> Events.numbered("e", events)
                .forEach(event -> queue.accept(new HeldEvent(new Kept(event), 1, () -> {}))));
    }

    /** Waits until so many requests have been answered and what follows from them has been done. */
    private void awaitAnswered(int requests) {
        org.awaitility.Awaitility.await().until(() -> subscriber.answeredCount() == requests);
        org.awaitility.Awaitility.await().until(() -> queue.stats().requests() == 0);
    }

    /** Nothing is sent just before this time has passed, and one request when it has. */
    private void expectNextAfter(Duration wait, int requests) throws InterruptedException {
        timers.advance(wait.minusMillis(1));
        assertThat(queue.stats().requests())
                .as("requests before %s have passed", wait)
                .isZero();
        timers.advance(Duration.ofMillis(1));
        awaitAnswered(requests);
    }

    @Test
    void waits_grow_exponentially_and_then_stay_at_the_cap_for_ever() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));

        // When
        deliver(delivery(4, BackoffPolicy.EXPONENTIAL, "PT0.2S", "PT60S", null), 1);

        // Then
        awaitAnswered(1);
        expectNextAfter(Duration.ofMillis(200), 2);
        expectNextAfter(Duration.ofMillis(400), 3);
        expectNextAfter(Duration.ofMillis(800), 4);
        expectNextAfter(Duration.ofMillis(1600), 5);
        expectNextAfter(Duration.ofMinutes(5), 6);
        expectNextAfter(Duration.ofMinutes(5), 7);
        subscriber.answer(Answer.ok());
        expectNextAfter(Duration.ofMinutes(5), 8);
        assertThat(queue.stats().ended().get(End.DELIVERED)).isEqualTo(1);
    }

    @Test
    void waits_grow_linearly() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));

        // When
        deliver(delivery(3, BackoffPolicy.LINEAR, "PT1S", "PT60S", null), 1);

        // Then
        awaitAnswered(1);
        expectNextAfter(Duration.ofSeconds(1), 2);
        expectNextAfter(Duration.ofSeconds(2), 3);
        expectNextAfter(Duration.ofSeconds(3), 4);
    }

    @Test
    void honours_retry_after_on_429_and_503_alone() throws InterruptedException {
        // Given
        subscriber.answerNext(
                Answer.status(429).withHeader("Retry-After", "10"),
                Answer.status(503).withHeader("Retry-After", "Tue, 14 Nov 2023 22:13:30 GMT"),
                Answer.status(500).withHeader("Retry-After", "10"));

        // When
        deliver(delivery(5, BackoffPolicy.LINEAR, "PT1S", "PT60S", null), 1);

        // Then
        awaitAnswered(1);
        expectNextAfter(Duration.ofSeconds(10), 2);
        expectNextAfter(Duration.ofSeconds(10), 3);
        expectNextAfter(Duration.ofSeconds(3), 4);
        assertThat(queue.stats().ended().get(End.DELIVERED)).isEqualTo(1);
    }

    @Test
    void the_timeout_is_each_attempts_own() throws InterruptedException {
        // Given
        subscriber.answer(Answer.never());
        deliver(delivery(5, BackoffPolicy.LINEAR, "PT1S", "PT30S", null), 1);
        org.awaitility.Awaitility.await().until(() -> subscriber.inProgress() == 1);

        // When
        timers.advance(Duration.ofMillis(29_999));
        assertThat(queue.stats().requests()).isEqualTo(1);
        timers.advance(Duration.ofMillis(1));

        // Then
        assertThat(queue.stats().requests()).isZero();
        org.awaitility.Awaitility.await().until(() -> subscriber.connections() == 0);
        assertThat(queue.stats().lastFailure().orElseThrow().text())
                .isEqualTo(subscriber.uri() + " did not answer within PT30S");
        subscriber.answer(Answer.ok());
        timers.advance(Duration.ofSeconds(1));
        awaitAnswered(1);
        assertThat(queue.stats().ended().get(End.DELIVERED)).isEqualTo(1);
    }

    @Test
    void a_thousand_waits_take_one_timer_no_request_and_no_connection_of_their_own() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));

        // When
        deliver(delivery(5, BackoffPolicy.LINEAR, "PT10S", "PT60S", null), 1000);
        awaitAnswered(1000);

        // Then
        assertThat(timers.most()).isEqualTo(1);
        assertThat(queue.stats().inFlight()).isEqualTo(1000);
        assertThat(subscriber.connections()).isLessThanOrEqualTo(100);
        subscriber.answer(Answer.ok());
        timers.advance(Duration.ofSeconds(10));
        org.awaitility.Awaitility.await().until(() -> queue.stats().ended().get(End.DELIVERED) == 1000);
        assertThat(timers.most()).isEqualTo(1);
    }
}
