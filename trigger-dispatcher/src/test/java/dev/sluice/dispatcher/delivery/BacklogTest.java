/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.routing.Ordering;
import dev.sluice.testkit.Events;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private static final Optional<Ordering> BY_KEY =
            Optional.of(new Ordering(EventAttribute.named("partitionkey"), false));

    private final AtomicLong charged = new AtomicLong();
    private final Backlog backlog = new Backlog(
            new ReplyAppender((reply, settled) -> Future.succeededFuture(), 255), BY_KEY, (reads, offset) -> {});

    private Dispatch add(String key, int number) {
        Dispatch added = new Dispatch(Held.of(
                0,
                CloudEventBuilder.v1(Events.withId(key + number))
                        .withExtension("partitionkey", key)
                        .build(),
                charged));
        backlog.add(added);
        return added;
    }

    private static String id(Dispatch dispatch) {
        return dispatch.held.event().getId();
    }

    private void end(Dispatch dispatch) {
        backlog.ended(dispatch);
        dispatch.done();
    }

    /** Takes out and ends one after the other until there is no more. */
    private List<String> endAll() {
        List<String> ended = new ArrayList<>();
        Dispatch next = backlog.pollForSubscriber();
        while (next != null) {
            ended.add(id(next));
            end(next);
            next = backlog.pollForSubscriber();
        }
        return ended;
    }

    @Test
    void lanes_take_turns_however_long_they_are() {
        // Given
        for (int i = 0; i < 4; i++) {
            add("a", i);
        }
        add("b", 0);
        add("b", 1);
        add("c", 0);

        // Then
        assertThat(endAll()).containsExactly("a0", "b0", "c0", "a1", "b1", "a2", "a3");
    }

    @Test
    void an_event_behind_another_is_no_event_that_may_be_begun() {
        // Given
        Dispatch first = add("a", 0);
        add("a", 1);

        // When
        assertThat(backlog.pollForSubscriber()).isSameAs(first);

        // Then
        assertThat(backlog.size()).isEqualTo(1);
        assertThat(backlog.forSubscriber()).isZero();
        assertThat(backlog.pollForSubscriber()).isNull();
        end(first);
        assertThat(backlog.forSubscriber()).isEqualTo(1);
    }

    @Test
    void a_lane_vanishes_with_its_last_event_and_its_memory_is_accounted_for() {
        // Given
        for (int key = 0; key < 100; key++) {
            add("k" + key, 0);
            add("k" + key, 1);
        }
        assertThat(backlog.lanes()).isEqualTo(100);
        long perEvent = HeldEvent.BYTES + Dispatch.BYTES;
        assertThat(charged.get()).isEqualTo(200 * perEvent + 100 * Lane.BYTES);

        // When
        List<Dispatch> firsts = new ArrayList<>();
        for (int key = 0; key < 100; key++) {
            firsts.add(backlog.pollForSubscriber());
        }
        firsts.forEach(this::end);

        // Then: whoever is first now pays for the lane
        assertThat(backlog.lanes()).isEqualTo(100);
        assertThat(charged.get()).isEqualTo(100 * perEvent + 100 * Lane.BYTES);
        assertThat(endAll()).hasSize(100);
        assertThat(backlog.lanes()).isZero();
        assertThat(charged.get()).isZero();
        assertThat(backlog.size()).isZero();
    }

    @Test
    void retries_and_new_events_take_turns() {
        // Given
        Dispatch a = add("a", 0);
        Dispatch b = add("b", 0);
        assertThat(backlog.pollForSubscriber()).isSameAs(a);
        assertThat(backlog.pollForSubscriber()).isSameAs(b);
        add("c", 0);
        add("d", 0);

        // When
        backlog.addAgain(a);
        backlog.addAgain(b);

        // Then
        assertThat(endAll()).containsExactly("c0", "a0", "d0", "b0");
    }

    @Test
    void what_is_on_its_way_to_the_dead_letter_sink_does_not_stand_in_line_for_the_subscriber() {
        // Given
        Dispatch a = add("a", 0);
        backlog.pollForSubscriber();
        a.failure = Failure.unanswered(dev.sluice.dispatcher.send.FailureKind.TIMEOUT, "too slow", "http://s");

        // When
        backlog.addAgain(a);

        // Then
        assertThat(backlog.forSubscriber()).isZero();
        assertThat(backlog.forDeadLetterSink()).isEqualTo(1);
        backlog.dropDeadLetterSink();
        assertThat(backlog.forDeadLetterSink()).isZero();
        assertThat(backlog.pollForSubscriber()).isSameAs(a);
    }

    @Test
    void order_that_goes_leaves_nothing_behind() {
        // Given
        Dispatch first = add("a", 0);
        add("a", 1);
        add("a", 2);
        backlog.pollForSubscriber();

        // When
        backlog.order(Optional.empty(), reads -> {});

        // Then
        assertThat(backlog.lanes()).isZero();
        assertThat(backlog.forSubscriber()).isEqualTo(2);
        assertThat(endAll()).containsExactly("a1", "a2");
        end(first);
        assertThat(backlog.size()).isZero();
    }
}
