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

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
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
import org.slf4j.LoggerFactory;

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
    void what_could_not_be_kept_while_its_broker_was_there_is_left_to_the_log_and_takes_no_memory() {
        // Given
        log.refuseParking(Kind.UNAVAILABLE);
        park(3);
        assertThat(dispatchMemory()).isPositive();

        // When
        one.deleteBroker();

        // Then
        await().atMost(PATIENCE).until(() -> dispatchMemory() == 0);
        assertThat(log.committed(0).of("a-uid").lowest()).isZero();
    }

    private double dispatchMemory() {
        return one.registry.get(Meters.DISPATCH_MEMORY).gauge().value();
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

    /** Parks one more, which can't be written yet, lets it be, and waits until whatever was to be tried before it was. */
    private String parkBehindRetries() {
        get(first.append(Events.numbered("behind", 1), Admission.PRODUCER));
        await().until(() ->
                one.parked().stream().anyMatch(parked -> parked.event().getId().equals("behind-0")));
        String id = one.parked().stream()
                .filter(parked -> parked.event().getId().equals("behind-0"))
                .findFirst()
                .orElseThrow()
                .id();
        await().until(() -> log.parkingRefusals() > 1);
        log.refuseParking(null);
        await().until(() -> log.parked().contains(id));
        return id;
    }

    @Test
    void what_is_discarded_before_it_could_be_written_is_not_written_later() {
        // Given
        log.refuseParking(Kind.UNAVAILABLE);
        park(1);
        assertThat(one.dispatcher().deadLetters().discard(Selection.everything()))
                .isEqualTo(1);

        // When
        String behind = parkBehindRetries();

        // Then
        assertThat(log.parked()).containsExactly(behind);
        two.with(second, LogSettings.defaults());
        assertThat(ids(two.parked())).containsExactly(behind);
        assertThat(ids(one.parked())).containsExactly(behind);
        await().atMost(PATIENCE).until(() -> log.committed(0).equals(Positions.at(2)));
        one.verifyConservation();
    }

    @Test
    void what_another_process_discards_is_not_brought_back_by_what_could_not_be_written_here() {
        // Given
        park(1);
        two.with(second, LogSettings.defaults());
        log.refuseParking(Kind.UNAVAILABLE);
        assertThat(one.redrive(Selection.everything()).failed()).isEqualTo(1);
        assertThat(two.dispatcher().deadLetters().discard(Selection.everything()))
                .isEqualTo(1);
        await().until(() -> one.parked().isEmpty());

        // When
        String behind = parkBehindRetries();

        // Then
        await().untilAsserted(() -> {
            assertThat(log.parked()).containsExactly(behind);
            assertThat(ids(one.parked())).containsExactly(behind);
            assertThat(ids(two.parked())).containsExactly(behind);
        });
    }

    @Test
    void writes_that_fail_for_long_are_said_once_and_once_when_they_work_again() {
        // Given
        Logger logger = (Logger) LoggerFactory.getLogger(LogParking.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        logger.setLevel(Level.INFO);
        log.refuseParking(Kind.UNAVAILABLE);

        // When
        park(3);
        await().atMost(PATIENCE).until(() -> log.parkingRefusals() >= 9);
        log.refuseParking(null);
        await().atMost(PATIENCE).until(() -> log.parked().size() == 3);
        await().atMost(PATIENCE).until(() -> log.committed(0).equals(Positions.at(3)));
        logger.detachAppender(logged);
        logger.setLevel(null);

        // Then
        assertThat(logged.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN, Level.INFO);
    }

    @Test
    void what_is_discarded_while_its_broker_is_gone_does_not_come_back_with_it() {
        // Given
        park(3);
        await().atMost(PATIENCE).until(() -> log.parked().size() == 3);
        one.deleteBroker();
        assertThat(one.dispatcher().deadLetters().discard(Selection.everything()))
                .isEqualTo(3);

        // When
        one.apply();

        // Then
        await().atMost(PATIENCE).until(() -> log.parked().isEmpty());
        assertThat(one.parked()).isEmpty();
    }

    @Test
    void what_can_not_be_removed_before_its_broker_is_gone_is_removed_when_it_is_back() {
        // Given
        park(3);
        await().atMost(PATIENCE).until(() -> log.parked().size() == 3);
        log.refuseRemoving(true);
        assertThat(one.dispatcher().deadLetters().discard(Selection.everything()))
                .isEqualTo(3);
        await().until(() -> log.parkingRefusals() >= 3);
        one.deleteBroker();
        log.refuseRemoving(false);

        // When
        one.apply();

        // Then
        await().atMost(PATIENCE).until(() -> log.parked().isEmpty());
        assertThat(one.parked()).isEmpty();
    }
}
