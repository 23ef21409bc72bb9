/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When what is read may be acted on, by the time between polls. */
class LivenessTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private long now = Long.MAX_VALUE - SECOND;
    /** What comes to pass in the midst of an answer, at the moment at which it looks at the clock. */
    private Runnable meanwhile = () -> {};

    private final Liveness liveness = new Liveness(now, this::nanoTime);

    private long nanoTime() {
        Runnable once = meanwhile;
        meanwhile = () -> {};
        once.run();
        return now;
    }

    @Test
    void a_partition_may_be_acted_on_from_when_the_handler_has_it_until_it_goes() {
        assertThat(liveness.mayActOn(0)).isFalse();

        // When
        liveness.begin(0, 1);

        // Then
        assertThat(liveness.mayActOn(0)).isTrue();
        assertThat(liveness.mayActOn(1)).isFalse();

        // When
        liveness.end(0);

        // Then
        assertThat(liveness.mayActOn(0)).isFalse();
    }

    @Test
    void what_ends_an_assignment_late_leaves_the_one_that_came_since_alone() {
        // Given
        liveness.begin(0, 1);
        liveness.end(0);
        liveness.begin(0, 2);

        // When
        liveness.end(0, 1);

        // Then
        assertThat(liveness.mayActOn(0)).isTrue();

        // When
        liveness.end(0, 2);

        // Then
        assertThat(liveness.mayActOn(0)).isFalse();
    }

    @Test
    void nothing_is_in_doubt_as_long_as_it_is_polled_in_time() {
        // Given
        liveness.begin(0, 1);

        // When
        for (int i = 0; i < 10; i++) {
            now += 3 * SECOND;
            assertThat(liveness.mayActOn(0)).isTrue();
            liveness.polled();
        }

        // Then
        assertThat(liveness.mayActOn(0)).isTrue();
        assertThat(liveness.isDoubtful()).isFalse();
    }

    @Test
    void behind_a_gap_between_polls_nothing_may_be_acted_on_until_the_group_has_been_asked() {
        // Given
        liveness.begin(0, 1);
        now += 3 * SECOND + 1;
        assertThat(liveness.mayActOn(0)).isTrue();

        // When
        liveness.polled();
        liveness.polled();

        // Then
        assertThat(liveness.mayActOn(0)).isFalse();

        // When
        liveness.confirmed();

        // Then
        assertThat(liveness.mayActOn(0)).isTrue();
    }

    @Test
    void nothing_may_be_acted_on_before_a_session_ends_without_a_poll() {
        // Given
        liveness.begin(0, 1);

        // When
        now += 9 * SECOND / 2;

        // Then
        assertThat(liveness.mayActOn(0)).isFalse();
    }

    @Test
    void an_answer_that_a_stop_of_the_process_falls_into_is_no_even_if_there_was_a_poll_before_it_goes_on() {
        // Given
        liveness.begin(0, 1);
        meanwhile = () -> {
            now += 60 * SECOND;
            liveness.polled();
        };

        // When
        boolean mayAct = liveness.mayActOn(0);

        // Then
        assertThat(mayAct).isFalse();
    }
}
