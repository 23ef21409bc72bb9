/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withBackoffMax;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static dev.sluice.dispatcher.DispatcherFixture.withTimeout;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.ledger.End;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IsolationTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber slow = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber healthy = RecordingSubscriber.start();

    @Test
    void a_hanging_subscriber_delays_nobody_else() {
        // Given
        slow.hold();
        dispatcher.apply(trigger("slow", slow.uri(), delivery()), trigger("healthy", healthy.uri(), delivery()));

        // When
        dispatcher.append(Events.numbered("e", 1000));

        // Then
        dispatcher.awaitEnded("healthy", End.DELIVERED, 1000);
        assertThat(dispatcher.ended("slow", End.DELIVERED)).isZero();
        assertThat(dispatcher.channel().kept()).isEqualTo(1000);
        slow.release();
        dispatcher.awaitEnded("slow", End.DELIVERED, 1000);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void hanging_triggers_hold_no_connection_that_another_trigger_of_the_same_host_waits_for() {
        // Given
        slow.answerBy(request -> request.uri().startsWith("/hang") ? Answer.never() : Answer.ok());
        for (int i = 0; i < 12; i++) {
            dispatcher.apply(trigger("hang" + i, slow.uri("/hang" + i), delivery()));
        }
        dispatcher.apply(trigger("healthy", slow.uri("/healthy"), delivery()));

        // When
        dispatcher.append(Events.numbered("e", 200));

        // Then
        dispatcher.awaitEnded("healthy", End.DELIVERED, 200);
        for (int i = 0; i < 12; i++) {
            dispatcher.delete("hang" + i);
        }
    }

    @Test
    void a_storm_of_failures_delays_nobody_else() {
        // Given
        slow.answer(Answer.status(500));
        dispatcher.apply(
                trigger("failing", slow.uri(), withBackoffMax(delivery(1_000_000), Duration.ofMillis(100))),
                trigger("healthy", healthy.uri(), delivery()));

        // When
        dispatcher.append(Events.numbered("e", 1000));

        // Then
        dispatcher.awaitEnded("healthy", End.DELIVERED, 1000);
        dispatcher.verifyConservation();
        slow.answer(Answer.ok());
        dispatcher.awaitEnded("failing", End.DELIVERED, 1000);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void new_events_get_their_turn_among_retries() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(1));
        slow.answerBy(request -> request.requireEvent().getId().startsWith("bad") ? Answer.status(500) : Answer.ok());
        dispatcher.apply(trigger("all", slow.uri(), withBackoffMax(delivery(1_000_000), Duration.ofMillis(1))));
        dispatcher.append(Events.numbered("bad", 50));

        // When
        dispatcher.append(Events.numbered("good", 50));

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 50);
        dispatcher.delete("all");
    }

    @Test
    void changes_under_load_and_faults_of_every_kind_lose_nothing_and_end_everything_once() {
        // Given
        long seed = 20_260_228;
        Random random = new Random(seed);
        Ledger ledger = new Ledger().expecting("all");
        List<Answer> faults = List.of(
                Answer.ok(),
                Answer.ok(),
                Answer.ok(),
                Answer.status(500),
                Answer.status(400),
                Answer.reset(),
                Answer.closeMidway(),
                Answer.never(),
                Answer.raw("nonsense\r\n\r\n"),
                Answer.ok().withHeader("ce-specversion", "1.0"));
        slow.onRequest(request -> {});
        slow.answerBy(request -> {
            Answer answer;
            synchronized (random) {
                answer = faults.get(random.nextInt(faults.size()));
            }
            if (answer.equals(Answer.ok())) {
                ledger.delivered("all", request.eventId());
            }
            return answer;
        });
        healthy.onRequest(request -> ledger.delivered("all", request.eventId()));
        var patient = withTimeout(withBackoffMax(delivery(3), Duration.ofMillis(50)), Duration.ofMillis(300));

        // When
        List<CloudEvent> events = Events.numbered("e", 3000);
        for (int i = 0; i < 30; i++) {
            dispatcher.apply(
                    i % 2 == 0
                            ? trigger("all", slow.uri("/" + i), patient)
                            : trigger("all", slow.uri(), withSink(patient, healthy.uri("/dead" + i))));
            List<CloudEvent> part = new ArrayList<>(events.subList(i * 100, i * 100 + 100));
            part.forEach(event -> {
                ledger.offered(event.getId());
                ledger.accepted(event.getId());
            });
            dispatcher.append(part);
            dispatcher.verifyConservation();
        }
        slow.answerBy(request -> {
            ledger.delivered("all", request.eventId());
            return Answer.ok();
        });

        // Then
        dispatcher.verifyNothingLeft();
        var stats = dispatcher.stats("all");
        assertThat(stats.matched()).as("seed %d", seed).isEqualTo(3000);
        List<ParkedEvent> parked = dispatcher.parked();
        assertThat(parked).as("seed %d", seed).isNotEmpty().hasSize((int)
                (long) stats.ended().get(End.PARKED));
        assertThat(stats.ended().get(End.DELIVERED) + stats.ended().get(End.DEAD_LETTERED) + parked.size())
                .as("seed %d", seed)
                .isEqualTo(3000);
        parked.forEach(each -> ledger.delivered("all", each.event().getId()));
        ledger.verify().assertNothingLost();
    }
}
