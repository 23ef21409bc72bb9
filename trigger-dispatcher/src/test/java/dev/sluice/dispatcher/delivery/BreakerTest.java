/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Delivery;
import dev.sluice.dispatcher.delivery.Breaker.Change;
import dev.sluice.dispatcher.delivery.Breaker.State;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.testkit.Events;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BreakerTest {

    private static final long START = Long.MAX_VALUE - 1000;
    private static final Delivery DELIVERY = QueueFixture.delivery();

    private final Breaker breaker = new Breaker();
    private long now = START;

    private static Dispatch event() {
        return new Dispatch(Held.of(Events.MINIMAL));
    }

    private static Failure status(int status, long retryAfterMillis) {
        return new Failure(
                FailureKind.ofStatus(status), status, "no", "http://s", Buffer.buffer(), Map.of(), retryAfterMillis);
    }

    private static Failure status(int status) {
        return status(status, RetryAfter.ABSENT);
    }

    private Change fails(Dispatch dispatch, Failure failure) {
        breaker.sent(dispatch);
        return breaker.failed(dispatch, failure, DELIVERY, now);
    }

    private void open() {
        for (int i = 0; i < 10; i++) {
            fails(event(), status(503));
        }
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** The breaker lets nothing through before this time has passed, and a probe when it has. */
    private void expectProbeAfter(long millis) {
        pass(millis - 1);
        assertThat(breaker.admits(now)).as("a probe before %d ms", millis).isFalse();
        pass(1);
        assertThat(breaker.admits(now)).as("a probe after %d ms", millis).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504, 599})
    void opens_after_ten_different_events_met_an_outage(int status) {
        // Given
        for (int i = 0; i < 9; i++) {
            assertThat(fails(event(), status(status))).isEqualTo(Change.NONE);
        }
        assertThat(breaker.admits(now)).isTrue();

        // When
        Change change = fails(event(), status(status));

        // Then
        assertThat(change).isEqualTo(Change.OPENED);
        assertThat(breaker.admits(now)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureKind.class,
            names = {"NO_CONNECTION", "TLS", "TIMEOUT", "BROKEN_RESPONSE", "DESTINATION_REFUSED"})
    void no_response_is_an_outage(FailureKind kind) {
        // When
        for (int i = 0; i < 10; i++) {
            fails(event(), Failure.unanswered(kind, "nobody there", "http://s"));
        }

        // Then
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 400, 401, 403, 404, 409, 422})
    void whatever_else_a_subscriber_answers_it_answers(int status) {
        // Given
        for (int i = 0; i < 9; i++) {
            fails(event(), status(503));
        }

        // When
        fails(event(), status(status));
        for (int i = 0; i < 9; i++) {
            fails(event(), status(503));
        }

        // Then
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void a_subscriber_whose_reply_finds_no_room_here_has_answered() {
        // Given
        open();
        pass(1_000);

        // When
        Change change =
                fails(event(), Failure.unanswered(FailureKind.NO_ROOM_FOR_REPLY, "a reply without room", "http://s"));

        // Then
        assertThat(change).isEqualTo(Change.CLOSED);
        for (int i = 0; i < 20; i++) {
            fails(event(), Failure.unanswered(FailureKind.NO_ROOM_FOR_REPLY, "a reply without room", "http://s"));
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void one_event_that_fails_for_ever_does_not_open_it() {
        // Given
        Dispatch poison = event();

        // When
        for (int i = 0; i < 100; i++) {
            fails(poison, status(500));
        }

        // Then
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void the_same_event_counts_again_after_an_answer() {
        // Given
        Dispatch poison = event();
        fails(poison, status(500));
        breaker.answered();

        // When
        fails(poison, status(500));
        for (int i = 0; i < 9; i++) {
            fails(event(), status(500));
        }

        // Then
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void probes_come_one_at_a_time_and_ever_more_rarely() {
        // Given
        open();

        // Then
        for (long wait : new long[] {1000, 2000, 4000, 8000, 16_000, 30_000, 30_000}) {
            expectProbeAfter(wait);
            Dispatch probe = event();
            breaker.sent(probe);
            assertThat(breaker.admits(now)).as("a second probe").isFalse();
            assertThat(breaker.failed(probe, status(503), DELIVERY, now)).isEqualTo(Change.NONE);
        }
    }

    @Test
    void a_probe_that_is_taken_closes_it() {
        // Given
        open();
        pass(1000);
        breaker.sent(event());

        // When
        Change change = breaker.answered();

        // Then
        assertThat(change).isEqualTo(Change.CLOSED);
        assertThat(breaker.admits(now)).isTrue();
    }

    @Test
    void what_was_under_way_when_it_opened_tells_nothing_new_by_failing_and_closes_it_by_success() {
        // Given
        open();
        pass(1000);
        breaker.sent(event());

        // When
        Change late = breaker.failed(event(), status(503), DELIVERY, now);

        // Then: the probe still runs
        assertThat(late).isEqualTo(Change.NONE);
        assertThat(breaker.admits(now)).isFalse();
        assertThat(breaker.answered()).isEqualTo(Change.CLOSED);
    }

    @Test
    void the_next_probe_waits_as_long_as_the_subscriber_asks() {
        // Given
        for (int i = 0; i < 9; i++) {
            fails(event(), status(503));
        }
        fails(event(), status(503, 7000));

        // Then
        expectProbeAfter(7000);
        fails(event(), status(429, 20_000));
        expectProbeAfter(20_000);
        fails(event(), status(503));
        expectProbeAfter(4000);
    }

    @Test
    void no_wait_for_a_probe_is_longer_than_the_longest_wait_of_the_delivery() {
        // Given
        Delivery hasty = new Delivery(
                10,
                Delivery.BackoffPolicy.LINEAR,
                Duration.ofMillis(10),
                Duration.ofMillis(50),
                Duration.ofSeconds(60),
                java.util.Optional.empty(),
                java.util.Optional.empty(),
                Delivery.Format.BINARY);

        // When
        for (int i = 0; i < 10; i++) {
            breaker.failed(event(), status(503, 60_000), hasty, now);
        }

        // Then
        expectProbeAfter(50);
    }

    @Test
    void what_may_have_mended_the_subscriber_is_probed_at_once() {
        // Given
        open();
        assertThat(breaker.admits(now)).isFalse();

        // When
        breaker.hope(DELIVERY, now);

        // Then
        assertThat(breaker.admits(now)).isTrue();
        fails(event(), status(503));
        expectProbeAfter(2000);
    }

    @Test
    void a_probe_that_is_taken_away_is_followed_by_another_at_once() {
        // Given
        open();
        pass(1_000);
        Dispatch probe = event();
        breaker.sent(probe);
        assertThat(breaker.admits(now)).isFalse();

        // When
        breaker.abandoned(probe, now);

        // Then
        assertThat(breaker.admits(now)).isTrue();
        assertThat(breaker.hasJustProbed(probe)).isFalse();
    }

    @Test
    void an_event_that_is_taken_away_and_is_no_probe_changes_nothing() {
        // Given
        open();
        pass(1_000);
        breaker.sent(event());

        // When
        breaker.abandoned(event(), now);

        // Then
        assertThat(breaker.state()).isEqualTo(State.PROBING);
        assertThat(breaker.admits(now)).isFalse();
    }
}
