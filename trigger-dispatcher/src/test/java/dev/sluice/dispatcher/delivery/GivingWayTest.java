/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** A model of an event loop and of subscribers, in time that only passes when an answer is dealt with, or nothing comes. */
class GivingWayTest {

    private static final int PLACES = 100;
    private static final Duration ANSWER = Duration.ofNanos(100_000);

    private final Loop loop = new Loop();
    private final LiveTraffic traffic = new LiveTraffic(loop.nanoTime());

    /** What is put on it runs when all answers of a turn have been dealt with. */
    private static final class Loop implements Timers {
        private final Queue<Runnable> soon = new ArrayDeque<>();
        private long nanos = Long.MAX_VALUE - 1_000_000;

        void pass(Duration time) {
            nanos += time.toNanos();
        }

        void endTurn() {
            for (int tasks = soon.size(); tasks > 0; tasks--) {
                soon.remove().run();
            }
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long epochMillis() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long schedule(long millis, Runnable action) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel(long timer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void soon(Runnable action) {
            soon.add(action);
        }
    }

    /** A trigger with so much to send that it never comes to the end of it. */
    private final class Behind {
        private final GivingWay givingWay = new GivingWay(loop, traffic);
        private int underway;

        Behind() {
            begin();
        }

        void answered() {
            loop.pass(ANSWER);
            underway--;
            begin();
        }

        void begin() {
            int before = underway;
            while (underway < PLACES && givingWay.mayBegin(underway)) {
                underway++;
            }
            if (underway > before) {
                givingWay.begun(1_000, 1_000, PLACES);
            }
        }
    }

    /** An event of a trigger that keeps up. */
    private void live() {
        traffic.begun(loop.nanoTime());
    }

    /** Turns in which all that is under way is answered, mixed. Answers how long the longest of the last half was. */
    private Duration turns(int turns, boolean live, Behind... triggers) {
        long longest = 0;
        for (int turn = 0; turn < turns; turn++) {
            if (live) {
                live();
            }
            long begun = loop.nanoTime();
            int[] answers = Arrays.stream(triggers)
                    .mapToInt(trigger -> trigger.underway)
                    .toArray();
            for (int left = PLACES; left > 0; left--) {
                for (int i = 0; i < triggers.length; i++) {
                    if (answers[i] >= left) {
                        triggers[i].answered();
                    }
                }
            }
            if (turn >= turns / 2) {
                longest = Math.max(longest, loop.nanoTime() - begun);
            }
            loop.endTurn();
        }
        return Duration.ofNanos(longest);
    }

    @Test
    void keeps_its_places_while_nobody_is_live() {
        // Given
        Behind trigger = new Behind();

        // When
        turns(1_000, false, trigger);

        // Then
        assertThat(trigger.underway).isEqualTo(PLACES);
    }

    @Test
    void has_as_much_under_way_beside_live_traffic_as_makes_no_long_turns() {
        // Given
        Behind trigger = new Behind();

        // When
        Duration longest = turns(1_000, true, trigger);

        // Then: it finds out by one that is, and the first answer of a turn is not timed
        Duration longTurn = Duration.ofNanos(GivingWay.LONG_TURN_NANOS);
        assertThat(longest).isBetween(longTurn, longTurn.plus(ANSWER.multipliedBy(2)));
        assertThat(trigger.underway).isGreaterThan(GivingWay.LEAST);
    }

    @Test
    void several_share_what_may_be_under_way_and_each_keeps_some() {
        // Given
        Behind[] few = {new Behind(), new Behind()};
        Behind[] many = new Behind[50];
        Arrays.setAll(many, i -> new Behind());

        // When
        Duration ofFew = turns(1_000, true, few);
        turns(1_000, true, many);

        // Then
        assertThat(ofFew).isLessThan(Duration.ofNanos(2 * GivingWay.LONG_TURN_NANOS));
        assertThat(Arrays.stream(many).mapToInt(trigger -> trigger.underway)).containsOnly(GivingWay.LEAST);
    }

    @Test
    void keeps_its_places_where_answers_come_few_at_a_time() {
        // Given: one that waits for its subscriber, not for the event loop
        Behind trigger = new Behind();

        // When
        for (int i = 0; i < 10_000; i++) {
            live();
            trigger.answered();
            trigger.answered();
            trigger.answered();
            loop.endTurn();
            loop.pass(Duration.ofMillis(1));
        }

        // Then
        assertThat(trigger.underway).isEqualTo(PLACES);
    }

    @Test
    void has_its_places_again_when_nobody_is_live_any_more() {
        // Given
        Behind trigger = new Behind();
        turns(1_000, true, trigger);

        // When
        loop.pass(Duration.ofSeconds(1));
        turns(2, false, trigger);

        // Then
        assertThat(trigger.underway).isEqualTo(PLACES);
    }

    @Test
    void has_its_places_again_when_nothing_comes_back() {
        // Given
        Behind trigger = new Behind();
        turns(1_000, true, trigger);
        loop.pass(Duration.ofMillis(99));
        live();
        trigger.givingWay.look();
        assertThat(trigger.givingWay.mayBegin(trigger.underway)).isFalse();

        // When
        loop.pass(Duration.ofMillis(1));
        live();
        trigger.givingWay.look();
        trigger.begin();

        // Then
        assertThat(trigger.underway).isEqualTo(PLACES);
    }

    @Test
    void is_nobody_to_give_way_to_when_it_has_nothing_waiting_for_a_moment() {
        // Given
        Behind trigger = new Behind();

        // When
        for (int i = 0; i < 100; i++) {
            trigger.givingWay.begun(0, 0, PLACES);
            turns(10, false, trigger);
        }

        // Then
        assertThat(trigger.underway).isEqualTo(PLACES);
    }

    @Test
    void a_trigger_with_few_places_keeps_them() {
        // Given
        GivingWay few = new GivingWay(loop, traffic);

        // When
        for (int i = 0; i < 100; i++) {
            live();
            few.begun(1_000, 1_000, GivingWay.LEAST);
            loop.pass(Duration.ofMillis(10));
            loop.endTurn();
        }

        // Then
        assertThat(few.mayBegin(GivingWay.LEAST - 1)).isTrue();
    }

    @Test
    void others_give_way_to_one_that_begins_all_it_has() {
        // Given
        GivingWay live = new GivingWay(loop, traffic);
        Behind trigger = new Behind();

        // When
        for (int i = 0; i < 100; i++) {
            live.begun(0, 0, PLACES);
            turns(1, false, trigger);
        }

        // Then
        assertThat(trigger.underway).isLessThan(PLACES / 2);
    }
}
