/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static dev.sluice.dispatcher.delivery.QueueFixture.delivery;
import static dev.sluice.dispatcher.delivery.QueueFixture.route;
import static dev.sluice.dispatcher.delivery.QueueFixture.with;
import static dev.sluice.dispatcher.delivery.QueueFixture.withSink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.RateLimit;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.TriggerStats.Hold;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a trigger begins its events: places in flight, rate, breaker, pause. */
class PacingTest {

    private static final Pacing PAUSED = new Pacing(OptionalInt.empty(), Optional.empty(), false, true);
    private static final Pacing BREAKER = new Pacing(OptionalInt.empty(), Optional.empty(), true, false);

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    @RegisterExtension
    final QueueFixture queue = new QueueFixture();

    private static Pacing inFlight(int most) {
        return new Pacing(OptionalInt.of(most), Optional.empty(), false, false);
    }

    private static Pacing rate(double perSecond, int burst) {
        return new Pacing(OptionalInt.empty(), Optional.of(new RateLimit(perSecond, burst)), false, false);
    }

    private TriggerRoute to(RecordingSubscriber destination) {
        return route(destination.uri(), delivery());
    }

    private double gauge(String name) {
        return queue.registry.get(name).gauge().value();
    }

    // ---- places in flight ---------------------------------------------------------------------------------------

    @Test
    void a_trigger_has_as_many_requests_under_way_as_it_says() {
        // Given
        subscriber.hold();
        queue.start(with(to(subscriber), inFlight(3)));

        // When
        queue.accept(Events.numbered("e", 10));

        // Then
        await().until(() -> subscriber.inProgress() == 3);
        assertThat(queue.stats().requests()).isEqualTo(3);
        subscriber.release();
        await().until(() -> queue.delivered() == 10);
        assertThat(subscriber.mostInProgress()).isEqualTo(3);
    }

    @Test
    void a_reply_that_others_wait_for_has_a_place_for_its_retries_and_its_dead_letter_too()
            throws InterruptedException {
        // Given: the only place is that of a reply which finds no room.
        queue.refuseReplies();
        subscriber.answerBy(request ->
                request.eventId().equals("needed") ? Answer.status(503) : Answer.reply(Events.withId("reply")));
        sink.failNext(1, 503);
        queue.start(with(route(subscriber.uri(), withSink(delivery(1), sink.uri())), inFlight(1)));
        queue.accept(List.of(Events.withId("waits")));
        await().until(() -> queue.heldReplies() == 1);

        // When
        queue.acceptLastResort(Events.withId("needed"));
        await().until(() -> subscriber.count() == 2);
        queue.awaitQuiet();
        queue.advance(Duration.ofSeconds(5));
        await().until(() -> sink.count() == 1);
        queue.awaitQuiet();
        queue.advance(Duration.ofSeconds(5));

        // Then
        await().until(() -> queue.ended(End.DEAD_LETTERED) == 1);
        assertThat(subscriber.ids()).containsExactly("waits", "needed", "needed");
        assertThat(queue.delivered()).isZero();
        assertThat(queue.queue().inFlight()).isEqualTo(1);
    }

    @Test
    void more_places_count_at_once() {
        // Given
        subscriber.hold();
        queue.start(with(to(subscriber), inFlight(1)));
        queue.accept(Events.numbered("e", 150));
        await().until(() -> subscriber.inProgress() == 1);

        // When: more than every trigger has
        queue.update(route -> with(route, inFlight(130)));

        // Then
        await().until(() -> subscriber.inProgress() == 130);
        subscriber.release();
        await().until(() -> queue.delivered() == 150);
        assertThat(queue.stats().retries()).isZero();
    }

