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

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.TriggerRoute;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Order by key: lanes, and what holds one up and what does not. */
class OrderTest {

    private static final Ordering BY_KEY = new Ordering(EventAttribute.named("partitionkey"), false);
    private static final Ordering BLOCKING = new Ordering(EventAttribute.named("partitionkey"), true);

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    @RegisterExtension
    final QueueFixture queue = new QueueFixture();

    /** {@code KEY-NUMBER}, or {@code -NUMBER} without a key. */
    private static CloudEvent event(@Nullable String key, int number) {
        var event = CloudEventBuilder.v1(Events.withId((key == null ? "" : key) + "-" + number));
        return key == null
                ? event.build()
                : event.withExtension("partitionkey", key).build();
    }

    private static List<CloudEvent> events(@Nullable String key, int count) {
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(event(key, i));
        }
        return events;
    }

    private static String keyOf(String id) {
        return id.substring(0, id.lastIndexOf('-'));
    }

    private static int numberOf(String id) {
        return Integer.parseInt(id.substring(id.lastIndexOf('-') + 1));
    }

    private TriggerRoute ordered() {
        return with(route(subscriber.uri(), delivery()), BY_KEY);
    }

    /** No event of a key is sent before the one before it was sent for the last time. */
    private static void verifyOrder(List<String> sent) {
        Map<String, Integer> newest = new HashMap<>();
        for (String id : sent) {
            Integer before = newest.put(keyOf(id), numberOf(id));
            assertThat(numberOf(id))
                    .as("%s after number %s of the same key; all: %s", id, before, sent)
                    .isGreaterThanOrEqualTo(before == null ? 0 : before);
        }
    }

    @Test
    void one_event_of_a_key_is_under_way_at_a_time_and_keys_go_in_parallel() {
        // Given
        subscriber.hold();
        queue.start(ordered());

        // When
        queue.accept(events("a", 3));
        queue.accept(events("b", 3));

        // Then
        await().until(() -> subscriber.heldCount() == 2);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder("a-0", "b-0");
        subscriber.release();
        await().until(() -> queue.delivered() == 6);
        verifyOrder(subscriber.ids());
    }

    @Test
    void the_same_key_in_two_partitions_is_two_lanes() {
        // Given
        subscriber.hold();
        queue.start(ordered());

        // When
        queue.accept(0, List.of(event("a", 0), event("a", 1)));
        queue.accept(1, List.of(event("a", 2), event("a", 3)));

        // Then
        await().until(() -> subscriber.heldCount() == 2);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder("a-0", "a-2");
    }

    @Test
    void events_without_the_key_share_one_lane_of_their_partition() {
        // Given
        subscriber.hold();
        queue.start(ordered());

        // When
        queue.accept(events(null, 3));
        queue.accept(events("", 1));

        // Then: an empty key is a key
        await().until(() -> subscriber.heldCount() == 2);
        assertThat(subscriber.requests()).hasSize(2);
    }

    @Test
    void another_attribute_may_order() {
        // Given
        subscriber.hold();
        queue.start(with(ordered(), new Ordering(EventAttribute.named("subject"), false)));

        // When
        queue.accept(List.of(
                CloudEventBuilder.v1(event("a", 0)).withSubject("x").build(),
                CloudEventBuilder.v1(event("b", 1)).withSubject("x").build(),
                CloudEventBuilder.v1(event("a", 2)).withSubject("y").build()));

        // Then
        await().until(() -> subscriber.heldCount() == 2);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder("a-0", "a-2");
    }

    @Test
    void a_retry_holds_its_lane_and_no_other() throws InterruptedException {
        // Given
        Set<String> failed = ConcurrentHashMap.newKeySet();
        subscriber.answerBy(request ->
                request.eventId().equals("a-0") && failed.add(request.eventId()) ? Answer.status(503) : Answer.ok());
        queue.start(ordered());

        // When
        queue.accept(events("a", 3));
        queue.accept(events("b", 3));

        // Then
        await().until(() -> queue.delivered() == 3);
        queue.awaitQuiet();
        assertThat(subscriber.count()).isEqualTo(4);
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> queue.delivered() == 6);
        assertThat(subscriber.ids()).filteredOn(id -> id.startsWith("a")).containsExactly("a-0", "a-0", "a-1", "a-2");
        assertThat(queue.timers().most()).isEqualTo(1);
    }

    @Test
    void a_thousand_lanes_that_wait_for_a_retry_take_one_timer_and_no_place() throws InterruptedException {
        // Given
        subscriber.answerBy(request -> request.eventId().startsWith("good") ? Answer.ok() : Answer.status(503));
        queue.start(ordered());
        List<CloudEvent> bad = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            bad.add(event("bad" + i, 0));
            bad.add(event("bad" + i, 1));
        }

        // When
        queue.accept(bad);
        await().until(() -> subscriber.answeredCount() == 1000);
        queue.awaitQuiet();
        queue.accept(events("good", 50));

        // Then
        await().until(() -> queue.delivered() == 50);
        assertThat(queue.timers().most()).isEqualTo(1);
        assertThat(queue.stats().inFlight()).isEqualTo(2000);
        subscriber.answer(Answer.ok());
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> queue.delivered() == 2050);
        verifyOrder(subscriber.ids());
    }

    @Test
    void a_dead_letter_frees_its_lane_when_the_sink_has_it() {
        // Given
        sink.hold();
        subscriber.answerBy(request -> request.eventId().equals("a-0") ? Answer.status(400) : Answer.ok());
        queue.start(with(route(subscriber.uri(), withSink(delivery(), sink.uri())), BY_KEY));

        // When
        queue.accept(events("a", 2));

        // Then
        await().until(() -> sink.heldCount() == 1);
        assertThat(subscriber.ids()).containsExactly("a-0");
        sink.release();
        await().until(() -> queue.delivered() == 1);
        assertThat(queue.ended(End.DEAD_LETTERED)).isEqualTo(1);
    }

    @Test
    void a_reply_holds_its_lane_until_it_is_kept() {
        // Given
        queue.start(ordered());
        subscriber.answerBy(request -> request.eventId().equals("a-0") ? Answer.reply(Events.MINIMAL) : Answer.ok());
        var kept = queue.holdReplies();

        // When
        queue.accept(events("a", 2));
        await().until(() -> queue.heldReplies() == 1);
        queue.awaitQuiet();

        // Then
        assertThat(subscriber.ids()).containsExactly("a-0");
        kept.complete();
        await().until(() -> queue.delivered() == 2);
        assertThat(subscriber.ids()).containsExactly("a-0", "a-1");
    }

    @Test
    void an_event_that_expires_behind_another_frees_its_lane() throws InterruptedException {
        // Given
        OffsetDateTime soon = OffsetDateTime.ofInstant(Instant.ofEpochMilli(1_700_000_000_000L), ZoneOffset.UTC)
                .plusSeconds(30);
        subscriber.hold();
        queue.start(ordered());
        queue.accept(List.of(
                event("a", 0),
                CloudEventBuilder.v1(event("a", 1))
                        .withExtension("expirytime", soon)
                        .build(),
                event("a", 2)));
        await().until(() -> subscriber.heldCount() == 1);

        // When
        queue.advance(Duration.ofSeconds(31));
        subscriber.release();

        // Then
        await().until(() -> queue.delivered() == 2);
        assertThat(queue.ended(End.EXPIRED)).isEqualTo(1);
        assertThat(subscriber.ids()).containsExactly("a-0", "a-2");
    }

    @Test
    void an_event_that_expires_between_attempts_frees_its_lane() throws InterruptedException {
        // Given
        OffsetDateTime soon = OffsetDateTime.ofInstant(Instant.ofEpochMilli(1_700_000_000_000L), ZoneOffset.UTC)
                .plusNanos(500_000_000);
        subscriber.answerBy(request -> request.eventId().equals("a-0") ? Answer.status(503) : Answer.ok());
        queue.start(ordered());
        queue.accept(List.of(
                CloudEventBuilder.v1(event("a", 0))
                        .withExtension("expirytime", soon)
                        .build(),
                event("a", 1)));
        await().until(() -> subscriber.answeredCount() == 1);
        queue.awaitQuiet();

        // When
        queue.advance(Duration.ofSeconds(1));

        // Then
        await().until(() -> queue.delivered() == 1);
        assertThat(queue.ended(End.EXPIRED)).isEqualTo(1);
        assertThat(subscriber.ids()).containsExactly("a-0", "a-1");
    }

    @Test
    void on_exhausted_block_holds_the_lane_and_tries_on_at_the_longest_wait() throws InterruptedException {
        // Given: a status that is not even retried, and a sink that would take it
        subscriber.answerBy(request -> request.eventId().equals("a-0") ? Answer.status(400) : Answer.ok());
        queue.start(with(route(subscriber.uri(), withSink(delivery(), sink.uri())), BLOCKING));
        queue.accept(events("a", 3));
        queue.accept(events("b", 3));
        await().until(() -> queue.delivered() == 3);

        // When
        queue.advance(Duration.ofMinutes(5));
        await().until(() -> subscriber.count() == 5);
        queue.awaitQuiet();

        // Then
        assertThat(subscriber.ids()).filteredOn(id -> id.startsWith("a")).containsExactly("a-0", "a-0");
        assertThat(sink.count()).isZero();
        subscriber.answer(Answer.ok());
        queue.advance(Duration.ofMinutes(5));
        await().until(() -> queue.delivered() == 6);
        verifyOrder(subscriber.ids());
    }

    @Test
    void to_block_no_more_lets_what_is_used_up_go_to_its_end_at_once() {
        // Given
        subscriber.answerBy(request -> request.eventId().equals("a-0") ? Answer.status(400) : Answer.ok());
        queue.start(with(route(subscriber.uri(), withSink(delivery(), sink.uri())), BLOCKING));
        queue.accept(events("a", 3));
        await().until(() -> subscriber.answeredCount() == 1);
        queue.awaitQuiet();

        // When
        queue.update(route -> with(route, BY_KEY));

        // Then
        await().until(() -> queue.delivered() == 2);
        assertThat(queue.ended(End.DEAD_LETTERED)).isEqualTo(1);
    }

    @Test
    void each_probe_of_the_breaker_is_another_lanes() throws InterruptedException {
        // Given
        subscriber.answer(Answer.status(503));
        queue.start(with(ordered(), new Pacing(OptionalInt.of(1), Optional.empty(), true, false)));
        for (int i = 0; i < 20; i++) {
            queue.accept(events("k" + i, 3));
        }
        await().until(() -> queue.stats().hold().isPresent());

        // When
        queue.advance(Duration.ofSeconds(1));
        await().until(() -> subscriber.answeredCount() == 11);
        queue.awaitQuiet();
        queue.advance(Duration.ofSeconds(2));
        await().until(() -> subscriber.answeredCount() == 12);

        // Then
        assertThat(subscriber.ids().subList(9, 12).stream().map(OrderTest::keyOf))
                .doesNotHaveDuplicates();
    }

    // ---- changes ------------------------------------------------------------------------------------------------

    @Test
    void without_order_nobody_waits_for_another_any_more() {
        // Given
        subscriber.hold();
        queue.start(ordered());
        queue.accept(events("a", 50));
        await().until(() -> subscriber.heldCount() == 1);

        // When
        queue.update(route -> with(route, (Ordering) null));

        // Then
        await().until(() -> subscriber.heldCount() == 50);
        subscriber.release();
        await().until(() -> queue.delivered() == 50);
    }

    @Test
    void order_holds_for_what_is_matched_after_it_was_asked_for() {
        // Given
        subscriber.hold();
        queue.start(with(ordered(), (Ordering) null));
        queue.accept(List.of(event("a", 0), event("a", 1)));
        await().until(() -> subscriber.heldCount() == 2);

        // When
        queue.update(route -> with(route, BY_KEY));
        queue.accept(List.of(event("a", 2), event("a", 3)));

        // Then
        await().until(() -> subscriber.heldCount() == 3);
        assertThat(subscriber.ids()).doesNotContain("a-3");
        subscriber.release();
        await().until(() -> queue.delivered() == 4);
    }

    @Test
    void a_lane_of_before_ends_well_after_order_went_and_came_back() {
        // Given
        subscriber.hold();
        queue.start(ordered());
        queue.accept(List.of(event("a", 0), event("a", 1)));
        await().until(() -> subscriber.heldCount() == 1);
        queue.update(route -> with(route, (Ordering) null));
        queue.update(route -> with(route, BY_KEY));
        queue.accept(List.of(event("a", 2), event("a", 3)));
        await().until(() -> subscriber.heldCount() == 3);

        // When: the end of the two of before is not the end of the first of the new lane, nor of the lane
        subscriber.releaseOne();
        subscriber.releaseOne();
        await().until(() -> queue.delivered() == 2);
        queue.accept(List.of(event("a", 4)));
        queue.awaitSettled();

        // Then
        assertThat(subscriber.heldCount()).isEqualTo(1);
        assertThat(subscriber.ids()).doesNotContain("a-3", "a-4");
        subscriber.release();
        await().until(() -> queue.delivered() == 5);
        assertThat(queue.stats().inFlight()).isZero();
    }

    @Test
    void a_deleted_trigger_discards_what_waits_in_its_lanes() {
        // Given
        subscriber.hold();
        queue.start(ordered());
        queue.accept(events("a", 100));
        queue.accept(events("b", 100));
        await().until(() -> subscriber.heldCount() == 2);

        // When
        Future<Void> empty = queue.discard();
        subscriber.release();

        // Then
        QueueFixture.get(empty);
        assertThat(queue.ended(End.DISCARDED) + queue.delivered()).isEqualTo(200);
        assertThat(queue.stats().inFlight()).isZero();
    }

    // ---- under load ---------------------------------------------------------------------------------------------

    /** The 999 others flow, in order, while the one that always fails costs what one event under way costs. */
    @Test
    void a_key_that_always_fails_and_makes_up_a_tenth_holds_up_itself_alone() throws InterruptedException {
        // Given
        int keys = 1000;
        int each = 9;
        subscriber.answerBy(request -> request.eventId().startsWith("poison") ? Answer.status(500) : Answer.ok());
        queue.start(ordered());
        List<CloudEvent> all = new ArrayList<>();
        int poisoned = 0;
        for (int round = 0; round < each; round++) {
            for (int key = 1; key < keys; key++) {
                all.add(event("k" + key, round));
                if (all.size() % 10 == 9) {
                    all.add(event("poison", poisoned++));
                }
            }
        }

        // When
        for (int i = 0; i < all.size(); i += 100) {
            queue.accept(all.subList(i, Math.min(all.size(), i + 100)));
            queue.advance(Duration.ofMillis(100));
        }

        // Then
        int good = all.size() - poisoned;
        await().atMost(Duration.ofSeconds(30)).until(() -> queue.delivered() == good);
        assertThat(poisoned).isGreaterThanOrEqualTo(all.size() / 10 - 1);
        assertThat(queue.stats().inFlight()).isEqualTo(poisoned);
        verifyOrder(subscriber.ids());
        assertThat(subscriber.ids()).filteredOn(id -> id.startsWith("poison")).containsOnly("poison-0");
        assertThat(subscriber.ids()).filteredOn(id -> id.startsWith("poison")).hasSizeLessThanOrEqualTo(11);
    }

    /** Random failures, retries, changes of limits, and order switched off and on; seeded. */
    @Test
    void order_holds_across_retries_and_changes() throws InterruptedException {
        // Given
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, Integer> failures = new ConcurrentHashMap<>();
        for (int key = 0; key < 20; key++) {
            for (int number = 0; number < 50; number++) {
                failures.put("k" + key + "-" + number, Math.max(0, random.nextInt(6) - 3));
            }
        }
        subscriber.answerBy(
                request -> failures.merge(request.eventId(), -1, Integer::sum) >= 0 ? Answer.status(503) : Answer.ok());
        queue.start(ordered());

        // When
        int[] next = new int[20];
        int[] orderedFrom = new int[20];
        for (int accepted = 0; accepted < 1000; ) {
            switch (random.nextInt(40)) {
                case 0 ->
                    queue.update(route -> with(
                            route,
                            new Pacing(
                                    OptionalInt.of(1 + random.nextInt(30)),
                                    Optional.empty(),
                                    random.nextBoolean(),
                                    false)));
                case 1 -> {
                    queue.update(route -> with(route, (Ordering) null));
                    queue.update(route -> with(route, BY_KEY));
                    System.arraycopy(next, 0, orderedFrom, 0, next.length);
                }
                case 2, 3, 4 -> queue.advance(Duration.ofMillis(random.nextInt(1500)));
                default -> {
                    int key = random.nextInt(20);
                    if (next[key] < 50) {
                        queue.accept(List.of(event("k" + key, next[key]++)));
                        accepted++;
                    }
                }
            }
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            queue.advance(Duration.ofSeconds(30));
            return queue.delivered() == 1000;
        });

        // Then
        Map<String, Integer> from = new HashMap<>();
        for (int key = 0; key < 20; key++) {
            from.put("k" + key, orderedFrom[key]);
        }
        try {
            verifyOrder(subscriber.ids().stream()
                    .filter(id -> numberOf(id) >= from.getOrDefault(keyOf(id), 0))
                    .toList());
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertThat(queue.stats().inFlight()).as("seed %d", seed).isZero();
    }
}
