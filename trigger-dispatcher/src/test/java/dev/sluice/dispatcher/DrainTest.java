/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.waiting;
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DrainTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @Test
    void is_done_at_once_when_there_is_nothing_to_do() {
        // When
        Drained drained = get(dispatcher.dispatcher().drain(Duration.ofMinutes(1)));

        // Then
        assertThat(drained.complete()).isTrue();
    }

    @Test
    void waits_for_what_is_in_flight_its_retries_and_its_replies() {
        // Given
        subscriber.failNext(1, 503);
        subscriber.answerNext(Answer.reply(Events.of("r", "reply")));
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));
        dispatcher.append(Events.MINIMAL);

        // When
        Drained drained = get(dispatcher.dispatcher().drain(Duration.ofMinutes(1)));

        // Then
        assertThat(drained.complete()).isTrue();
        assertThat(dispatcher.ended("all", End.DELIVERED)).isEqualTo(2);
    }

    @Test
    void gives_up_when_the_time_is_over_and_says_what_is_left() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(2));
        subscriber.hold();
        dispatcher.apply(
                trigger("hangs", subscriber.uri(), delivery()),
                withFilter(trigger("idle", subscriber.uri(), delivery()), new Filter.Exact(Map.of("type", "none"))));
        dispatcher.append(Events.numbered("e", 7));
        await().until(() -> subscriber.heldCount() == 2);

        // When
        Drained drained = get(dispatcher.dispatcher().drain(Duration.ofMillis(200)));

        // Then
        assertThat(drained.undelivered()).isEqualTo(Map.of(new ResourceName("shop", "hangs"), 7L));
        assertThat(drained.complete()).isFalse();
    }

    @Test
    void does_not_wait_for_what_waits_longer_than_there_is_time() {
        // Given
        subscriber.answer(Answer.status(503));
        dispatcher.apply(trigger("kept", subscriber.uri(), waiting()));
        dispatcher.append(Events.MINIMAL);
        await().until(() -> subscriber.answeredCount() == 1);

        // When
        Drained drained = get(dispatcher.dispatcher().drain(Duration.ofMinutes(10)));

        // Then
        assertThat(drained.undelivered()).isEqualTo(Map.of(new ResourceName("shop", "kept"), 1L));
    }

    @Test
    void closing_breaks_off_what_runs_and_gives_nothing_back_to_the_channel() {
        // Given
        subscriber.hold();
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));
        dispatcher.append(Events.numbered("e", 5));
        await().until(() -> subscriber.heldCount() == 5);

        // When
        Future<Void> closed = dispatcher.dispatcher().close();

        // Then
        get(closed);
        await().until(() -> subscriber.connections() == 0);
        assertThat(dispatcher.channel().kept()).isEqualTo(5);
        assertThat(dispatcher.registry.getMeters()).isEmpty();
        get(dispatcher.dispatcher().close());
    }
}
