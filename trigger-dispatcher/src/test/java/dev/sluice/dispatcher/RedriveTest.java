/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.PAUSED;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.waiting;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.parking.DeadLetterStore.FrozenException;
import dev.sluice.dispatcher.parking.DeadLetters;
import dev.sluice.dispatcher.parking.Redrive;
import dev.sluice.dispatcher.parking.Selection;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedriveTest {

    private static final int PARKED = 30;

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private TriggerRoute route(boolean paused) {
        TriggerRoute of = trigger("all", subscriber.uri(), delivery(0));
        return paused ? withPacing(of, PAUSED) : of;
    }

    private void park() {
        subscriber.answer(Answer.status(400));
        dispatcher.apply(route(false));
        dispatcher.append(Events.numbered("e", PARKED));
        dispatcher.awaitEnded("all", End.PARKED, PARKED);
        subscriber.answer(Answer.ok());
    }

    private Redrive begin() {
        return dispatcher
                .dispatcher()
                .deadLetters()
                .redrive(Selection.everything(), 0, false)
                .orElseThrow(() -> new AssertionError("too many redrives"));
    }

    @Test
    void redrives_to_a_paused_trigger_can_be_stopped_and_keep_no_other_from_beginning() {
        // Given
        park();
        dispatcher.apply(route(true));
        List<Redrive> begun = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            begun.add(begin());
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> begun.stream()
                                .mapToLong(redrive -> redrive.progress().sending())
                                .sum()
                        == PARKED);

        // When
        begun.forEach(Redrive::stop);

        // Then
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        begun.stream().allMatch(redrive -> redrive.progress().state() != Redrive.State.RUNNING));
        assertThat(begun.stream()
                        .mapToLong(redrive -> redrive.progress().putBack())
                        .sum())
                .isEqualTo(PARKED);
        assertThat(dispatcher.parked()).hasSize(PARKED);
        dispatcher.apply(route(false));
        assertThat(dispatcher.redrive(Selection.everything()).delivered()).isEqualTo(PARKED);
        assertThat(dispatcher.parked()).isEmpty();
        dispatcher.verifyNothingLeft();
        assertThat(get(dispatcher.dispatcher().checkLedger())).isZero();
    }

    @Test
    void a_hundred_events_of_a_redrive_are_under_way_at_a_time_and_no_more() {
        // Given
        subscriber.answer(Answer.status(400));
        TriggerRoute wide = withPacing(
                trigger("all", subscriber.uri(), delivery(0)),
                new Pacing(OptionalInt.of(1_000), Optional.empty(), false, false));
        dispatcher.apply(wide);
        dispatcher.append(Events.numbered("e", Redrive.WINDOW + PARKED));
        dispatcher.awaitEnded("all", End.PARKED, Redrive.WINDOW + PARKED);
        subscriber.reset();
        subscriber.hold();

        // When
        Redrive redrive = begin();

        // Then
        await().until(() -> subscriber.heldCount() == Redrive.WINDOW);
        await().until(() -> redrive.progress().sending() == Redrive.WINDOW);
        assertThat(redrive.progress().remaining()).isEqualTo(PARKED);
        subscriber.release();
        await().until(() -> redrive.progress().state() == Redrive.State.DONE);
        assertThat(redrive.progress().delivered()).isEqualTo(Redrive.WINDOW + PARKED);
        assertThat(subscriber.mostInProgress()).isEqualTo(Redrive.WINDOW);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_redrive_begins_no_more_in_a_second_than_it_may() {
        // Given
        park();
        long before = subscriber.count();

        // When
        long began = System.nanoTime();
        Redrive redrive = dispatcher
                .dispatcher()
                .deadLetters()
                .redrive(Selection.everything(), 50, false)
                .orElseThrow(() -> new AssertionError("too many redrives"));
        await().atMost(Duration.ofSeconds(60)).until(() -> redrive.progress().state() == Redrive.State.DONE);

        // Then: a request may seem late on a busy machine, and never early
        assertThat(redrive.progress().delivered()).isEqualTo(PARKED);
        List<Received> again = subscriber.requests().stream().skip(before).toList();
        assertThat(again).hasSize(PARKED);
        for (int sent = 2; sent <= PARKED; sent++) {
            assertThat(Duration.ofNanos(again.get(sent - 1).arrivedNanos() - began))
                    .as("until event %d", sent)
                    .isGreaterThan(Duration.ofMillis(20L * (sent - 2)));
        }
    }

    @Test
    void what_is_being_sent_when_a_redrive_is_stopped_does_not_keep_it_with_its_retries() {
        // Given
        park();
        subscriber.answer(Answer.status(503));
        subscriber.hold();
        dispatcher.apply(withPacing(
                trigger("all", subscriber.uri(), waiting()),
                new Pacing(OptionalInt.of(10), Optional.empty(), false, false)));
        Redrive redrive = begin();
        await().until(() -> subscriber.heldCount() == 10);
        redrive.stop();
        await().until(() -> redrive.progress().putBack() == PARKED - 10);

        // When
        subscriber.release();

        // Then
        await().until(() -> redrive.progress().state() != Redrive.State.RUNNING);
        assertThat(redrive.progress().putBack()).isEqualTo(PARKED);
        assertThat(dispatcher.parked()).hasSize(PARKED);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void nothing_is_redriven_or_discarded_once_it_is_being_written_down() {
        // Given
        park();
        DeadLetters deadLetters = dispatcher.dispatcher().deadLetters();

        // When
        get(dispatcher.dispatcher().spool(Duration.ofSeconds(10)));

        // Then
        assertThatThrownBy(() -> deadLetters.discard(Selection.everything())).isInstanceOf(FrozenException.class);
        assertThatThrownBy(() -> deadLetters.redrive(Selection.everything(), 0, false))
                .isInstanceOf(FrozenException.class);
        assertThat(dispatcher.parked()).hasSize(PARKED);
    }
}
