/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.BackoffPolicy;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real HTTP, and time that the test turns. */
class TimingTest {

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final QueueFixture queue = new QueueFixture();

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

    private void deliver(Delivery delivery, int events) {
        queue.start(QueueFixture.route(subscriber.uri(), delivery));
        queue.accept(Events.numbered("e", events));
    }

    /** Waits until so many requests have been answered and what follows from them has been done. */
    private void awaitAnswered(int requests) {
        org.awaitility.Awaitility.await().until(() -> subscriber.answeredCount() == requests);
        org.awaitility.Awaitility.await().until(() -> queue.stats().requests() == 0);
    }

    /** Nothing is sent just before this time has passed, and one request when it has. */
    private void expectNextAfter(Duration wait, int requests) throws InterruptedException {
        queue.advance(wait.minusMillis(1));
        assertThat(queue.stats().requests())
                .as("requests before %s have passed", wait)
                .isZero();
        queue.advance(Duration.ofMillis(1));
        awaitAnswered(requests);
    }

    @Test
    void waits_grow_exponentially_up_to_the_cap() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));

        // When
        deliver(delivery(6, BackoffPolicy.EXPONENTIAL, "PT60S", "PT60S", null), 1);

        // Then
        awaitAnswered(1);
        expectNextAfter(Duration.ofMinutes(1), 2);
        expectNextAfter(Duration.ofMinutes(2), 3);
        expectNextAfter(Duration.ofMinutes(4), 4);
        expectNextAfter(Duration.ofMinutes(5), 5);
        expectNextAfter(Duration.ofMinutes(5), 6);
        subscriber.answer(Answer.ok());
        expectNextAfter(Duration.ofMinutes(5), 7);
        assertThat(queue.delivered()).isEqualTo(1);
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
                Answer.status(503).withHeader("Retry-After", "Tue, 14 Nov 2023 22:13:40 GMT"),
                Answer.status(500).withHeader("Retry-After", "10"));

        // When
        deliver(delivery(5, BackoffPolicy.LINEAR, "PT1S", "PT60S", null), 1);

        // Then
        awaitAnswered(1);
        expectNextAfter(Duration.ofSeconds(10), 2);
        expectNextAfter(Duration.ofSeconds(10), 3);
        expectNextAfter(Duration.ofSeconds(3), 4);
        assertThat(queue.delivered()).isEqualTo(1);
    }

    @Test
    void the_timeout_is_each_attempts_own() throws InterruptedException {
        // Given
        subscriber.answer(Answer.never());
        deliver(delivery(5, BackoffPolicy.LINEAR, "PT1S", "PT30S", null), 1);
        org.awaitility.Awaitility.await().until(() -> subscriber.inProgress() == 1);

        // When
        queue.advance(Duration.ofMillis(29_999));
        assertThat(queue.stats().requests()).isEqualTo(1);
        queue.advance(Duration.ofMillis(1));

        // Then
        assertThat(queue.stats().requests()).isZero();
        org.awaitility.Awaitility.await().until(() -> subscriber.connections() == 0);
        assertThat(queue.stats().lastFailure().orElseThrow().text())
                .isEqualTo(subscriber.uri() + " did not answer within PT30S");
        subscriber.answer(Answer.ok());
        queue.advance(Duration.ofSeconds(1));
        awaitAnswered(1);
        assertThat(queue.delivered()).isEqualTo(1);
    }

    @Test
    void a_thousand_waits_take_one_timer_no_request_and_no_connection_of_their_own() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));

        // When
        deliver(delivery(5, BackoffPolicy.LINEAR, "PT10S", "PT60S", null), 1000);
        awaitAnswered(1000);

        // Then
        assertThat(queue.timers().most()).isEqualTo(1);
        assertThat(queue.stats().inFlight()).isEqualTo(1000);
        assertThat(subscriber.connections()).isLessThanOrEqualTo(100);
        subscriber.answer(Answer.ok());
        queue.advance(Duration.ofSeconds(10));
        org.awaitility.Awaitility.await().until(() -> queue.delivered() == 1000);
        assertThat(queue.timers().most()).isEqualTo(1);
    }
}
