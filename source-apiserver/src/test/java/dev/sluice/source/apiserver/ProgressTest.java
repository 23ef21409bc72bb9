/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProgressTest {

    private final Progress progress = new Progress("5");

    @Test
    void it_moves_only_over_what_is_settled_without_a_gap() {
        // Given
        Progress.Step first = progress.begin("6");
        Progress.Step second = progress.begin("7");

        // When
        progress.settle(second);
        String between = progress.version();
        progress.settle(first);

        // Then
        assertThat(between).isEqualTo("5");
        assertThat(progress.version()).isEqualTo("7");
        assertThat(progress.hasNews()).isTrue();
        assertThat(progress.hasNews()).isFalse();
    }

    @Test
    void what_has_nothing_to_send_waits_for_what_came_before_it() {
        // Given
        Progress.Step step = progress.begin("6");
        progress.pass("9");

        // When
        String before = progress.version();
        progress.settle(step);

        // Then
        assertThat(before).isEqualTo("5");
        assertThat(progress.version()).isEqualTo("9");
    }

    @Test
    void what_is_settled_behind_one_that_is_not_takes_no_room_for_ever() {
        // Given
        Progress.Step stuck = progress.begin("6");

        // When
        for (int version = 7; version < 10_000; version++) {
            progress.settle(progress.begin(Integer.toString(version)));
        }
        Progress.Step last = progress.begin("10000");

        // Then
        assertThat(progress.version()).isEqualTo("5");
        assertThat(progress.steps()).isLessThan(1_010);
        progress.settle(stuck);
        assertThat(progress.version()).isEqualTo("9999");
        progress.settle(last);
        assertThat(progress.version()).isEqualTo("10000");
        assertThat(progress.steps()).isZero();
    }

    @Test
    void what_was_found_by_comparing_counts_when_all_of_it_is_settled() {
        // Given
        Progress.Step one = progress.begin("");
        Progress.Step other = progress.begin("");
        progress.pass("20");

        // When
        progress.settle(one);
        String between = progress.version();
        progress.settle(other);

        // Then
        assertThat(between).isEqualTo("5");
        assertThat(progress.version()).isEqualTo("20");
    }

    @Test
    void that_time_goes_by_is_no_news_but_the_first_version_is() {
        // Given
        Progress fresh = new Progress("");

        // When
        progress.pass("8");
        fresh.pass("8");

        // Then
        assertThat(progress.version()).isEqualTo("8");
        assertThat(progress.hasNews()).isFalse();
        assertThat(fresh.hasNews()).isTrue();
    }
}
