/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.DeadLetterStore.Shelf;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.testkit.Events;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeadLetterStoreTest {

    private static final ResourceName BROKER = new ResourceName("shop", "default");
    private static final ResourceName OTHER = new ResourceName("shop", "other");
    private static final ResourceName ORDERS = new ResourceName("shop", "orders");
    private static final Runnable NOTHING = () -> {};
    private static final long SECOND = 1_000;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private DeadLetterStore store(long capacity) {
        return new DeadLetterStore(capacity, System::currentTimeMillis, registry);
    }

    private static Cause cause(int status) {
        return new Cause(
                status == 0 ? FailureKind.NO_CONNECTION : FailureKind.UNAVAILABLE,
                status,
                "it failed",
                "http://orders/",
                Buffer.buffer(),
                Map.of());
    }

    private static boolean park(Shelf shelf, CloudEvent event, int status, long lastAttempt, Runnable whenRoom) {
        return shelf.park(ORDERS, "orders-uid", event, cause(status), 1, 0, lastAttempt, NOTHING, whenRoom);
    }

    private static boolean park(Shelf shelf, String id) {
        return park(shelf, Events.withId(id), 500, SECOND, NOTHING);
    }

    private static int fill(Shelf shelf) {
        int parked = 0;
        while (park(shelf, "e" + parked)) {
            parked++;
        }
        return parked;
    }

    private static List<String> eventIds(DeadLetterStore.Page page) {
        return page.items().stream().map(parked -> parked.event().getId()).toList();
    }

    // ---- room -------------------------------------------------------------------------------------------------------

    @Test
    void one_broker_alone_may_fill_everything_and_not_more() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");

        // When
        int parked = fill(shelf);

        // Then
        double bytes = registry.get(Meters.DEAD_LETTERS_BYTES).gauge().value();
        assertThat(bytes).isBetween(95_000.0, 100_000.0);
        assertThat(registry.get(Meters.DEAD_LETTERS).gauge().value()).isEqualTo(parked);
    }

    @Test
    void a_broker_that_fills_its_share_leaves_another_its_own() {
        // Given
        var store = store(100_000);
        Shelf greedy = store.open(BROKER, "uid");
        Shelf modest = store.open(OTHER, "other-uid");

        // When
        int greedyParked = fill(greedy);
        int modestParked = fill(modest);

        // Then: three quarters for the first, its guaranteed quarter for the second
        assertThat((double) modestParked / (greedyParked + modestParked)).isBetween(0.22, 0.28);
    }

    @Test
    void a_broker_that_comes_late_gets_its_share_at_once() {
        // Given
        var store = store(100_000);
        int greedy = fill(store.open(BROKER, "uid"));

        // When
        int late = fill(store.open(OTHER, "other-uid"));

        // Then
        assertThat((double) late / greedy).isBetween(0.22, 0.28);
    }

    @Test
    void brokers_that_keep_coming_never_hold_more_than_one_and_a_half_times_the_capacity() {
        // Given
        var store = store(100_000);

        // When
        for (int i = 0; i < 20; i++) {
            fill(store.open(new ResourceName("shop", "b" + i), "uid" + i));
        }

        // Then
        double total = registry.find(Meters.DEAD_LETTERS_BYTES).gauges().stream()
                .mapToDouble(gauge -> gauge.value())
                .sum();
        assertThat(total).isLessThanOrEqualTo(150_000);
    }

    @Test
    void whoever_found_no_room_is_told_once_when_there_may_be_some() {
        // Given
        var store = store(20_000);
        Shelf shelf = store.open(BROKER, "uid");
        fill(shelf);
        var told = new AtomicInteger();
        Runnable whenRoom = told::incrementAndGet;
        park(shelf, Events.withId("a"), 500, SECOND, whenRoom);
        park(shelf, Events.withId("b"), 500, SECOND, whenRoom);
        List<ParkedEvent> parked = store.ofBroker("uid");

        // When
        store.discard(List.of(parked.get(0).id()));
        store.discard(List.of(parked.get(1).id()));

        // Then
        assertThat(told).hasValue(1);
        assertThat(park(shelf, "a")).isTrue();
    }

    @Test
    void whoever_found_no_room_and_is_gone_is_not_told() {
        // Given
        var store = store(20_000);
        Shelf shelf = store.open(BROKER, "uid");
        fill(shelf);
        var told = new AtomicInteger();
        Runnable whenRoom = told::incrementAndGet;
        park(shelf, Events.withId("a"), 500, SECOND, whenRoom);

        // When
        shelf.forget(whenRoom);
        store.discard(idsIn(store));

        // Then
        assertThat(told).hasValue(0);
    }

    @Test
    void what_is_redriven_keeps_its_room_until_it_has_ended() {
        // Given
        var store = store(20_000);
        Shelf shelf = store.open(BROKER, "uid");
        fill(shelf);
        Redriven redriven = store.redrive(store.ofBroker("uid").get(0).id());

        // When
        boolean before = park(shelf, "more");
        redriven.ended(End.DELIVERED);
        boolean after = park(shelf, "more");

        // Then
        assertThat(before).isFalse();
        assertThat(after).isTrue();
        assertThat(redriven.outcome().result()).isEqualTo(Redriven.Outcome.DELIVERED);
    }

    @Test
    void everything_is_given_back_however_it_goes_also_under_contention() throws Exception {
        // Given
        long seed = 20_261_121;
        var store = store(200_000);
        var gone = new AtomicInteger();
        var parkedCount = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> done = new ArrayList<>();

        // When
        for (int t = 0; t < 4; t++) {
            var random = new Random(seed + t);
            Shelf shelf = store.open(new ResourceName("shop", "b" + t % 2), "uid" + t % 2);
            done.add(threads.submit(() -> {
                for (int i = 0; i < 5_000; i++) {
                    if (random.nextInt(3) > 0) {
                        if (shelf.park(
                                ORDERS,
                                "u",
                                Events.withId("e" + i),
                                cause(500),
                                1,
                                0,
                                SECOND,
                                gone::incrementAndGet,
                                NOTHING)) {
                            parkedCount.incrementAndGet();
                        }
                    } else {
                        store.find(Selection.everything(), Optional.empty(), 3)
                                .items()
                                .forEach(parked -> {
                                    Redriven redriven = store.redrive(parked.id());
                                    if (redriven == null) {
                                        return;
                                    }
                                    switch (random.nextInt(3)) {
                                        case 0 -> redriven.ended(End.DELIVERED);
                                        case 1 -> redriven.failed(cause(503), 1, SECOND);
                                        default -> redriven.putBack();
                                    }
                                });
                        store.discard(store.find(Selection.everything(), Optional.empty(), 1).items().stream()
                                .map(ParkedEvent::id)
                                .toList());
                    }
                }
            }));
        }
        for (Future<?> each : done) {
            each.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        store.discard(store.find(Selection.everything(), Optional.empty(), Integer.MAX_VALUE).items().stream()
                .map(ParkedEvent::id)
                .toList());

        // Then
        assertThat(gone.get()).as("seed %d", seed).isEqualTo(parkedCount.get()).isPositive();
        registry.find(Meters.DEAD_LETTERS_BYTES)
                .gauges()
                .forEach(gauge -> assertThat(gauge.value()).as("seed %d", seed).isZero());
    }

    // ---- what is in it ----------------------------------------------------------------------------------------------

    @Test
    void pages_go_on_where_the_last_one_ended_also_when_that_event_is_gone() {
        // Given
        var store = store(1_000_000);
        Shelf shelf = store.open(BROKER, "uid");
        for (int i = 0; i < 5; i++) {
            park(shelf, "e" + i);
        }

        // When
        var first = store.find(Selection.everything(), Optional.empty(), 2);
        store.discard(List.of(first.next().orElseThrow()));
        var second = store.find(Selection.everything(), first.next(), 2);
        var third = store.find(Selection.everything(), second.next(), 2);

        // Then
        assertThat(eventIds(first)).containsExactly("e0", "e1");
        assertThat(eventIds(second)).containsExactly("e2", "e3");
        assertThat(eventIds(third)).containsExactly("e4");
        assertThat(third.next()).isEmpty();
    }

    @Test
    void every_condition_of_a_selection_has_to_pass() throws Exception {
        // Given
        var store = store(1_000_000);
        Shelf shelf = store.open(BROKER, "uid");
        park(shelf, event("1", "order.created"), 500, 10 * SECOND, NOTHING);
        park(shelf, event("2", "order.created"), 0, 20 * SECOND, NOTHING);
        park(shelf, event("3", "order.paid"), 500, 30 * SECOND, NOTHING);
        park(store.open(OTHER, "other-uid"), event("4", "order.paid"), 500, 40 * SECOND, NOTHING);
        Selection all = Selection.everything();

        // Then
        assertThat(found(store, with(all, Optional.of(OTHER), OptionalInt.empty(), "", 0, 0)))
                .containsExactly("4");
        assertThat(found(store, with(all, Optional.empty(), OptionalInt.of(500), "", 0, 0)))
                .containsExactly("1", "3", "4");
        assertThat(found(store, with(all, Optional.empty(), OptionalInt.of(0), "", 0, 0)))
                .containsExactly("2");
        assertThat(found(store, with(all, Optional.empty(), OptionalInt.empty(), "type = 'order.paid'", 0, 0)))
                .containsExactly("3", "4");
        assertThat(found(store, with(all, Optional.empty(), OptionalInt.empty(), "", 20 * SECOND, 40 * SECOND)))
                .containsExactly("2", "3");
        assertThat(found(
                        store,
                        with(all, Optional.of(BROKER), OptionalInt.of(500), "type = 'order.paid'", 20 * SECOND, 0)))
                .containsExactly("3");
    }

    private static List<String> found(DeadLetterStore store, Selection selection) {
        List<String> found = eventIds(store.find(selection, Optional.empty(), 100));
        assertThat(store.count(selection)).isEqualTo(found.size());
        return found;
    }

    private static Selection with(
            Selection of, Optional<ResourceName> broker, OptionalInt code, String filter, long since, long until)
            throws Exception {
        return new Selection(
                broker,
                of.trigger(),
                since == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(since)),
                until == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(until)),
                code,
                filter.isEmpty() ? Optional.empty() : Optional.of(CesqlExpression.parse(filter)),
                Set.of());
    }

    private static CloudEvent event(String id, String type) {
        return CloudEventBuilder.v1(Events.withId(id)).withType(type).build();
    }

    // ---- again ------------------------------------------------------------------------------------------------------

    @Test
    void what_is_being_sent_again_can_neither_be_sent_twice_nor_discarded() {
        // Given
        var store = store(1_000_000);
        park(store.open(BROKER, "uid"), "e");
        String id = store.ofBroker("uid").get(0).id();

        // When
        Redriven first = store.redrive(id);

        // Then
        assertThat(store.redrive(id)).isNull();
        assertThat(store.discard(List.of(id))).isEmpty();
        first.putBack();
        assertThat(store.redrive(id)).isNotNull();
    }

    @Test
    void a_new_failure_updates_the_same_dead_letter() {
        // Given
        var store = store(1_000_000);
        Shelf shelf = store.open(BROKER, "uid");
        shelf.park(ORDERS, "orders-uid", Events.MINIMAL, cause(500), 3, 7, 9, NOTHING, NOTHING);
        ParkedEvent before = store.ofBroker("uid").get(0);

        // When
        store.redrive(before.id()).failed(cause(403), 2, 20);

        // Then
        ParkedEvent after = store.get(before.id()).orElseThrow();
        assertThat(after.attempts()).isEqualTo(5);
        assertThat(after.firstAttemptMillis()).isEqualTo(7);
        assertThat(after.lastAttemptMillis()).isEqualTo(20);
        assertThat(after.cause().status()).isEqualTo(403);
        assertThat(store.ofBroker("uid")).containsExactly(after);
    }

    @Test
    void what_a_broker_has_parked_stays_when_the_broker_goes_and_its_meters_with_it() {
        // Given
        var store = store(1_000_000);
        Shelf shelf = store.open(BROKER, "uid");
        park(shelf, "e");

        // When
        shelf.close();

        // Then
        ParkedEvent left = store.ofBroker("uid").get(0);
        assertThat(store.brokers()).containsExactly(BROKER);
        assertThat(registry.get(Meters.DEAD_LETTERS).gauge().value()).isEqualTo(1);
        store.discard(List.of(left.id()));
        assertThat(store.brokers()).isEmpty();
        assertThat(registry.getMeters()).isEmpty();
    }

    // ---- the keeper -------------------------------------------------------------------------------------------------

    /** Notes what it is told, and lets a person come first. */
    private static final class LateKeeper implements DeadLetterStore.Keeper {
        private final List<String> told = new ArrayList<>();
        private Runnable before = NOTHING;

        @Override
        public io.vertx.core.Future<Void> keep(ParkedEvent parked) {
            before.run();
            told.add("keep");
            return io.vertx.core.Future.succeededFuture();
        }

        @Override
        public void remove(String id) {
            told.add("remove");
        }
    }

    @Test
    void what_is_discarded_before_its_keeper_hears_of_it_is_removed_there_at_last() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");
        LateKeeper keeper = new LateKeeper();
        shelf.keepIn(keeper);
        keeper.before = () -> store.discard(idsIn(store));

        // When
        park(shelf, "e");

        // Then
        assertThat(idsIn(store)).isEmpty();
        assertThat(keeper.told).endsWith("keep", "remove");
    }

    @Test
    void what_is_discarded_before_its_keeper_hears_of_its_last_failure_is_removed_there_at_last() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");
        LateKeeper keeper = new LateKeeper();
        shelf.keepIn(keeper);
        park(shelf, "e");
        Redriven redriven = Objects.requireNonNull(store.redrive(idsIn(store).get(0)));
        keeper.before = () -> store.discard(idsIn(store));

        // When
        redriven.failed(cause(500), 1, SECOND);

        // Then
        assertThat(idsIn(store)).isEmpty();
        assertThat(keeper.told).endsWith("keep", "remove");
    }

    @Test
    void what_another_process_takes_away_while_it_is_sent_again_goes_when_that_has_failed() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");
        LateKeeper keeper = new LateKeeper();
        shelf.keepIn(keeper);
        park(shelf, "fails");
        park(shelf, "is put back");
        List<String> ids = idsIn(store);
        Redriven fails = Objects.requireNonNull(store.redrive(ids.get(0)));
        Redriven putBack = Objects.requireNonNull(store.redrive(ids.get(1)));

        // When
        ids.forEach(store::removedElsewhere);
        fails.failed(cause(500), 1, SECOND);
        putBack.putBack();

        // Then
        assertThat(idsIn(store)).isEmpty();
        assertThat(keeper.told).containsExactly("keep", "keep");
    }

    @Test
    void what_a_closed_keeper_could_not_be_told_the_next_one_of_the_broker_is() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");
        park(shelf, "e");
        ParkedEvent gone = store.discard(idsIn(store)).get(0);
        store.leftBehind(BROKER, List.of(gone.id()));
        LateKeeper next = new LateKeeper();

        // When
        store.kept(gone, next);

        // Then
        assertThat(next.told).containsExactly("remove");
        assertThat(idsIn(store)).isEmpty();
    }

    @Test
    void what_the_next_keeper_has_named_already_is_taken_from_it() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");
        park(shelf, "e");
        ParkedEvent gone = store.discard(idsIn(store)).get(0);
        LateKeeper next = new LateKeeper();
        store.kept(gone, next);

        // When
        store.leftBehind(BROKER, List.of(gone.id()));

        // Then
        assertThat(next.told).containsExactly("remove");
        assertThat(idsIn(store)).isEmpty();
    }

    @Test
    void what_no_keeper_has_any_more_is_not_waited_for() {
        // Given
        var store = store(100_000);
        Shelf shelf = store.open(BROKER, "uid");
        park(shelf, "e");
        ParkedEvent gone = store.discard(idsIn(store)).get(0);
        store.leftBehind(BROKER, List.of(gone.id()));

        // When
        store.nothingLeftOf(BROKER);

        // Then
        LateKeeper next = new LateKeeper();
        store.kept(gone, next);
        assertThat(next.told).isEmpty();
        assertThat(idsIn(store)).containsExactly(gone.id());
    }

    private static List<String> idsIn(DeadLetterStore store) {
        return store.find(Selection.everything(), Optional.empty(), Integer.MAX_VALUE).items().stream()
                .map(ParkedEvent::id)
                .toList();
    }
}
