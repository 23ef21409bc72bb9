/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MeteringTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private double counter(String name, String... tags) {
        return dispatcher
                .registry
                .get(name)
                .tags(Meters.NAMESPACE, "shop", Meters.BROKER, "default", Meters.TRIGGER, "all")
                .tags(tags)
                .functionCounter()
                .count();
    }

    private double gauge(String name) {
        return dispatcher.registry.get(name).tag(Meters.TRIGGER, "all").gauge().value();
    }

    private long attempts(String outcome) {
        return dispatcher
                .registry
                .get(Meters.TRIGGER_ATTEMPT)
                .tags(Meters.TRIGGER, "all", Meters.OUTCOME, outcome)
                .timer()
                .count();
    }

    @Test
    void every_event_and_attempt_shows_in_the_meters() {
        // Given
        try (RecordingSubscriber sink = RecordingSubscriber.start()) {
            subscriber.answerNext(
                    Answer.status(503),
                    Answer.reply(Events.of("r", "x")),
                    Answer.ok().withBody("text/plain", "hi"));
            dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(2), sink.uri())));

            // When
            dispatcher.append(Events.withId("1"));
            dispatcher.awaitEnded("all", End.DELIVERED, 2);
            subscriber.answerNext(Answer.status(400));
            dispatcher.append(Events.withId("2"));
            dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
            dispatcher.verifyNothingLeft();
            subscriber.hold();
            dispatcher.append(Events.withId("3"));
            await().until(() -> subscriber.heldCount() == 1);

            // Then
            assertThat(counter(Meters.TRIGGER_MATCHED)).isEqualTo(4);
            assertThat(counter(Meters.TRIGGER_ENDED, Meters.END, "delivered")).isEqualTo(2);
            assertThat(counter(Meters.TRIGGER_ENDED, Meters.END, "dead-lettered"))
                    .isEqualTo(1);
            assertThat(counter(Meters.TRIGGER_ENDED, Meters.END, "expired")).isZero();
            assertThat(counter(Meters.TRIGGER_ENDED, Meters.END, "discarded")).isZero();
            assertThat(counter(Meters.TRIGGER_RETRIES)).isEqualTo(1);
            assertThat(counter(Meters.TRIGGER_REPLIES)).isEqualTo(1);
            assertThat(counter(Meters.TRIGGER_UNUSABLE_REPLIES)).isEqualTo(1);
            assertThat(gauge(Meters.TRIGGER_IN_FLIGHT)).isEqualTo(1);
            assertThat(gauge(Meters.TRIGGER_REQUESTS)).isEqualTo(1);
            assertThat(attempts("success")).isEqualTo(3);
            assertThat(attempts("unavailable")).isEqualTo(1);
            assertThat(attempts("rejected")).isEqualTo(1);
        }
    }
}
