/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MilestonesTest {

    private final Map<Integer, Milestone> kept = new HashMap<>();
    private final List<Positions> written = new ArrayList<>();
    private boolean failing;
    private long now = 1_000_000;

    private final Milestones milestones = new Milestones(kept::get, this::keep, () -> now);

    private Future<Void> keep(int partition, Milestone milestone) {
        written.add(milestone.positions());
        if (failing) {
            return Future.failedFuture("told to fail");
        }
        kept.put(partition, milestone);
        return Future.succeededFuture();
    }

    private void pass(Duration time) {
        now += time.toMillis();
    }

    @Test
    void the_first_commit_of_a_partition_is_written_down_and_then_one_a_day() {
        // When: for two days and a half, one each second
        for (int second = 0; second < Duration.ofHours(60).toSeconds(); second++) {
            milestones.committed(0, Positions.at(second), 5);
            pass(Duration.ofSeconds(1));
        }

        // Then
        assertThat(written).hasSize(3);
        assertThat(written.get(0)).isEqualTo(Positions.at(0));
        assertThat(written.get(2).watermark()).isBetween(2 * 86_400L, 2 * 86_400L + 120);
    }

    @Test
    void who_takes_a_partition_over_writes_nothing_before_the_day_is_over() {
        milestones.committed(0, Positions.at(10), 5);
        Milestones next = new Milestones(kept::get, this::keep, () -> now);

        pass(Duration.ofHours(1));
        next.committed(0, Positions.at(20), 5);
        assertThat(written).hasSize(1);

        pass(Duration.ofHours(24));
        next.committed(0, Positions.at(30), 5);
        assertThat(written).hasSize(2);
    }

    @Test
    void who_leaves_writes_down_where_it_was_last_unless_that_is_known() {
        milestones.committed(0, Positions.at(10), 5);
        milestones.committed(1, Positions.at(10), 5);
        milestones.committed(2, Positions.at(10), 5);
        milestones.committed(0, Positions.at(20), 6);
        milestones.committed(2, Positions.at(20), 6);
        milestones.gone(2);

        milestones.leaving(List.of(0, 1, 2));

        assertThat(kept.get(0)).isEqualTo(new Milestone(now, 6, Positions.at(20)));
        assertThat(kept.get(1).positions()).isEqualTo(Positions.at(10));
        assertThat(written).as("three first ones, and that of partition 0").hasSize(4);
    }

    @Test
    void where_a_group_was_put_back_to_by_hand_is_written_down_at_once() {
        milestones.committed(0, Positions.at(100), 5);
        Milestones next = new Milestones(kept::get, this::keep, () -> now);

        next.committed(0, Positions.at(40), 5);
        next.committed(0, Positions.at(30), 5);

        assertThat(written).containsExactly(Positions.at(100), Positions.at(40), Positions.at(30));
    }

    @Test
    void what_could_not_be_written_is_tried_again_but_not_with_every_commit() {
        failing = true;
        for (int second = 0; second < 90; second++) {
            milestones.committed(0, Positions.at(second), 5);
            pass(Duration.ofSeconds(1));
        }

        assertThat(written).containsExactly(Positions.at(0), Positions.at(60));
    }

    @Test
    void one_says_no_more_than_from_where_on_something_may_be_missing_and_is_read_as_it_was_written() {
        Milestone milestone =
                Milestone.of(7, 8, new Positions(100, Map.of("slow", Position.of(50, 7, 8), "late", Position.at(60))));

        assertThat(milestone.positions())
                .isEqualTo(new Positions(100, Map.of("slow", Position.at(7), "late", Position.at(60))));
        assertThat(Milestone.parse(milestone.text())).isEqualTo(milestone);
        assertThatThrownBy(() -> Milestone.parse("2 of a Sluice to come"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format 2");
    }
}