    @Test
    void a_trigger_that_is_behind_has_fewer_requests_under_way_when_its_turns_are_long_and_others_are_live()
            throws InterruptedException {
        // Given
        subscriber.hold();
        queue.start(to(subscriber));
        queue.accept(Events.numbered("e", 300));
        await().until(() -> subscriber.inProgress() == QueueFixture.MAX_IN_FLIGHT);
        queue.othersAreLive();
        queue.timers().turnsTake(Duration.ofMillis(10));
        long before = queue.timers().epochMillis();

        // When
        subscriber.releaseOne();
        await().until(() -> queue.timers().epochMillis() == before + 10);
        queue.timers().turnsTake(Duration.ZERO);
        for (int i = 0; i < 25; i++) {
            subscriber.releaseOne();
        }

        // Then
        await().until(() -> queue.delivered() == 26);
        queue.awaitSettled();
        assertThat(subscriber.count()).isEqualTo(101);
        assertThat(queue.stats().requests()).isEqualTo(75);
        // what does not come back is nothing that others wait for
        queue.advance(Duration.ofMillis(50));
        for (int i = 0; i < 2; i++) {
            subscriber.releaseOne();
        }
        await().until(() -> queue.delivered() == 28);
        queue.awaitSettled();
        queue.advance(Duration.ofMillis(50));
        queue.advance(Duration.ofMillis(60));
        await().until(() -> subscriber.inProgress() == QueueFixture.MAX_IN_FLIGHT);
        subscriber.release();
        await().until(() -> queue.delivered() == 300);
        assertThat(subscriber.mostInProgress()).isEqualTo(QueueFixture.MAX_IN_FLIGHT);
    }

    @Test
    void a_share_of_the_places_counts_at_once_and_also_of_those_that_every_trigger_has() {
        // Given
        subscriber.hold();
        queue.start(to(subscriber));
        queue.share(new Share(1, 10));
        queue.accept(Events.numbered("e", 150));
        await().until(() -> subscriber.inProgress() == QueueFixture.MAX_IN_FLIGHT / 10);
        assertThat(queue.stats().requests()).isEqualTo(QueueFixture.MAX_IN_FLIGHT / 10);

        // When
        queue.share(new Share(4, 10));

        // Then
        await().until(() -> subscriber.inProgress() == QueueFixture.MAX_IN_FLIGHT * 4 / 10);
        queue.update(route -> with(route, inFlight(50)));
        subscriber.release();
        await().until(() -> queue.delivered() == 150);
        assertThat(subscriber.mostInProgress()).isEqualTo(QueueFixture.MAX_IN_FLIGHT * 4 / 10);
    }

    @Test
    void what_is_under_way_goes_on_when_the_share_shrinks_and_nothing_else_begins() {
        // Given
        subscriber.hold();
        queue.start(with(to(subscriber), inFlight(20)));
        queue.accept(Events.numbered("e", 40));
        await().until(() -> subscriber.inProgress() == 20);

        // When
        queue.share(new Share(1, 10));
        for (int i = 0; i < 20; i++) {
            subscriber.releaseOne();
        }

        // Then
        await().until(() -> queue.delivered() == 20);
        await().until(() -> subscriber.inProgress() == 2);
        assertThat(queue.stats().requests()).isEqualTo(2);
        assertThat(queue.stats().retries()).isZero();
        subscriber.release();
        await().until(() -> queue.delivered() == 40);
    }

    @Test
    void a_share_of_the_rate_counts_at_once_whichever_limit_is_set_later() throws InterruptedException {
        // Given
        queue.start(with(to(subscriber), rate(10, 10)));
        queue.share(new Share(1, 2));

        // When
        queue.accept(Events.numbered("e", 100));
        await().until(() -> queue.delivered() == 5);
        queue.advance(Duration.ofSeconds(1));

        // Then
        await().until(() -> queue.delivered() == 10);
        queue.update(route -> with(route, rate(40, 2)));
        await().until(() -> queue.delivered() == 11);
        queue.advance(Duration.ofMillis(50));
        await().until(() -> queue.delivered() == 12);
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(12);
    }

    @Test
    void fewer_places_count_as_soon_as_what_is_under_way_has_ended() {
        // Given
        subscriber.hold();
        queue.start(to(subscriber));
        queue.accept(Events.numbered("e", 150));
        await().until(() -> subscriber.inProgress() == QueueFixture.MAX_IN_FLIGHT);

        // When
        queue.update(route -> with(route, inFlight(2)));
        for (int i = 0; i < QueueFixture.MAX_IN_FLIGHT; i++) {
            subscriber.releaseOne();
        }

        // Then
        await().until(() -> queue.delivered() == QueueFixture.MAX_IN_FLIGHT);
        await().until(() -> subscriber.inProgress() == 2);
        assertThat(queue.stats().requests()).isEqualTo(2);
        subscriber.release();
        await().until(() -> queue.delivered() == 150);
    }

