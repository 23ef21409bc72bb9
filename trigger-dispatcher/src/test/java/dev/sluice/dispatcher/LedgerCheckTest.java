/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.only;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.waiting;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Selection;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

class LedgerCheckTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final Logger logger = (Logger) LoggerFactory.getLogger(LedgerCheck.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(logged);
    }

    private double shown() {
        return dispatcher
                .registry
                .get(Meters.LEDGER_DIFFERENCE)
                .tags(Meters.NAMESPACE, "shop", Meters.BROKER, "default")
                .gauge()
                .value();
    }

    private void assertBalanced(String after) {
        assertThat(get(dispatcher.dispatcher().checkLedger()))
                .as("difference after %s: %s", after, dispatcher.dispatcher().stats())
                .isZero();
        assertThat(shown()).as("meter after %s", after).isZero();
    }

    @Test
    void an_event_that_is_lost_shows_as_a_difference_and_is_logged_once() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(1));
        dispatcher.channel().breakDelivery("lost");
        subscriber.hold();
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));
        dispatcher.append(Events.withId("1"), Events.withId("lost"), Events.withId("2"));
        await().until(() -> subscriber.heldCount() == 1);
        assertBalanced("nothing was lost yet");

        // When
        subscriber.release();
        await().until(() -> get(dispatcher.dispatcher().checkLedger()) != 0);

        // Then
        dispatcher.append(Events.withId("3"));
        dispatcher.awaitEnded("all", End.DELIVERED, 3);
        assertThat(get(dispatcher.dispatcher().checkLedger())).isEqualTo(1);
        assertThat(shown()).isEqualTo(1);
        assertThat(subscriber.ids()).containsExactly("1", "2", "3");
        assertThat(logged.list).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.ERROR);
            assertThat(line.getMessage()).contains("the ledger does not balance");
            assertThat(line.getKeyValuePairs())
                    .anySatisfy(pair -> assertThat(pair).hasToString("trigger=\"shop/all\""))
                    .anySatisfy(pair -> assertThat(pair).hasToString("difference=\"1\""));
        });
    }

    @Test
    void an_event_that_is_lost_between_its_match_and_its_triggers_shows_as_a_difference_of_each() {
        // Given
        dispatcher.channel().breakHandOver("lost");
        dispatcher.apply(trigger("a", subscriber.uri(), delivery()), trigger("b", subscriber.uri(), delivery()));

        // When
        dispatcher.append(Events.withId("lost"));
        dispatcher.append(Events.withId("1"));
        dispatcher.awaitEnded("a", End.DELIVERED, 1);
        dispatcher.awaitEnded("b", End.DELIVERED, 1);

        // Then
        assertThat(get(dispatcher.dispatcher().checkLedger())).isEqualTo(2);
        assertThat(dispatcher.stats("a").matched()).isEqualTo(2);
    }

    @Test
    void the_difference_of_a_trigger_stays_when_the_trigger_is_gone() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(1));
        dispatcher.channel().breakDelivery("lost");
        subscriber.hold();
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));
        dispatcher.append(Events.withId("1"), Events.withId("lost"));
        await().until(() -> subscriber.heldCount() == 1);
        subscriber.release();
        await().until(() -> get(dispatcher.dispatcher().checkLedger()) != 0);

        // When
        dispatcher.delete("all");

        // Then
        assertThat(get(dispatcher.dispatcher().checkLedger())).isEqualTo(1);
        assertThat(shown()).isEqualTo(1);
        assertThat(logged.list).hasSize(1);
    }

    @Test
    void the_books_balance_on_the_way_to_every_end() {
        try (RecordingSubscriber sink = RecordingSubscriber.start()) {
            dispatcher.apply(
                    trigger("parks", subscriber.uri(), delivery()),
                    trigger("sinks", subscriber.uri(), withSink(delivery(), sink.uri())));

            // Delivered, after a retry or at once.
            subscriber.failNext(2, 503);
            dispatcher.append(Events.numbered("delivered", 10));
            dispatcher.awaitEnded("parks", End.DELIVERED, 10);
            dispatcher.awaitEnded("sinks", End.DELIVERED, 10);
            assertBalanced("deliveries");

            // Given up.
            subscriber.answer(Answer.status(400));
            dispatcher.append(Events.numbered("refused", 6));
            dispatcher.awaitEnded("parks", End.PARKED, 6);
            dispatcher.awaitEnded("sinks", End.DEAD_LETTERED, 6);
            assertBalanced("parking and dead letters");

            // Sent again, and parked again.
            List<ParkedEvent> parked = dispatcher.parked();
            assertThat(dispatcher.redrive(only(parked.subList(0, 1))).failed()).isEqualTo(1);
            dispatcher.awaitEnded("parks", End.PARKED, 7);
            assertBalanced("a redrive that failed");

            // Sent again, and delivered.
            subscriber.answer(Answer.ok());
            assertThat(dispatcher.redrive(only(parked.subList(0, 3))).delivered())
                    .isEqualTo(3);
            dispatcher.awaitEnded("parks", End.DELIVERED, 13);
            assertBalanced("a redrive");

            // Taken out by a person.
            assertThat(dispatcher.dispatcher().deadLetters().discard(Selection.everything()))
                    .isEqualTo(3);
            dispatcher.awaitEnded("parks", End.DISCARDED, 3);
            assertBalanced("discarding");

            // On their way: some sent, some waiting for a retry, some for a place.
            subscriber.answerBy(request -> request.uri().startsWith("/retry") ? Answer.status(503) : Answer.never());
            dispatcher.apply(
                    trigger("hangs", subscriber.uri("/hang"), delivery()),
                    trigger("retries", subscriber.uri("/retry"), waiting()));
            dispatcher.append(Events.numbered("underway", 150));
            await().untilAsserted(() -> {
                assertThat(dispatcher.stats("hangs").requests()).isEqualTo(100);
                assertThat(dispatcher.stats("retries").inFlight()).isEqualTo(150);
            });
            assertBalanced("events were begun");

            // Of triggers that are deleted while events are on their way.
            dispatcher.delete("hangs");
            dispatcher.delete("retries");
            assertBalanced("triggers were deleted");
        }
        assertThat(dispatcher.dispatcher().stats())
                .extracting(stats -> stats.trigger())
                .containsExactlyInAnyOrder(new ResourceName("shop", "parks"), new ResourceName("shop", "sinks"));
        assertThat(logged.list).isEmpty();
    }
}
