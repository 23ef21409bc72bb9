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
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static dev.sluice.dispatcher.DispatcherFixture.withOrdering;
import static dev.sluice.dispatcher.DispatcherFixture.withPacing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import dev.sluice.dispatcher.spool.Place;
import dev.sluice.dispatcher.spool.Spool;
import dev.sluice.dispatcher.spool.Waiting;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.InProcessLog;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** On a log, which two dispatchers may share. */
class LogTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;
    /** Of a retry that is waited for. */
    private static final Duration MOMENT = Duration.ofMillis(200);
    /** Windows that fill. */
    private static final LogSettings SMALL = new LogSettings(64L * 1024 * 1024, 40, Duration.ofSeconds(5), 2);

    /** Where nothing is committed but for its number. */
    private static final LogSettings NO_SECOND = new LogSettings(
            64L * 1024 * 1024,
            1_000,
            Duration.ofSeconds(5),
            2,
            LogSettings.defaults().forgetAfter(),
            LogSettings.defaults().lookAtRetention(),
            Duration.ofDays(1),
            LogSettings.defaults().mostPostponed());

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

    private long watermarks() {
        return watermarks(log);
    }

    private static long watermarks(InProcessLog log) {
        long sum = 0;
        for (int i = 0; i < log.partitions(); i++) {
            sum += log.committed(i).watermark();
        }
        return sum;
    }

    @Test
    void every_event_of_every_partition_comes_once_and_a_commit_says_so_without_a_word_of_any_trigger() {
        // Given
        one.with(first, LogSettings.defaults());
        one.apply(trigger("a", quick.uri(), delivery()), trigger("b", slow.uri(), delivery()));

        // When
        append("e", 600);

        // Then
        awaitIds(quick, 600);
        awaitIds(slow, 600);
        awaitAllCommitted(log);
        assertThat(quick.count()).isEqualTo(600);
        assertThat(slow.count()).isEqualTo(600);
        assertThat(log.recordsRead()).as("read once for both").isEqualTo(600);
        one.verifyConservation();
    }

    @Test
    void a_batch_that_takes_long_to_take_on_since_each_event_opens_a_connection_is_delivered_whole() {
        // Given
        one.with(first, LogSettings.defaults());
        TriggerRoute[] triggers = new TriggerRoute[300];
        for (int i = 0; i < triggers.length; i++) {
            triggers[i] =
                    withFilter(trigger("t" + i, quick.uri(), delivery()), new Filter.Exact(Map.of("id", "e-" + i)));
        }
        one.apply(triggers);

        // When
        append("e", triggers.length);
        awaitIds(quick, triggers.length);
        append("e", triggers.length);

        // Then: it goes on behind it
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(quick.count()).isEqualTo(2 * triggers.length));
        awaitAllCommitted(log);
        one.verifyConservation();
    }

    @Test
    void a_trigger_begins_at_the_end_of_the_log() {
        append("before", 90);
        one.apply(trigger("a", quick.uri(), delivery()));

        append("after", 30);

        awaitIds(quick, 30);
        assertThat(quick.ids()).allMatch(id -> id.startsWith("after-"));
    }

    @Test
    void a_trigger_that_hangs_holds_its_window_and_hinders_nobody_and_has_everything_in_the_end() {
        // Given
        slow.hold();
        one.apply(trigger("slow", slow.uri(), delivery()), trigger("quick", quick.uri(), delivery()));

        // When
        for (int i = 0; i < 20; i++) {
            append("e" + i, 100);
        }
        awaitIds(quick, 2_000);

        // Then
        assertThat(one.stats("slow").inFlight()).isLessThanOrEqualTo(SMALL.window());
        assertThat(slow.answeredCount()).isZero();
        slow.release();
        awaitIds(slow, 2_000);
        awaitAllCommitted(log);
        assertThat(slow.count()).isEqualTo(2_000);
        one.verifyConservation();
    }

    @Test
    void ordered_events_stay_in_order_through_falling_behind_and_catching_up() {
        // Given
        slow.answerBy(request -> Answer.status(request.ordinal() % 7 == 0 ? 503 : 200));
        one.apply(withOrdering(
                trigger("ordered", slow.uri(), delivery(50)),
                new Ordering(EventAttribute.named("partitionkey"), false)));

        // When
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            events.add(Extensions.with(Events.withId("e-" + i), "partitionkey", "k" + i % 60));
        }
        for (int i = 0; i < events.size(); i += 50) {
            get(first.append(events.subList(i, i + 50), Admission.PRODUCER));
        }

        // Then
        one.awaitEnded("ordered", End.DELIVERED, 1_000);
        Map<Integer, Integer> lastByKey = new HashMap<>();
        for (String id : slow.ids()) {
            int number = Integer.parseInt(id.substring(2));
            int key = number % 60;
            assertThat(number).as(id).isGreaterThanOrEqualTo(lastByKey.getOrDefault(key, -1));
            lastByKey.put(key, number);
        }
        one.verifyConservation();
    }

    @Test
    void a_paused_trigger_keeps_its_place_while_others_go_on() {
        // Given
        TriggerRoute resting = trigger("resting", slow.uri(), delivery());
        one.apply(resting, trigger("quick", quick.uri(), delivery()));
        append("before", 30);
        awaitIds(slow, 30);

        // When
        one.apply(withPacing(resting, PAUSED));
        append("paused", 300);
        awaitIds(quick, 330);

        // Then
        assertThat(slow.count()).isEqualTo(30);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(log.committed(0).exceptions()).containsOnlyKeys("resting-uid"));
        one.apply(resting);
        awaitIds(slow, 330);
        assertThat(slow.count()).isEqualTo(330);
        awaitAllCommitted(log);
    }

    @Test
    void what_was_delivered_before_a_stop_is_not_delivered_again_and_what_was_not_is() {
        // Given
        TriggerRoute route = trigger("a", quick.uri(), delivery());
        one.apply(route);
        append("e", 300);
        await().atMost(PATIENCE).until(() -> quick.count() >= 150);

        // When
        get(one.dispatcher().drain(Duration.ofSeconds(10)));
        get(one.dispatcher().close());
        two.with(second, SMALL);
        two.apply(route);
        append("f", 100);

        // Then
        awaitIds(quick, 400);
        assertThat(quick.count()).isEqualTo(400);
        awaitAllCommitted(log);
    }

    @Test
    void partitions_that_go_from_one_dispatcher_to_another_under_load_lose_nothing_and_double_nothing() {
        // Given
        TriggerRoute a = trigger("a", quick.uri(), delivery());
        TriggerRoute b = trigger("b", slow.uri(), delivery());
        one.apply(a, b);
        two.with(second, SMALL);
        two.apply(a, b);

        // When
        int appended = 0;
        for (int round = 0; round < 12; round++) {
            Future<Void> moved = log.move(round % PARTITIONS, round % 2 == 0 ? second : first);
            for (int i = 0; i < 10; i++) {
                append("r" + round + "x" + i, 10);
                appended += 10;
            }
            get(moved);
        }

        // Then
        awaitIds(quick, appended);
        awaitIds(slow, appended);
        awaitAllCommitted(log);
        assertThat(quick.count()).isEqualTo(appended);
        assertThat(slow.count()).isEqualTo(appended);
        one.verifyConservation();
        two.verifyConservation();
    }

    @Test
    void a_hand_over_breaks_off_what_takes_too_long_and_the_next_owner_sends_it() {
        // Given
        slow.hold();
        TriggerRoute route = trigger("slow", slow.uri(), delivery());
        one.with(first, new LogSettings(SMALL.memory(), SMALL.window(), Duration.ofMillis(200), 2));
        one.apply(route);
        append("e", 60);
        await().until(() -> slow.heldCount() > 0);

        // When
        get(one.dispatcher().drain(Duration.ofSeconds(10)));
        get(one.dispatcher().close());
        slow.release();
        two.with(second, SMALL);
        two.apply(route);

        // Then
        awaitIds(slow, 60);
        awaitAllCommitted(log);
    }

    @Test
    void a_dispatcher_that_is_thought_dead_commits_nothing_more_and_loses_nothing() {
        // Given
        TriggerRoute route = trigger("a", quick.uri(), delivery());
        one.apply(route);
        two.with(second, SMALL);
        two.apply(route);
        append("e", 300);

        // When
        log.expel(first);
        for (int i = 0; i < 10; i++) {
            get(second.append(Events.numbered("f" + i, 30), Admission.PRODUCER));
        }

        // Then
        awaitIds(quick, 600);
        awaitAllCommitted(log);
        two.verifyConservation();
    }

    @Test
    void a_dispatcher_that_has_not_heard_from_the_others_begins_nothing_until_it_has() {
        // Given
        one.apply(trigger("a", quick.uri(), delivery()));
        append("before", 30);
        awaitIds(quick, 30);

        // When
        log.freeze(first, true);
        append("frozen", 90);
        await().atMost(PATIENCE).until(() -> log.recordsRead() >= 120);
        await().during(Duration.ofMillis(300)).until(() -> quick.count() == 30);
        log.freeze(first, false);

        // Then
        awaitIds(quick, 120);
        assertThat(quick.count()).isEqualTo(120);
        awaitAllCommitted(log);
        one.verifyConservation();
    }

    @Test
    void what_has_become_anothers_while_it_waited_for_a_connection_is_not_sent() {
        // Given
        one.apply(trigger("a", quick.uri(), delivery()));

        // When: the one look is when it is begun; then a connection has to be opened
        log.freezeAfter(first, 1);
        append("e", 1);

        // Then
        await().atMost(PATIENCE).until(() -> one.stats("a").handedOver() == 1);
        assertThat(quick.count()).isZero();
        assertThat(one.stats("a").inFlight()).isZero();
        log.freeze(first, false);
        awaitIds(quick, 1);
        awaitAllCommitted(log);
        assertThat(quick.count()).isEqualTo(1);
        one.verifyConservation();
    }

    @Test
    void a_dead_letter_that_has_become_anothers_while_it_waited_for_a_connection_is_not_sent() {
        // Given
        slow.answer(Answer.status(400));
        one.apply(trigger("a", slow.uri(), DispatcherFixture.withSink(delivery(), quick.uri())));

        // When: the looks are at the subscriber's attempt, twice, and when its dead letter is begun
        log.freezeAfter(first, 3);
        append("e", 1);

        // Then: it begins anew
        await().atMost(PATIENCE).until(() -> one.stats("a").handedOver() == 1);
        assertThat(quick.count()).isZero();
        log.freeze(first, false);
        one.awaitEnded("a", End.DEAD_LETTERED, 1);
        awaitAllCommitted(log);
        assertThat(slow.count()).isEqualTo(2);
        assertThat(quick.count()).isEqualTo(1);
        one.verifyConservation();
    }

    @Test
    void a_reply_to_what_was_sent_in_time_is_kept_though_nothing_may_begin_any_more() {
        // Given
        slow.answer(Answer.reply(Events.of("answer", "answer"))).hold();
        one.apply(
                DispatcherFixture.withFilter(
                        trigger("asks", slow.uri(), delivery()), new Filter.Exact(Map.of("id", "question"))),
                DispatcherFixture.withFilter(
                        trigger("hears", quick.uri(), delivery()), new Filter.Exact(Map.of("id", "answer"))));
        get(first.append(List.of(Events.withId("question")), Admission.PRODUCER));
        await().atMost(PATIENCE).until(() -> slow.heldCount() == 1);

        // When
        log.freeze(first, true);
        slow.release();

        // Then
        await().atMost(PATIENCE).until(() -> log.end(0) + log.end(1) + log.end(2) == 2);
        one.awaitEnded("asks", End.DELIVERED, 1);
        log.freeze(first, false);
        awaitIds(quick, 1);
        awaitAllCommitted(log);
        assertThat(slow.count()).isEqualTo(1);
        one.verifyConservation();
    }

    @Test
    void what_has_ended_is_committed_by_its_number_too_and_not_by_the_second_alone() {
        // Given
        InProcessLog wide = new InProcessLog(10);
        one.with(wide.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), NO_SECOND);
        one.apply(trigger("a", quick.uri(), delivery()));

        // When
        one.append(Events.numbered("e", 300));

        // Then: in all partitions together, of which each alone has ended with fewer
        awaitIds(quick, 300);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(watermarks(wide)).isGreaterThan(300 - 25));
        one.append(Events.numbered("f", 30));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(watermarks(wide)).isGreaterThan(330 - 25));
    }

    @Test
    void what_ends_while_a_commit_is_under_way_is_committed_when_it_is_answered() {
        // Given
        InProcessLog single = new InProcessLog(1);
        one.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), NO_SECOND);
        one.apply(trigger("a", quick.uri(), delivery()));
        single.holdCommits(true);
        one.append(Events.numbered("e", 30));
        await().atMost(PATIENCE).until(() -> single.commits() > 0);
        one.append(Events.numbered("f", 200));
        awaitIds(quick, 230);

        // When
        single.holdCommits(false);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(watermarks(single)).isGreaterThan(230 - 25));
    }

    @Test
    void what_is_held_keeps_the_watermarks_of_many_partitions_back_by_no_more_than_that_of_one() {
        // Given
        InProcessLog wide = new InProcessLog(10);
        one.with(wide.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), NO_SECOND);
        slow.hold();
        one.apply(trigger("a", quick.uri(), delivery()), trigger("b", slow.uri(), delivery()));

        // When
        one.append(Events.numbered("e", 100));

        // Then
        awaitIds(quick, 100);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(watermarks(wide)).isGreaterThan(100 - 25 - 50));
        slow.release();
    }

    @Test
    void a_commit_or_two_that_fail_are_nothing_to_be_warned_of() {
        // Given
        Logger logger = (Logger) LoggerFactory.getLogger(LogRead.class.getPackageName());
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        one.apply(trigger("a", quick.uri(), delivery()));
        log.refuseCommits(true);
        append("e", 60);
        awaitIds(quick, 60);
        long refused = log.refusedCommits();

        // When
        await().atMost(PATIENCE).until(() -> log.refusedCommits() >= refused + 2);
        log.refuseCommits(false);

        // Then
        awaitAllCommitted(log);
        logger.detachAppender(logged);
        assertThat(logged.list).noneMatch(each -> each.getLevel().isGreaterOrEqual(Level.WARN));
    }

    @Test
    void commits_that_fail_are_made_up_for() {
        log.refuseCommits(true);
        one.apply(trigger("a", quick.uri(), delivery()));
        append("e", 300);
        awaitIds(quick, 300);
        assertThat(watermarks()).isZero();

        log.refuseCommits(false);

        awaitAllCommitted(log);
    }

    @Test
    void a_catch_up_read_that_could_go_on_gives_others_of_its_partition_their_turn() {
        // Given
        InProcessLog single = new InProcessLog(1);
        one.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        TriggerRoute far = unmatched(trigger("far", slow.uri(), delivery()));
        TriggerRoute near = unmatched(trigger("near", slow.uri(), delivery()));
        one.apply(withPacing(far, PAUSED), near);
        one.append(Events.numbered("first", 12_000));
        await().atMost(PATIENCE).until(() -> single.recordsRead() == 12_000);
        one.apply(withPacing(near, PAUSED));
        one.append(Events.numbered("second", 12_000));
        await().atMost(PATIENCE).until(() -> single.recordsRead() == 24_000);

        // When
        one.apply(far, near);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(single.committed(0)).isEqualTo(Positions.at(24_000)));
        List<Long> reads = single.catchUpReads(0);
        boolean farFirst = reads.get(0) < 12_000;
        int turn = 0;
        while (reads.get(turn) < 12_000 == farFirst) {
            turn++;
        }
        assertThat(turn).as("batches before the other had its turn: %s", reads).isLessThanOrEqualTo(16);
    }

    @Test
    void triggers_that_are_far_behind_and_released_together_share_what_is_read_again() {
        // Given: each wants the last of the events alone, so that all have to look at each of them
        int events = 5_000;
        int triggers = 50;
        InProcessLog single = new InProcessLog(1);
        one.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        Filter last = new Filter.Exact(Map.of("id", "e-" + (events - 1)));
        TriggerRoute[] released = new TriggerRoute[triggers];
        TriggerRoute[] paused = new TriggerRoute[triggers];
        for (int i = 0; i < triggers; i++) {
            released[i] = DispatcherFixture.withFilter(trigger("t-" + i, quick.uri("/" + i), delivery()), last);
            paused[i] = DispatcherFixture.withPacing(released[i], DispatcherFixture.PAUSED);
        }
        one.apply(paused);
        one.append(Events.numbered("e", events));
        await().atMost(PATIENCE).until(() -> single.recordsRead() == events);

        // When
        one.apply(released);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(single.committed(0)).isEqualTo(Positions.at(events)));
        assertThat(quick.requests().stream().map(request -> request.uri()))
                .as("each trigger, once")
                .hasSize(triggers)
                .doesNotHaveDuplicates();
        assertThat(single.recordsRead()).isLessThan(5L * events);
        one.verifyConservation();
    }

    /** It reads everything and is never full. */
    private static TriggerRoute unmatched(TriggerRoute of) {
        return DispatcherFixture.withFilter(of, new Filter.Exact(Map.of("type", "none")));
    }

    @Test
    void a_key_that_fails_holds_up_no_other_key_however_many_events_it_has() {
        // Given
        AtomicBoolean broken = new AtomicBoolean(true);
        List<String> taken = takesUnless(id -> broken.get() && id.startsWith("bad-"));
        InProcessLog single = new InProcessLog(1);
        one.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        one.apply(withOrdering(
                trigger("ordered", slow.uri(), DispatcherFixture.withBackoffMax(delivery(), Duration.ofMillis(200))),
                new Ordering(EventAttribute.named("partitionkey"), true)));

        // When
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            events.add(Extensions.with(
                    Events.withId((i % 10 == 0 ? "bad-" : "good-") + i),
                    "partitionkey",
                    i % 10 == 0 ? "bad" : "k" + i % 97));
        }
        for (int i = 0; i < events.size(); i += 50) {
            one.append(events.subList(i, i + 50));
        }

        // Then
        one.awaitEnded("ordered", End.DELIVERED, 2_700);
        assertThat(one.stats("ordered").inFlight()).isLessThanOrEqualTo(SMALL.window());
        broken.set(false);
        one.awaitEnded("ordered", End.DELIVERED, 3_000);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(single.committed(0)).isEqualTo(Positions.at(3_000)));
        Map<String, Integer> last = new HashMap<>();
        assertThat(taken).hasSize(3_000);
        for (String id : taken) {
            int number = Integer.parseInt(id.substring(id.indexOf('-') + 1));
            String key = number % 10 == 0 ? "bad" : "k" + number % 97;
            assertThat(number).as(id).isGreaterThan(last.getOrDefault(key, -1));
            last.put(key, number);
        }
        one.verifyConservation();
    }

    @Test
    void a_trigger_that_has_left_as_much_in_the_log_as_it_may_takes_nothing_new_and_says_so_until_there_is_less() {
        // Given
        AtomicBoolean broken = new AtomicBoolean(true);
        List<String> taken = takesUnless(id -> broken.get() && id.startsWith("bad-"));
        InProcessLog single = new InProcessLog(1);
        one.with(
                single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())),
                new LogSettings(
                        SMALL.memory(),
                        SMALL.window(),
                        SMALL.handoverTimeout(),
                        SMALL.catchUpReaders(),
                        SMALL.forgetAfter(),
                        SMALL.lookAtRetention(),
                        SMALL.commitAfter(),
                        100));
        one.apply(
                trigger("quick", quick.uri(), delivery()),
                withOrdering(
                        trigger("ordered", slow.uri(), DispatcherFixture.withBackoffMax(delivery(), MOMENT)),
                        new Ordering(EventAttribute.named("partitionkey"), true)));

        // When
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String key = i < 200 ? "bad" : "good";
            ids.add(key + "-" + i);
            one.append(Extensions.with(Events.withId(key + "-" + i), "partitionkey", key));
        }
        awaitIds(quick, 300);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("ordered").hold())
                        .hasValueSatisfying(hold -> assertThat(hold.reason()).isEqualTo(HoldReason.KEYS_BLOCKED)));
        assertThat(keysBlocked("ordered")).isEqualTo(1);
        assertThat(keysBlocked("quick")).isZero();
        assertThat(one.stats("ordered").matched()).isBetween(100L, 199L);
        assertThat(taken).isEmpty();

        // When
        broken.set(false);

        // Then
        one.awaitEnded("ordered", End.DELIVERED, 300);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("ordered").hold()).isEmpty());
        assertThat(keysBlocked("ordered")).isZero();
        assertThat(taken).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(taken).filteredOn(id -> id.startsWith("bad-")).isEqualTo(ids.subList(0, 200));
        one.verifyConservation();
    }

    private double keysBlocked(String trigger) {
        return one.registry
                .get(Meters.TRIGGER_KEYS_BLOCKED)
                .tag(Meters.TRIGGER, trigger)
                .gauge()
                .value();
    }

    @Test
    void what_is_postponed_behind_a_failing_key_goes_to_the_next_owner_of_the_partition() {
        // Given
        AtomicBoolean broken = new AtomicBoolean(true);
        List<String> taken = takesUnless(id -> broken.get());
        TriggerRoute route = withOrdering(
                trigger("ordered", slow.uri(), DispatcherFixture.withBackoffMax(delivery(), Duration.ofMillis(200))),
                new Ordering(EventAttribute.named("partitionkey"), true));
        one.apply(route);
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            events.add(Extensions.with(Events.withId("e-" + i), "partitionkey", "only"));
        }
        get(first.append(events, Admission.PRODUCER));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("ordered").matched())
                        .as("looked at all")
                        .isGreaterThanOrEqualTo(500));

        // When
        get(one.dispatcher().drain(Duration.ofSeconds(10)));
        get(one.dispatcher().close());
        broken.set(false);
        two.with(second, SMALL);
        two.apply(route);

        // Then
        two.awaitEnded("ordered", End.DELIVERED, 500);
        awaitAllCommitted(log);
        List<String> expected = new ArrayList<>();
        events.forEach(event -> expected.add(event.getId()));
        assertThat(taken).isEqualTo(expected);
        two.verifyConservation();
    }

    @Test
    void nobody_waits_for_a_failing_key_any_more_when_the_order_is_switched_off() {
        // Given
        slow.answerBy(request -> Answer.status(request.ordinal() < 3 ? 503 : 200));
        TriggerRoute route = trigger("ordered", slow.uri(), DispatcherFixture.waiting());
        one.apply(withOrdering(route, new Ordering(EventAttribute.named("partitionkey"), true)));
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            events.add(Extensions.with(Events.withId("e-" + i), "partitionkey", "k" + i % 3));
        }
        get(first.append(events, Admission.PRODUCER));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("ordered").matched())
                        .as("looked at all")
                        .isEqualTo(300));

        // When
        one.apply(route);

        // Then
        one.awaitEnded("ordered", End.DELIVERED, 300);
        awaitAllCommitted(log);
        one.verifyConservation();
    }

    /** Lets the slow subscriber answer 503 to some events, and collects the others in the order of their coming. */
    private List<String> takesUnless(Predicate<String> refused) {
        List<String> taken = Collections.synchronizedList(new ArrayList<>());
        slow.answerBy(request -> {
            String id = request.eventId();
            if (refused.test(id)) {
                return Answer.status(503);
            }
            taken.add(id);
            return Answer.ok();
        });
        return taken;
    }

    /** Ten events in one partition that one dispatcher has begun and not ended, and given up. */
    private TriggerRoute leaveTenUnfinished(InProcessLog single) {
        slow.hold();
        one.with(
                single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())),
                new LogSettings(SMALL.memory(), SMALL.window(), Duration.ofMillis(50), 2));
        TriggerRoute route = trigger("late", slow.uri(), delivery());
        one.apply(route);
        one.append(Events.numbered("e", 10));
        await().atMost(PATIENCE).until(() -> slow.heldCount() == 10);
        get(one.dispatcher().drain(Duration.ofSeconds(10)));
        get(one.dispatcher().close());
        slow.release();
        assertThat(single.committed(0).of("late-uid").unfinishedCount()).isEqualTo(10);
        return route;
    }

    @Test
    void an_event_that_can_not_be_read_again_ends_as_unreadable_and_holds_up_no_other() {
        // Given
        InProcessLog single = new InProcessLog(1);
        TriggerRoute route = leaveTenUnfinished(single);

        // When
        single.spoil(0, 3);
        single.spoil(0, 9);
        two.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        two.apply(route);

        // Then
        two.awaitEnded("late", End.DELIVERED, 8);
        two.awaitEnded("late", End.UNREADABLE, 2);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(single.committed(0)).isEqualTo(Positions.at(10)));
        two.verifyConservation();
    }

    @Test
    void events_that_retention_took_first_are_counted_as_lost_to_it() {
        // Given
        InProcessLog single = new InProcessLog(1);
        TriggerRoute route = leaveTenUnfinished(single);

        // When
        single.truncate(0, 4);
        two.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        two.apply(route);

        // Then
        two.awaitEnded("late", End.DELIVERED, 6);
        two.awaitEnded("late", End.LOST_TO_RETENTION, 4);
        assertThat(two.stats("late").lastLoss())
                .hasValueSatisfying(note -> assertThat(note.text())
                        .contains("partition 0 begins at offset 4", "4 events that the trigger had matched"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(single.committed(0)).isEqualTo(Positions.at(10)));
        two.verifyConservation();
    }

    @Test
    void a_paused_trigger_that_retention_overtakes_is_told_how_much_it_had_not_looked_at() {
        // Given
        InProcessLog single = new InProcessLog(1);
        one.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        TriggerRoute resting = trigger("resting", slow.uri(), delivery());
        one.apply(withPacing(resting, PAUSED));
        one.append(Events.numbered("e", 100));
        await().atMost(PATIENCE).until(() -> single.recordsRead() == 100);

        // When
        single.truncate(0, 60);
        one.apply(resting);

        // Then
        one.awaitEnded("resting", End.DELIVERED, 40);
        assertThat(one.stats("resting").skipped()).isEqualTo(60);
        assertThat(one.stats("resting").lastLoss()).isPresent();
        one.verifyConservation();
    }

    @Test
    void what_a_paused_trigger_has_not_looked_at_shows_as_its_lag_and_that_of_no_other() {
        // Given
        TriggerRoute resting = trigger("resting", slow.uri(), delivery());
        one.apply(withPacing(resting, PAUSED), trigger("quick", quick.uri(), delivery()));

        // When
        append("e", 300);
        awaitIds(quick, 300);

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("resting").lag()).isEqualTo(300));
        assertThat(one.registry
                        .get(Meters.TRIGGER_LAG)
                        .tag(Meters.TRIGGER, "resting")
                        .gauge()
                        .value())
                .isEqualTo(300);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("quick").lag()).isZero());
        one.apply(resting);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(one.stats("resting").lag()).isZero());
        assertThat(slow.count()).isEqualTo(300);
    }

    @Test
    void what_a_stop_left_of_a_channel_in_memory_is_not_appended_to_a_log_and_stays_on_disk(@TempDir Path folder)
            throws Exception {
        // Given
        TriggerRoute route = trigger("a", quick.uri(), delivery());
        Place place = new Place(route.name(), route.uid(), 1, 1, Optional.empty(), Optional.empty());
        Spool before = new Spool(folder, System::currentTimeMillis);
        before.write(
                DispatcherFixture.BROKER,
                DispatcherFixture.BROKER_UID,
                List.of(new Waiting(Events.withId("left"), List.of(place))),
                List.of());
        before.close();
        Spool after = new Spool(folder, System::currentTimeMillis);
        after.open();
        // What is left for a trigger that is not there would be discarded.
        one.apply(route);

        // When
        one.with(first, SMALL, Optional.of(after));
        append("e", 3);
        awaitIds(quick, 3);
        Spooled stopped = get(one.dispatcher().spool(Duration.ofSeconds(10)));
        after.close();

        // Then
        assertThat(quick.ids()).doesNotContain("left");
        assertThat(log.end(0) + log.end(1) + log.end(2)).isEqualTo(3);
        assertThat(stopped.waiting()).isEqualTo(1);
        Spool last = new Spool(folder, System::currentTimeMillis);
        assertThat(last.open().values())
                .singleElement()
                .satisfies(left -> assertThat(left.events()).isEqualTo(1));
        last.close();
    }

    @Test
    void a_channel_that_fails_when_it_is_left_keeps_nothing_of_a_stop_from_its_end() {
        // Given
        one.apply(trigger("a", quick.uri(), delivery()));
        append("e", 30);
        awaitIds(quick, 30);

        // When
        log.failLeaving(true);
        Spooled spooled = get(one.dispatcher().spool(Duration.ofSeconds(10)));

        // Then
        assertThat(spooled.problems()).isEmpty();
        assertThat(spooled.failed()).isZero();
    }

    @Test
    void a_deleted_trigger_leaves_no_position() {
        // Given
        slow.hold();
        one.apply(trigger("gone", slow.uri(), delivery()), trigger("a", quick.uri(), delivery()));
        append("e", 300);
        awaitIds(quick, 300);

        // When
        one.delete("gone");
        slow.release();

        // Then
        awaitAllCommitted(log);
        append("f", 30);
        awaitIds(quick, 330);
        assertThat(slow.ids()).noneMatch(id -> id.startsWith("f-"));
    }

    @Test
    void a_start_that_is_told_again_does_not_set_a_trigger_back_that_is_in_force() {
        // Given
        one.apply(trigger("a", quick.uri(), delivery()));
        append("e", 30);
        awaitIds(quick, 30);
        awaitAllCommitted(log);

        // When
        log.tellStartsAgain();
        append("f", 30);

        // Then
        awaitIds(quick, 60);
        awaitAllCommitted(log);
    }

    @Test
    void a_trigger_whose_start_fails_when_a_process_comes_back_waits_alone_and_keeps_its_place() {
        // Given
        TriggerRoute late = trigger("late", slow.uri(), delivery());
        one.apply(trigger("a", quick.uri(), delivery()), late);

        // When
        log.refuseStartOf(late.uid());
        one.with(first, SMALL);
        Map<ResourceName, String> waiting = one.applyWaiting();

        // Then
        assertThat(waiting).containsOnlyKeys(late.name());
        assertThat(waiting.get(late.name())).contains("told to refuse the start of shop/late");
        append("e", 30);
        awaitIds(quick, 30);
        assertThat(slow.count()).isZero();
        log.refuseStartOf(null);
        assertThat(one.applyWaiting()).isEmpty();
        awaitIds(slow, 30);
        awaitAllCommitted(log);
    }

    @Test
    void what_a_log_has_not_had_back_when_time_is_up_is_neither_for_the_disk_nor_missing() {
        // Given
        slow.hold();
        InProcessLog single = new InProcessLog(1);
        one.with(
                single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())),
                new LogSettings(SMALL.memory(), SMALL.window(), PATIENCE, 2));
        TriggerRoute route = trigger("late", slow.uri(), delivery());
        one.apply(route);
        one.append(Events.numbered("e", 10));
        await().atMost(PATIENCE).until(() -> slow.heldCount() == 10);

        // When
        Spooled stopped = get(one.dispatcher().spool(Duration.ofMillis(100)));

        // Then
        assertThat(stopped.waiting() + stopped.failed()).isZero();
        slow.release();
        two.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        two.apply(route);
        two.awaitEnded("late", End.DELIVERED, 10);
    }

    @Test
    void an_event_that_one_trigger_can_not_begin_holds_up_no_other_and_comes_again() {
        // Given
        InProcessLog single = new InProcessLog(1);
        one.with(
                single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())),
                new LogSettings(SMALL.memory(), SMALL.window(), Duration.ofMillis(50), 2));
        TriggerRoute a = trigger("a", quick.uri(), delivery());
        TriggerRoute b = trigger("b", slow.uri(), delivery());
        one.apply(a, b);

        // When
        one.append(brokenOnce(Events.withId("broken")));
        one.append(Events.numbered("e", 250));

        // Then
        await().atMost(PATIENCE).until(() -> quick.count() + slow.count() == 501);
        assertThat(get(one.dispatcher().checkLedger()))
                .as("what is in no queue")
                .isEqualTo(1);
        get(one.dispatcher().drain(Duration.ofSeconds(10)));
        get(one.dispatcher().close());
        two.with(single.open(new ChannelSpec("in-process-log", DispatcherFixture.BROKER, "uid", Map.of())), SMALL);
        two.apply(a, b);
        awaitIds(quick, 251);
        awaitIds(slow, 251);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(single.committed(0)).isEqualTo(Positions.at(251)));
    }

    /** Fails when it is asked for its expiry for the first time, which is when a trigger begins it. */
    private CloudEvent brokenOnce(CloudEvent event) {
        AtomicBoolean broken = new AtomicBoolean(true);
        return (CloudEvent) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {CloudEvent.class}, (self, method, arguments) -> {
                    if (method.getName().equals("getExtension")
                            && arguments[0].equals("expirytime")
                            && broken.compareAndSet(true, false)) {
                        throw new IllegalStateException("broken");
                    }
                    try {
                        return method.invoke(event, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void a_trigger_that_matches_nothing_costs_no_read_and_no_word_in_a_commit() {
        // Given
        one.with(first, LogSettings.defaults());
        List<TriggerRoute> routes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            routes.add(DispatcherFixture.withFilter(
                    trigger("idle" + i, slow.uri(), delivery()), new Filter.Exact(Map.of("type", "none" + i))));
        }
        routes.add(trigger("a", quick.uri(), delivery()));
        one.apply(routes.toArray(TriggerRoute[]::new));

        // When
        append("e", 300);

        // Then
        awaitIds(quick, 300);
        awaitAllCommitted(log);
        assertThat(log.recordsRead()).isEqualTo(300);
        assertThat(slow.count()).isZero();
    }
}