    @Test
    void a_change_of_connections_fails_no_attempt() {
        // Given: attempts that are connecting and being answered, whenever the change comes
        subscriber.answer(Answer.ok().withHeader("Connection", "close").after(Duration.ofMillis(1)));
        queue.start(route(subscriber.uri(), delivery(0)));

        // When
        for (int i = 0; i < 200; i++) {
            queue.accept(Events.numbered("e" + i, 10));
            Delivery other = withTimeout(delivery(0), Duration.ofSeconds(30 + i));
            queue.update(route -> route(subscriber.uri(), other));
        }

        // Then
        await().until(() -> queue.delivered() == 2000);
        assertThat(queue.stats().lastFailure()).isEmpty();
        assertThat(subscriber.count()).isEqualTo(2000);
    }

    private static Delivery withTimeout(Delivery of, Duration timeout) {
        return new Delivery(
                of.retry(),
                of.backoffPolicy(),
                of.backoffDelay(),
                of.backoffMax(),
                timeout,
                of.retryAfterMax(),
                of.deadLetterSink(),
                of.format());
    }

    @Test
    void what_has_no_connection_yet_is_discarded_with_its_trigger_and_opens_none() {
        // Given
        subscriber.hold();
        queue.start(to(subscriber));

        // When: as many are under way as may be, each of which would take its time at a subscriber that hangs
        Future<Void> empty = queue.acceptAndDiscard(Events.numbered("e", QueueFixture.MAX_IN_FLIGHT + 1));

        // Then
        QueueFixture.get(empty);
        assertThat(queue.ended(End.DISCARDED)).isEqualTo(QueueFixture.MAX_IN_FLIGHT + 1);
        assertThat(subscriber.count()).isZero();
    }

    // ---- rate ---------------------------------------------------------------------------------------------------

    @Test
    void the_rate_limits_requests_and_a_burst_goes_at_once() throws InterruptedException {
        // Given
        queue.start(with(to(subscriber), rate(10, 5)));

        // When
        queue.accept(Events.numbered("e", 12));

        // Then
        await().until(() -> queue.delivered() == 5);
        queue.advance(Duration.ofMillis(99));
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(5);
        queue.advance(Duration.ofMillis(1));
        await().until(() -> queue.delivered() == 6);
        queue.advance(Duration.ofMillis(500));
        await().until(() -> queue.delivered() == 11);
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(11);
        queue.advance(Duration.ofMillis(100));
        await().until(() -> queue.delivered() == 12);
    }

