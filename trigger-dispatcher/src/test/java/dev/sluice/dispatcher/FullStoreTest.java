/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.only;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Redrive;
import dev.sluice.dispatcher.parking.Selection;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens when there is no room left for what can't be delivered. */
class FullStoreTest {

    private static final int EVENTS = 20;

    /** For a few of the events, and not for all. */
    private static final long CAPACITY = 16 * 1024;

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber rude = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber healthy = RecordingSubscriber.start();

    private final List<String> offered = new ArrayList<>();

    @BeforeEach
    void fill() {
        dispatcher.withStoreOf(CAPACITY);
        rude.answer(Answer.status(400));
        dispatcher.apply(trigger("parks", rude.uri(), delivery()), trigger("healthy", healthy.uri(), delivery()));
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            offered.add("e-" + i);
            events.add(Events.ofSize("e-" + i, 1_000));
        }
        dispatcher.append(events);
        // Each event comes to both triggers in the same turn, so by then the other one has been offered them all.
        dispatcher.awaitEnded("healthy", End.DELIVERED, EVENTS);
        awaitHold();
    }

    private void awaitHold() {
        await().untilAsserted(() -> assertThat(dispatcher.stats("parks").hold())
                .hasValueSatisfying(hold -> assertThat(hold.reason()).isEqualTo(HoldReason.DEAD_LETTER_STORE_FULL)));
    }

    private void awaitNoHold() {
        await().untilAsserted(() -> assertThat(dispatcher.stats("parks").hold()).isEmpty());
    }

    private double blocked() {
        return dispatcher
                .registry
                .get(Meters.TRIGGER_PARKING_BLOCKED)
                .tag(Meters.TRIGGER, "parks")
                .gauge()
                .value();
    }

    private List<String> parkedIds() {
        return dispatcher.parked().stream()
                .map(parked -> parked.event().getId())
                .toList();
    }

    @Test
    void a_trigger_that_would_park_pauses_and_its_events_stay_in_the_channel() {
        // Then: the store was filled before
        int parked = dispatcher.parked().size();
        TriggerStats stats = dispatcher.stats("parks");
        assertThat(parked).isBetween(1, EVENTS - 2);
        assertThat(stats.ended().get(End.PARKED)).isEqualTo(parked);
        assertThat(stats.requests()).isZero();
        assertThat(stats.parkingBlocked()).isEqualTo(1);
        assertThat(blocked()).isEqualTo(1);
        assertThat(stats.inFlight()).isEqualTo(EVENTS - parked);
        assertThat(dispatcher.channel().kept()).isEqualTo(EVENTS - parked);
        assertThat(rude.ids()).as("begun").isEqualTo(offered.subList(0, parked + 1));
        dispatcher.verifyConservation();
    }

    @Test
    void a_discard_makes_room_and_the_trigger_goes_on() {
        // Given
        ParkedEvent oldest = dispatcher.parked().get(0);
        int parked = dispatcher.parked().size();
        rude.reset();

        // When
        dispatcher.dispatcher().deadLetters().discard(only(List.of(oldest)));

        // Then
        awaitNoHold();
        dispatcher.awaitEnded("parks", End.DELIVERED, EVENTS - parked - 1);
        dispatcher.verifyNothingLeft();
        assertThat(parkedIds()).isEqualTo(offered.subList(1, parked + 1));
        assertThat(rude.ids()).isEqualTo(offered.subList(parked + 1, EVENTS));
        assertThat(blocked()).isZero();
    }

    @Test
    void a_redrive_goes_past_the_pause_and_ends_it() {
        // Given
        int parked = dispatcher.parked().size();
        rude.reset();

        // When
        Redrive.Progress progress = dispatcher.redrive(Selection.everything());

        // Then
        assertThat(progress.delivered()).isEqualTo(parked);
        awaitNoHold();
        dispatcher.awaitEnded("parks", End.DELIVERED, EVENTS - 1);
        dispatcher.verifyNothingLeft();
        assertThat(parkedIds()).as("what found no room before").containsExactly(offered.get(parked));
        assertThat(rude.ids()).hasSize(EVENTS - 1).doesNotHaveDuplicates().doesNotContain(offered.get(parked));
    }

    @Test
    void a_redrive_that_fails_leaves_everything_where_it_was() {
        // Given
        List<String> before = parkedIds();

        // When
        Redrive.Progress progress = dispatcher.redrive(Selection.everything());

        // Then
        assertThat(progress.failed()).isEqualTo(before.size());
        assertThat(parkedIds()).isEqualTo(before);
        awaitHold();
        assertThat(blocked()).isEqualTo(1);
        assertThat(dispatcher.channel().kept()).isEqualTo(EVENTS - before.size());
        dispatcher.verifyConservation();
    }

    @Test
    void a_subscriber_that_stays_rude_fills_the_room_and_its_trigger_pauses_again() {
        // Given
        int parked = dispatcher.parked().size();

        // When
        long discarded = dispatcher.dispatcher().deadLetters().discard(Selection.everything());

        // Then
        assertThat(discarded).isEqualTo(parked);
        await().untilAsserted(() ->
                assertThat(parkedIds()).isEqualTo(offered.subList(parked, Math.min(2 * parked, EVENTS))));
        awaitHold();
        assertThat(dispatcher.ended("parks", End.DISCARDED)).isEqualTo(parked);
        assertThat(rude.ids()).doesNotHaveDuplicates();
        dispatcher.verifyConservation();
    }
}
