/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.ledger.End;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What throws on the way of an event, which would be a defect of ours, is no way for the event to be lost. */
class DefectTest {

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final QueueFixture queue = new QueueFixture();

    private final AtomicBoolean broken = new AtomicBoolean();

    /** An event of which the next look at it fails once it is broken. */
    private CloudEvent breakable(CloudEvent event) {
        return (CloudEvent) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {CloudEvent.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("getId") && broken.compareAndSet(true, false)) {
                        throw new IllegalStateException("broken");
                    }
                    try {
                        return method.invoke(event, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void an_answer_that_cannot_be_understood_is_a_failed_delivery() {
        // Given: stamping the reply asks the original for its loop count.
        subscriber.answerBy(request -> {
            broken.set(true);
            return Answer.reply(Events.of("r1", "answer"));
        });
        queue.start(QueueFixture.route(subscriber.uri(), QueueFixture.delivery(0)));

        // When
        queue.accept(List.of(breakable(Events.of("1", "request"))));

        // Then
        await().until(() -> queue.ended(End.PARKED) == 1);
        assertThat(queue.stats().lastFailure().orElseThrow().text()).contains("could not be understood", "broken");
        assertNothingIsMissing();
    }

    @Test
    void a_dead_letter_that_cannot_be_made_is_parked() {
        // Given
        subscriber.answerBy(request -> {
            broken.set(true);
            return Answer.status(400);
        });
        queue.start(QueueFixture.route(
                subscriber.uri(), QueueFixture.withSink(QueueFixture.delivery(0), subscriber.uri())));

        // When
        queue.accept(List.of(breakable(Events.of("1", "request"))));

        // Then
        await().until(() -> queue.ended(End.PARKED) == 1);
        assertThat(subscriber.count()).isEqualTo(1);
        assertNothingIsMissing();
    }

    private void assertNothingIsMissing() {
        assertThat(queue.queue().inFlight()).isZero();
        assertThat(queue.queue().ledgerDifference()).isZero();
    }
}
