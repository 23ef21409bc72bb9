/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Selection;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is parked of a log outlives the process that parked it. */
class LogParkingTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final DispatcherFixture one = new DispatcherFixture();

    @RegisterExtension
    final DispatcherFixture two = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final InProcessLog log = new InProcessLog(1);
    private final LogChannel first = open();
    private final LogChannel second = open();

    private LogChannel open() {
        return log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));
    }

    @BeforeEach
    void refuse_everything() {
        one.with(first, LogSettings.defaults());
        one.apply(trigger("a", subscriber.uri(), delivery()));
        subscriber.answer(Answer.status(400));
    }

    private void park(int count) {
        get(first.append(Events.numbered("e", count), Admission.PRODUCER));
        one.awaitEnded("a", End.PARKED, count);
    }

    private static Set<String> ids(List<ParkedEvent> parked) {
        return parked.stream().map(ParkedEvent::id).collect(Collectors.toSet());
    }

    @Test
    void another_process_finds_what_was_parked_and_sends_it_again() {
        // Given
        park(3);
        await().atMost(PATIENCE).until(() -> log.committed(0).equals(Positions.at(3)));
        Set<String> parked = ids(one.parked());
        get(one.dispatcher().close());
        subscriber.reset();

        // When
        two.with(second, LogSettings.defaults());
        two.apply(trigger("a", subscriber.uri(), delivery()));

        // Then
        assertThat(ids(two.parked())).isEqualTo(parked).isEqualTo(log.parked());
        assertThat(two.redrive(Selection.everything()).delivered()).isEqualTo(3);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder("e-0", "e-1", "e-2");
        await().atMost(PATIENCE).until(() -> log.parked().isEmpty());
        assertThat(two.parked()).isEmpty();
        two.verifyConservation();
    }

    @ParameterizedTest
    @EnumSource(names = {"UNAVAILABLE", "TOO_LARGE"})
    void an_event_leaves_the_log_only_when_it_is_kept_where_it_is_parked(Kind refusal) {
        // Given
        log.refuseParking(refusal);
        park(2);
        long commits = log.commits();
        get(first.append(Events.numbered("more", 1), Admission.PRODUCER));
        one.awaitEnded("a", End.PARKED, 3);

        // Then
        await().atMost(PATIENCE).until(() -> log.commits() > commits);
        assertThat(log.committed(0).of("a-uid").lowest()).isZero();

        // When
        log.refuseParking(null);

        // Then
        await().atMost(PATIENCE).until(() -> log.parked().size() == 3);
        await().atMost(PATIENCE).until(() -> log.committed(0).equals(Positions.at(3)));
        assertThat(log.parked()).isEqualTo(ids(one.parked()));
        one.verifyConservation();
    }

    @Test
    void every_process_sees_what_one_has_parked_and_what_one_has_discarded() {
        // Given
        two.with(second, LogSettings.defaults());
        two.apply(trigger("a", subscriber.uri(), delivery()));
        get(first.append(Events.numbered("e", 3), Admission.PRODUCER));
        await().atMost(PATIENCE)
                .until(() -> one.parked().size() == 3 && two.parked().size() == 3);
        assertThat(ids(one.parked())).isEqualTo(ids(two.parked())).isEqualTo(log.parked());

        // When
        ParkedEvent gone = one.parked().get(0);
        assertThat(one.dispatcher().deadLetters().discard(DispatcherFixture.only(List.of(gone))))
                .isEqualTo(1);

        // Then
        await().atMost(PATIENCE).until(() -> two.parked().size() == 2);
        assertThat(ids(two.parked()))
                .isEqualTo(ids(one.parked()))
                .isEqualTo(log.parked())
                .doesNotContain(gone.id());
    }

    @Test
    void what_fails_again_is_kept_with_what_is_new() {
        // Given
        park(1);
        subscriber.answer(Answer.status(403));

        // When
        assertThat(one.redrive(Selection.everything()).failed()).isEqualTo(1);

        // Then
        two.with(second, LogSettings.defaults());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(two.parked()).singleElement().satisfies(parked -> {
                    assertThat(parked.cause().status()).isEqualTo(403);
                    assertThat(parked.attempts()).isEqualTo(2);
                    assertThat(parked.event()).isEqualTo(one.parked().get(0).event());
                }));
    }

    @Test
    void what_is_discarded_when_its_broker_is_there_again_does_not_come_back() {
        // Given
        park(3);
        await().atMost(PATIENCE).until(() -> log.parked().size() == 3);
        one.deleteBroker();
        one.apply();

        // When
        assertThat(one.dispatcher().deadLetters().discard(Selection.everything()))
                .isEqualTo(3);

        // Then
        await().atMost(PATIENCE).until(() -> log.parked().isEmpty());
    }

    @Test
    void what_is_discarded_while_a_process_drains_does_not_come_back() {
        // Given
        park(3);
        await().atMost(PATIENCE).until(() -> log.parked().size() == 3);
        get(one.dispatcher().drain(PATIENCE));

        // When
        assertThat(one.dispatcher().deadLetters().discard(Selection.everything()))
                .isEqualTo(3);

        // Then
        await().atMost(PATIENCE).until(() -> log.parked().isEmpty());
    }
}
