/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.channel.kafka.CursorTopic.Start;
import dev.sluice.channel.kafka.ShownPositions.Due;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ShownPositionsTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, ResourceName> names = new HashMap<>();
    private final Map<String, Start> starts = new HashMap<>();
    private final ShownPositions shown = new ShownPositions("topic", names, starts::get);
    private long now = Long.MAX_VALUE - SECOND; // The clock of nanoTime may overflow at any time.

    @Test
    void shows_where_a_trigger_is_and_then_only_what_changes_and_not_too_often() {
        trigger("a", 0);
        shown.committed(0, Positions.at(10), 1);
        shown.committed(2, new Positions(20, Map.of("a", Position.of(15, 7, 9))), 1);

        assertThat(requireNonNull(next()).places()).isEqualTo(Map.of(0, 10L, 2, 7L));
        assertThat(next()).isNull();

        shown.committed(2, Positions.at(20), 1);
        now += 9 * SECOND;
        assertThat(next()).isNull();
        now += SECOND;
        assertThat(next()).isEqualTo(new Due(new ResourceName("shop", "a"), "a", "topic", Map.of(2, 20L)));
    }

    @Test
    void shows_one_that_stands_still_again_before_kafka_forgets_its_group() {
        trigger("a", 0);
        shown.committed(0, Positions.at(10), 1);
        shown.committed(1, Positions.at(10), 1);
        next();

        now += TimeUnit.DAYS.toNanos(1);

        assertThat(requireNonNull(next()).places()).isEqualTo(Map.of(0, 10L, 1, 10L));
        assertThat(next()).isNull();
    }

    @Test
    void shows_nothing_of_a_trigger_that_the_commit_did_not_cover() {
        trigger("a", 5);
        shown.committed(0, Positions.at(10), 5);
        assertThat(next()).isNull();

        shown.committed(0, Positions.at(10), 6);
        assertThat(next()).isNotNull();
    }

    @Test
    void shows_nothing_of_a_partition_that_is_gone_nor_of_a_trigger_that_is() {
        trigger("a", 0);
        trigger("b", 0);
        shown.committed(0, Positions.at(10), 1);
        shown.committed(1, Positions.at(10), 1);
        shown.gone(0);
        starts.remove("b");

        assertThat(requireNonNull(next()).places()).isEqualTo(Map.of(1, 10L));
        assertThat(next()).isNull();

        shown.committed(0, Positions.at(10), 1);
        names.remove("a");
        now += 10 * SECOND;
        assertThat(next()).isNull();
    }

    @Test
    void gives_every_trigger_its_turn_a_few_looks_at_a_time() {
        for (int i = 0; i < 7; i++) {
            trigger("t" + i, 0);
        }
        shown.committed(0, Positions.at(10), 1);
        Map<String, Integer> turns = new HashMap<>();

        for (int i = 0; i < 7; i++) {
            turns.merge(requireNonNull(shown.next(1, now)).triggerUid(), 1, Integer::sum);
        }

        assertThat(turns).hasSize(7);
        assertThat(shown.next(100, now)).isNull();
    }

    @Test
    void shows_all_again_later_what_could_not_be_shown() {
        trigger("a", 0);
        shown.committed(0, Positions.at(10), 1);
        Due due = requireNonNull(next());

        shown.failed(due, 60 * SECOND, now);

        now += 59 * SECOND;
        assertThat(next()).isNull();
        now += SECOND;
        assertThat(next()).isEqualTo(due);
    }

    private void trigger(String uid, long seenAt) {
        names.put(uid, new ResourceName("shop", uid));
        starts.put(uid, new Start(uid, List.of(0L), seenAt));
    }

    private @Nullable Due next() {
        return shown.next(100, now);
    }
}
