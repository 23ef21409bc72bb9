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
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static dev.sluice.dispatcher.DispatcherFixture.withUid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.micrometer.core.instrument.FunctionCounter;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChangesTest {

    private static final Duration HOURS = Duration.ofHours(5);

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber broken = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber mended = RecordingSubscriber.start();

    @Test
    void a_mended_url_heals_what_waits_for_a_retry() {
        // Given
        broken.answer(Answer.status(503));
        dispatcher.apply(trigger("all", broken.uri(), waiting()));
        dispatcher.append(Events.numbered("e", 50));
        await().until(() -> broken.count() == 50 && dispatcher.stats("all").requests() == 0);

        // When
        dispatcher.apply(trigger("all", mended.uri(), waiting()));

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 50);
        assertThat(mended.count()).isEqualTo(50);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void what_was_waiting_comes_within_the_limit_of_requests() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(4));
        broken.answer(Answer.status(503));
        dispatcher.apply(trigger("all", broken.uri(), waiting()));
        dispatcher.append(Events.numbered("e", 40));
        await().until(() -> broken.count() == 40 && dispatcher.stats("all").requests() == 0);

        // When
        dispatcher.apply(trigger("all", mended.uri(), waiting()));

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 40);
        assertThat(mended.mostInProgress()).isLessThanOrEqualTo(4);
    }

    @Test
    void a_dead_letter_sink_that_is_added_later_takes_what_fails_for_good_then() {
        // Given
        broken.answerNext(Answer.status(503));
        broken.answer(Answer.status(400));
        dispatcher.apply(trigger("all", broken.uri(), waiting()));
        dispatcher.append(Events.MINIMAL);
        await().until(() -> broken.count() == 1 && dispatcher.stats("all").requests() == 0);

        // When
        dispatcher.apply(trigger("all", broken.uri(), withSink(waiting(), mended.uri())));

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(mended.count()).isEqualTo(1);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void without_its_dead_letter_sink_an_event_goes_back_to_its_subscriber() {
        // Given
        broken.answerNext(Answer.status(400));
        mended.answer(Answer.status(503));
        dispatcher.apply(trigger("all", broken.uri(), withSink(waiting(), mended.uri())));
        dispatcher.append(Events.MINIMAL);
        await().until(() -> mended.count() == 1 && dispatcher.stats("all").requests() == 0);

        // When
        dispatcher.apply(trigger("all", broken.uri(), waiting()));

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(broken.count()).isEqualTo(2);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void what_runs_ends_as_it_began() {
        // Given
        broken.hold();
        dispatcher.apply(trigger("all", broken.uri(), delivery()));
        dispatcher.append(Events.MINIMAL);
        await().until(() -> broken.heldCount() == 1);

        // When
        dispatcher.apply(trigger("all", mended.uri(), delivery()));
        broken.release();

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(mended.count()).isZero();
        await().until(() -> broken.connections() == 0);
    }

    @Test
    void a_filter_counts_for_what_is_scanned_after_it_and_matched_events_keep_their_match() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(1));
        mended.hold();
        TriggerRoute all = trigger("all", mended.uri(), delivery());
        dispatcher.apply(all);
        dispatcher.append(Events.of("1", "old"), Events.of("2", "old"));
        await().until(() -> mended.heldCount() == 1);

        // When
        dispatcher.apply(withFilter(all, new Filter.Exact(Map.of("type", "new"))));
        dispatcher.append(Events.of("3", "old"), Events.of("4", "new"));
        mended.release();

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 3);
        assertThat(mended.ids()).containsExactly("1", "2", "4");
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_trigger_sees_nothing_that_was_scanned_before_it_came() {
        // Given
        dispatcher.apply(trigger("first", mended.uri("/first"), delivery()));
        dispatcher.append(Events.withId("before"));
        dispatcher.awaitEnded("first", End.DELIVERED, 1);

        // When
        dispatcher.apply(trigger("second", mended.uri("/second"), delivery()));
        dispatcher.append(Events.withId("after"));

        // Then
        dispatcher.awaitEnded("second", End.DELIVERED, 1);
        dispatcher.verifyNothingLeft();
        assertThat(mended.requests())
                .filteredOn(request -> request.uri().equals("/second"))
                .extracting(request -> request.eventId())
                .containsExactly("after");
    }

    @Test
    void every_event_after_a_table_is_in_force_is_matched_against_it() {
        for (int i = 0; i < 30; i++) {
            // Given
            dispatcher.apply(trigger("t" + i, mended.uri("/" + i), delivery()));

            // When
            dispatcher.append(Events.withId("e" + i));
        }

        // Then
        for (int i = 0; i < 30; i++) {
            dispatcher.awaitEnded("t" + i, End.DELIVERED, 30 - i);
        }
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_deleted_trigger_discards_its_backlog_and_gives_everything_back() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(3));
        broken.answer(Answer.status(503));
        dispatcher.apply(trigger("gone", broken.uri(), waiting()), trigger("stays", mended.uri(), delivery()));
        dispatcher.append(Events.numbered("waits", 10));
        await().until(() -> broken.count() == 10);
        broken.hold();
        dispatcher.append(Events.numbered("more", 100));
        await().until(() -> broken.heldCount() == 3);
        dispatcher.awaitEnded("stays", End.DELIVERED, 110);
        assertThat(counter("gone", Meters.TRIGGER_MATCHED, Map.of()).count()).isEqualTo(110);
        FunctionCounter discarded = counter("gone", Meters.TRIGGER_ENDED, Map.of(Meters.END, End.DISCARDED.label()));

        // When
        dispatcher.delete("gone");

        // Then
        await().untilAsserted(() -> assertThat(discarded.count()).isEqualTo(107));
        await().until(() -> dispatcher.channel().kept() == 3);
        broken.answerNext(Answer.ok());
        broken.answer(Answer.status(503)).release();
        dispatcher.verifyNothingLeft();
        assertThat(dispatcher
                        .registry
                        .find(Meters.TRIGGER_MATCHED)
                        .tag(Meters.TRIGGER, "gone")
                        .meters())
                .isEmpty();
        assertThat(dispatcher
                        .registry
                        .find(Meters.TRIGGER_MATCHED)
                        .tag(Meters.TRIGGER, "stays")
                        .meters())
                .hasSize(1);
    }

    private FunctionCounter counter(String trigger, String name, Map<String, String> tags) {
        var search = dispatcher.registry.get(name).tag(Meters.TRIGGER, trigger);
        tags.forEach(search::tag);
        return search.functionCounter();
    }

    @Test
    void another_uid_under_the_same_name_is_another_trigger() {
        // Given
        broken.answer(Answer.status(503));
        TriggerRoute first = trigger("all", broken.uri(), waiting());
        dispatcher.apply(first);
        dispatcher.append(Events.withId("before"));
        await().until(() -> broken.count() == 1);

        // When
        dispatcher.apply(withUid(trigger("all", mended.uri(), delivery()), "another-uid"));
        dispatcher.append(Events.withId("after"));

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(mended.ids()).containsExactly("after");
        assertThat(dispatcher.stats("all").uid()).isEqualTo("another-uid");
        assertThat(counter("all", Meters.TRIGGER_MATCHED, Map.of()).count()).isEqualTo(1);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void a_deleted_broker_gives_everything_back_and_can_come_again() {
        // Given
        broken.answer(Answer.status(503));
        TriggerRoute all = trigger("all", broken.uri(), waiting());
        dispatcher.apply(all);
        dispatcher.append(Events.numbered("e", 20));
        await().until(() -> broken.count() == 20);

        // When
        dispatcher.deleteBroker();

        // Then
        await().until(() -> dispatcher.channel().kept() == 0);
        assertThat(dispatcher.registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsExactlyInAnyOrder(
                        Meters.LEDGER_CHECKS, Meters.DISPATCH_MEMORY, Meters.DISPATCH_MEMORY_CAPACITY);
        dispatcher.apply(trigger("all", mended.uri(), delivery()));
        dispatcher.append(Events.withId("again"));
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(mended.ids()).containsExactly("again");
    }

    @Test
    void a_broker_without_a_channel_keeps_what_it_has_and_reads_on_when_the_channel_is_back() {
        // Given
        mended.hold();
        dispatcher.apply(trigger("all", mended.uri(), delivery()));
        dispatcher.append(Events.withId("held"));
        await().until(() -> mended.heldCount() == 1);

        // When
        get(dispatcher.dispatcher().apply(dispatcher.table(), Map.of()));
        dispatcher.append(Events.withId("meanwhile"));
        mended.release();
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        dispatcher.apply();

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 2);
        assertThat(mended.ids()).containsExactly("held", "meanwhile");
        dispatcher.verifyNothingLeft();
    }
}