    @Test
    void a_retry_is_a_request_like_any_other() throws InterruptedException {
        // Given
        queue.start(with(to(subscriber), rate(1, 1)));
        subscriber.answerNext(Answer.status(503));

        // When
        queue.accept(Events.numbered("e", 2));

        // Then: the retry is due with the second event, and only one of them may go
        await().until(() -> subscriber.answeredCount() == 1);
        queue.awaitQuiet();
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> queue.delivered() == 1);
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(2);
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> queue.delivered() == 2);
        assertThat(queue.timers().most()).isEqualTo(1);
    }

    @Test
    void the_dead_letter_sink_has_no_part_in_the_rate() {
        // Given
        queue.start(with(route(subscriber.uri(), withSink(delivery(0), sink.uri())), rate(1, 3)));
        subscriber.answer(Answer.status(503));

        // When
        queue.accept(Events.numbered("e", 3));

        // Then
        await().until(() -> queue.ended(End.DEAD_LETTERED) == 3);
    }

    @Test
    void another_rate_or_none_counts_at_once() {
        // Given
        queue.start(with(to(subscriber), rate(0.001, 1)));
        queue.accept(Events.numbered("e", 30));
        await().until(() -> queue.delivered() == 1);

        // When
        queue.update(route -> with(route, rate(10, 9)));

        // Then
        await().until(() -> queue.delivered() == 10);
        queue.update(route -> with(route, Pacing.FREE));
        await().until(() -> queue.delivered() == 30);
    }

    // ---- breaker ------------------------------------------------------------------------------------------------

    private void openBreaker(int events) {
        subscriber.answer(Answer.status(503));
        queue.start(with(to(subscriber), new Pacing(OptionalInt.of(1), Optional.empty(), true, false)));
        queue.accept(Events.numbered("e", events));
        await().until(() -> queue.stats().hold().isPresent());
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(10);
    }

    @Test
    void a_subscriber_that_is_out_of_order_is_only_probed() throws InterruptedException {
        // Given
        openBreaker(1000);

        // When
        queue.advance(Duration.ofMillis(999));
        queue.awaitQuiet();
        long before = subscriber.count();
        queue.advance(Duration.ofMillis(1));
        queue.awaitQuiet();
        await().until(() -> subscriber.answeredCount() == 11);
        queue.awaitQuiet();
        queue.advance(Duration.ofMillis(1999));
        queue.awaitQuiet();
        long between = subscriber.count();
        queue.advance(Duration.ofMillis(1));
        await().until(() -> subscriber.answeredCount() == 12);

        // Then
        assertThat(before).isEqualTo(10);
        assertThat(between).isEqualTo(11);
        assertThat(subscriber.ids().subList(9, 12))
                .as("each probe is another event")
                .doesNotHaveDuplicates();
        assertThat(queue.stats().inFlight()).isEqualTo(1000);
        assertThat(queue.timers().most()).isEqualTo(1);
    }

    @Test
    void no_event_is_the_probe_twice_in_a_row_while_there_is_another() throws InterruptedException {
        // Given: nine events are gone, and the tenth has one attempt left
        subscriber.answer(Answer.status(503));
        queue.start(with(route(subscriber.uri(), withSink(delivery(1), sink.uri())), BREAKER));
        for (int i = 0; i < 10; i++) {
            queue.accept(List.of(Events.withId("early-" + i)));
            int attempts = 2 * i + 1;
            await().until(() -> subscriber.answeredCount() == attempts);
            queue.awaitQuiet();
            if (i < 9) {
                queue.advance(Duration.ofSeconds(1));
                await().until(() -> subscriber.answeredCount() == attempts + 1);
                queue.awaitQuiet();
            }
        }
        assertThat(queue.stats().hold()).isPresent();
        queue.accept(Events.numbered("late", 20));

        // When
        long before = subscriber.count();
        for (int wait : new int[] {1, 2, 4, 8, 16, 30, 30}) {
            long probes = subscriber.answeredCount() + 1;
            queue.advance(Duration.ofSeconds(wait));
            await().until(() -> subscriber.answeredCount() == probes);
            queue.awaitQuiet();
        }

        // Then
        List<String> probes = subscriber.ids().subList((int) before, (int) before + 7);
        for (int i = 1; i < probes.size(); i++) {
            assertThat(probes.get(i)).as("probe %d of %s", i, probes).isNotEqualTo(probes.get(i - 1));
        }
    }

    @Test
    void a_probe_that_is_taken_lets_everything_go_on() throws InterruptedException {
        // Given
        openBreaker(1000);
        subscriber.answer(Answer.ok());

        // When
        queue.advance(Duration.ofSeconds(1));

        // Then: what has been tried waits for its retry as before
        await().until(() -> queue.delivered() == 1000 - 10 || queue.delivered() == 1000);
        assertThat(queue.stats().hold()).isEmpty();
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> queue.delivered() == 1000);
    }

    @Test
    void says_that_it_is_open_and_why() throws InterruptedException {
        // Given
        openBreaker(20);

        // Then
        assertThat(queue.stats().hold())
                .contains(new Hold(HoldReason.SUBSCRIBER_UNAVAILABLE, subscriber.uri() + " answered 503"));
        assertThat(gauge(Meters.TRIGGER_BREAKER_OPEN)).isEqualTo(1);
        subscriber.answer(Answer.ok());
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> queue.stats().hold().isEmpty());
        assertThat(queue.stats().holdChanged()).isEqualTo(Instant.ofEpochMilli(1_700_000_001_000L));
        assertThat(gauge(Meters.TRIGGER_BREAKER_OPEN)).isZero();
    }

    @Test
    void an_event_that_runs_out_of_attempts_as_a_probe_goes_to_its_end() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));
        queue.start(with(route(subscriber.uri(), withSink(delivery(0), sink.uri())), BREAKER));
        queue.accept(Events.numbered("e", 10));
        await().until(() -> queue.ended(End.DEAD_LETTERED) == 10);
        queue.accept(Events.numbered("f", 5));
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(10);

        // When
        queue.advance(Duration.ofSeconds(1));

        // Then
        await().until(() -> queue.ended(End.DEAD_LETTERED) == 11);
        assertThat(queue.stats().inFlight()).isEqualTo(4);
    }

    @Test
    void a_dead_letter_that_waits_for_its_sink_does_not_wait_for_the_subscriber() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));
        sink.failNext(10, 500);
        queue.start(route(subscriber.uri(), withSink(delivery(1), sink.uri())));
        queue.accept(Events.numbered("e", 10));
        await().until(() -> subscriber.answeredCount() == 10);
        queue.awaitQuiet();
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> sink.answeredCount() == 10);
        queue.awaitQuiet();
        queue.update(route -> with(route, BREAKER));
        queue.accept(Events.numbered("more", 10));
        await().until(() -> queue.stats().hold().isPresent());
        queue.awaitQuiet();

        // When
        queue.advance(Duration.ofSeconds(1));

        // Then
        // A probe of the others may have gone the same way.
        await().until(() -> queue.ended(End.DEAD_LETTERED) >= 10);
    }

    @Test
    void a_dead_letter_whose_sink_is_taken_away_waits_for_the_subscriber_like_any_other() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));
        sink.answer(Answer.status(500)).hold();
        queue.start(with(route(subscriber.uri(), withSink(delivery(0), sink.uri())), BREAKER));
        queue.accept(Events.numbered("e", 10));
        await().until(() -> sink.heldCount() == 10);

        // When
        // With a retry to come, or what its sink did not take would be parked.
        queue.update(route -> with(route(subscriber.uri(), delivery(1)), route.pacing()));
        sink.release();
        await().until(() -> sink.answeredCount() == 10);
        queue.awaitQuiet();
        queue.advance(Duration.ofMinutes(5));
        await().until(() -> subscriber.answeredCount() == 11);
        queue.awaitQuiet();

        // Then: one of them is the probe
        assertThat(subscriber.count()).isEqualTo(11);
    }

    @Test
    void mending_the_route_probes_at_once() {
        // Given
        openBreaker(50);

        // When
        queue.update(route -> with(route(sink.uri(), delivery()), route.pacing()));

        // Then
        await().until(() -> queue.delivered() == 50);
        assertThat(queue.stats().hold()).isEmpty();
    }

    @Test
    void switching_the_breaker_off_lets_everything_go() {
        // Given
        openBreaker(50);
        subscriber.answer(Answer.ok());

        // When
        queue.update(route -> with(route, Pacing.FREE));

        // Then
        await().until(() -> queue.delivered() == 40);
        assertThat(queue.stats().hold()).isEmpty();
    }

    @Test
    void without_a_breaker_every_event_uses_up_its_own_attempts() {
        // Given
        subscriber.answer(Answer.status(503));
        queue.start(to(subscriber));

        // When
        queue.accept(Events.numbered("e", 50));

        // Then
        await().until(() -> subscriber.answeredCount() == 50);
        assertThat(queue.stats().hold()).isEmpty();
    }

    @Test
    void what_only_a_probe_could_bring_to_its_end_holds_up_no_stop() {
        // Given
        openBreaker(50);

        // Then
        assertThat(queue.isBusyWithin(Duration.ofMillis(500))).isFalse();
        assertThat(queue.isBusyWithin(Duration.ofSeconds(2))).isTrue();
    }

    // ---- paused -------------------------------------------------------------------------------------------------

    @Test
    void a_paused_trigger_begins_nothing_and_keeps_what_it_matched() {
        // Given
        queue.start(with(to(subscriber), PAUSED));

        // When
        queue.accept(Events.numbered("e", 10));

        // Then
        assertThat(queue.stats().inFlight()).isEqualTo(10);
        assertThat(queue.stats().hold().orElseThrow().reason()).isEqualTo(HoldReason.PAUSED);
        assertThat(gauge(Meters.TRIGGER_PAUSED)).isEqualTo(1);
        assertThat(queue.isBusyWithin(Duration.ofDays(1))).isFalse();
        queue.update(route -> with(route, Pacing.FREE));
        await().until(() -> queue.delivered() == 10);
        assertThat(subscriber.ids()).containsExactlyInAnyOrderElementsOf(ids(10));
        assertThat(gauge(Meters.TRIGGER_PAUSED)).isZero();
        assertThat(queue.stats().hold()).isEmpty();
    }

    private static List<String> ids(int count) {
        return Events.numbered("e", count).stream().map(event -> event.getId()).toList();
    }

    @Test
    void what_is_under_way_ends_and_retries_wait() throws InterruptedException {
        // Given
        subscriber.answerNext(Answer.ok(), Answer.status(503)).hold();
        queue.start(to(subscriber));
        queue.accept(Events.numbered("e", 2));
        await().until(() -> subscriber.heldCount() == 2);

        // When
        queue.update(route -> with(route, PAUSED));
        subscriber.release();
        await().until(() -> subscriber.answeredCount() == 2);
        queue.awaitQuiet();
        queue.advance(Duration.ofMinutes(10));
        queue.awaitQuiet();

        // Then
        assertThat(queue.delivered()).isEqualTo(1);
        assertThat(queue.stats().inFlight()).isEqualTo(1);
        assertThat(subscriber.count()).isEqualTo(2);
        queue.update(route -> with(route, Pacing.FREE));
        await().until(() -> queue.delivered() == 2);
    }

    @Test
    void a_retry_that_waits_holds_up_no_stop_of_a_paused_trigger() {
        // Given
        subscriber.answer(Answer.status(503));
        queue.start(to(subscriber));
        queue.accept(Events.numbered("e", 1));
        await().until(() -> subscriber.answeredCount() == 1);
        queue.awaitQuiet();
        assertThat(queue.isBusyWithin(Duration.ofSeconds(2))).isTrue();

        // When
        queue.update(route -> with(route, PAUSED));

        // Then
        assertThat(queue.isBusyWithin(Duration.ofSeconds(2))).isFalse();
    }

    @Test
    void a_paused_trigger_that_is_deleted_discards_what_waits() {
        // Given
        queue.start(with(to(subscriber), PAUSED));
        queue.accept(Events.numbered("e", 10));

        // When
        Future<Void> empty = queue.discard();

        // Then
        QueueFixture.get(empty);
        assertThat(queue.ended(End.DISCARDED)).isEqualTo(10);
    }

    // ---- expirytime ---------------------------------------------------------------------------------------------

    @Test
    void an_event_that_expires_while_its_trigger_is_paused_is_not_sent() throws InterruptedException {
        // Given
        queue.start(with(to(subscriber), PAUSED));
        queue.accept(List.of(expiringInAMinute("a"), Events.withId("b")));

        // When
        queue.advance(Duration.ofMinutes(2));
        queue.update(route -> with(route, Pacing.FREE));

        // Then
        await().until(() -> queue.delivered() == 1);
        assertThat(queue.ended(End.EXPIRED)).isEqualTo(1);
        assertThat(subscriber.ids()).containsExactly("b");
    }

    @Test
    void an_event_that_expires_while_it_waits_for_a_connection_is_not_sent() {
        // Given
        queue.start(to(subscriber));

        // When
        queue.acceptAndPass(expiringInAMinute("a"), Duration.ofMinutes(2));

        // Then
        await().until(() -> queue.ended(End.EXPIRED) == 1);
        queue.accept(List.of(Events.withId("b")));
        await().until(() -> queue.delivered() == 1);
        assertThat(subscriber.ids()).containsExactly("b");
        assertThat(queue.queue().ledgerDifference()).isZero();
    }

    @Test
    void an_event_that_expires_while_it_waits_for_a_connection_goes_to_the_dead_letter_sink() {
        // Given
        queue.start(route(subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        queue.acceptAndPass(expiringInAMinute("a"), Duration.ofMinutes(2));

        // Then
        await().until(() -> queue.ended(End.EXPIRED) == 1);
        assertThat(subscriber.count()).isZero();
        assertThat(sink.ids()).containsExactly("a");
    }

    private CloudEvent expiringInAMinute(String id) {
        OffsetDateTime at = Instant.ofEpochMilli(queue.timers().epochMillis())
                .atOffset(ZoneOffset.UTC)
                .plusMinutes(1);
        return CloudEventBuilder.v1(Events.withId(id))
                .withExtension("expirytime", at)
                .build();
    }
}
