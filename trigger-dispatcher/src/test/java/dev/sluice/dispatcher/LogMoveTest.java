/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.PAUSED;
import static dev.sluice.dispatcher.DispatcherFixture.awaitAllCommitted;
import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withOrdering;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Move;
import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.StartFrom.Place;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A trigger that somebody puts somewhere else in its log. */
final class LogMoveTest {

    private static final int PARTITIONS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final LogSettings SMALL = new LogSettings(64L * 1024 * 1024, 40, Duration.ofSeconds(5), 2);

    @RegisterExtension
    final DispatcherFixture one = new DispatcherFixture();

    @RegisterExtension
    final DispatcherFixture two = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber quick = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber slow = RecordingSubscriber.start();

    private final InProcessLog log = new InProcessLog(PARTITIONS);
    private LogChannel first;
    private LogChannel second;

    @BeforeEach
    void open() {
        first = log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));
        second = log.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of()));
        one.with(first, SMALL);
    }

    private void append(String name, int count) {
        get(first.append(Events.numbered(name, count), Admission.PRODUCER));
    }

    private void awaitIds(RecordingSubscriber at, int different) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(new HashSet<>(at.ids())).hasSize(different));
    }

    @Test
    void a_trigger_that_is_put_at_the_end_passes_over_what_waits_and_nobody_else_notices() {
        // Given
        slow.hold();
        one.apply(trigger("slow", slow.uri(), delivery()), trigger("quick", quick.uri(), delivery()));
        append("before", 900);
        awaitIds(quick, 900);
        await().atMost(PATIENCE).until(() -> slow.heldCount() > 0);

        // When
        List<Move> moves = get(first.move("slow-uid", Place.LATEST));
        slow.release();
        append("after", 30);

        // Then
        assertThat(moves.stream().mapToLong(Move::skipped).sum()).isEqualTo(900);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(slow.ids())
                        .filteredOn(id -> id.startsWith("after"))
                        .hasSize(30));
        awaitIds(quick, 930);
        awaitAllCommitted(log);
        assertThat(slow.ids()).filteredOn(id -> id.startsWith("before")).hasSizeLessThanOrEqualTo(SMALL.window());
        assertThat(quick.count()).isEqualTo(930);
        assertThat(one.stats("slow").ended().get(End.DELIVERED)
                        + one.stats("slow").ended().get(End.DISCARDED))
                .as("each of what it had matched at one end")
                .isBetween(30L + 1, 30L + SMALL.window());
        one.verifyConservation();
    }

    @Test
    void a_trigger_that_is_put_at_the_beginning_gets_all_of_it_again_beside_what_is_new() {
        // Given
        append("old", 60);
        one.apply(trigger("again", slow.uri(), delivery()), trigger("quick", quick.uri(), delivery()));
        append("seen", 60);
        awaitIds(slow, 60);
        awaitIds(quick, 60);
        awaitAllCommitted(log);

        // When
        List<Move> moves = get(first.move("again-uid", Place.EARLIEST));
        append("new", 60);

        // Then
        assertThat(moves.stream().mapToLong(Move::repeated).sum()).isEqualTo(120);
        awaitIds(slow, 180);
        awaitIds(quick, 120);
        awaitAllCommitted(log);
        assertThat(slow.count()).isEqualTo(240);
        assertThat(quick.count()).isEqualTo(120);
        one.verifyConservation();
    }

    @Test
    void every_dispatcher_moves_the_trigger_in_its_own_partitions() {
        // Given
        TriggerRoute route = trigger("again", slow.uri(), delivery());
        one.apply(route);
        two.with(second, SMALL);
        two.apply(route);
        append("e", 90);
        awaitIds(slow, 90);
        awaitAllCommitted(log);

        // When
        get(second.move("again-uid", Place.EARLIEST));

        // Then
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(slow.count()).isEqualTo(180));
        awaitAllCommitted(log);
        one.verifyConservation();
        two.verifyConservation();
    }

    @Test
    void a_move_that_was_asked_for_while_no_dispatcher_ran_counts_at_the_next_start() {
        // Given
        TriggerRoute route = trigger("again", slow.uri(), delivery());
        one.apply(route);
        append("e", 90);
        awaitIds(slow, 90);
        awaitAllCommitted(log);
        get(one.dispatcher().drain(Duration.ofSeconds(10)));
        get(one.dispatcher().close());

        // When
        get(second.move("again-uid", Place.EARLIEST));
        two.with(second, SMALL);
        two.apply(route);

        // Then
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(slow.count()).isEqualTo(180));
        awaitAllCommitted(log);
    }

    @Test
    void a_paused_trigger_that_is_moved_stays_paused_and_goes_on_from_there() {
        // Given
        TriggerRoute resting = trigger("resting", slow.uri(), delivery());
        one.apply(resting);
        append("before", 30);
        awaitIds(slow, 30);
        one.apply(withPacing(resting, PAUSED));
        append("paused", 300);

        // When
        get(first.move("resting-uid", Place.LATEST));
        append("after", 30);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(log.committed(0).exceptions()).containsOnlyKeys("resting-uid"));

        // Then
        assertThat(slow.count()).isEqualTo(30);
        one.apply(resting);
        awaitIds(slow, 60);
        awaitAllCommitted(log);
        assertThat(slow.ids()).noneMatch(id -> id.startsWith("paused"));
    }

    @Test
    void what_a_moved_trigger_has_left_in_the_log_behind_a_failing_key_is_not_asked_for_any_more() {
        // Given
        slow.answerBy(request -> Answer.status(request.eventId().startsWith("bad") ? 503 : 200));
        one.apply(withOrdering(
                trigger("ordered", slow.uri(), delivery(1_000_000)),
                new Ordering(EventAttribute.named("partitionkey"), false)));
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            events.add(Extensions.with(Events.withId("bad-" + i), "partitionkey", "bad"));
        }
        get(first.append(events, Admission.PRODUCER));
        append("good", 30);
        await().atMost(PATIENCE)
                .until(() ->
                        slow.ids().stream().filter(id -> id.startsWith("good")).count() == 30);

        // When
        get(first.move("ordered-uid", Place.LATEST));
        append("after", 30);

        // Then
        await().atMost(PATIENCE)
                .until(() ->
                        slow.ids().stream().filter(id -> id.startsWith("after")).count() == 30);
        awaitAllCommitted(log);
        await().atMost(PATIENCE).until(() -> one.stats("ordered").inFlight() == 0);
        assertThat(one.stats("ordered").ended().get(End.DISCARDED)).isEqualTo(400);
        one.verifyConservation();
    }

    @Test
    void moves_at_any_moment_under_load_leave_the_books_right_and_the_last_one_counts() {
        // Given
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TriggerRoute a = trigger("a", slow.uri(), delivery());
        TriggerRoute b = trigger("b", quick.uri(), delivery());
        one.apply(a, b);
        two.with(second, SMALL);
        two.apply(a, b);

        // When
        int appended = 0;
        for (int round = 0; round < 25; round++) {
            append("r" + round, 40);
            appended += 40;
            Place to = random.nextBoolean() ? Place.LATEST : Place.EARLIEST;
            get((random.nextBoolean() ? first : second).move("a-uid", to));
            if (random.nextInt(4) == 0) {
                get(log.move(random.nextInt(PARTITIONS), random.nextBoolean() ? first : second));
            }
        }
        get(first.move("a-uid", Place.EARLIEST));

        // Then
        int all = appended;
        await("seed " + seed).atMost(PATIENCE).untilAsserted(() -> {
            assertThat(new HashSet<>(slow.ids())).hasSize(all);
            assertThat(quick.count()).isEqualTo(all);
        });
        awaitAllCommitted(log);
        one.verifyConservation();
        two.verifyConservation();
    }
}
