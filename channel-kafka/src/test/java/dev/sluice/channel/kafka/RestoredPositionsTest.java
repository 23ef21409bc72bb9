/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import dev.sluice.channel.kafka.CursorTopic.Start;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class RestoredPositionsTest {

    private static final Uuid TOPIC = Uuid.fromString("AAAAAAAAAAAAAAAAAAAAAQ");
    private static final Uuid FORMER = Uuid.fromString("AAAAAAAAAAAAAAAAAAAAAg");
    private static final long EARLIEST = 5;

    @Test
    void nothing_committed_and_no_trigger_begins_with_the_first_record_that_is_kept() {
        assertThat(restored(null)).isEqualTo(Positions.at(EARLIEST));
    }

    @Test
    void nothing_committed_has_every_trigger_at_its_start_and_the_shared_read_at_the_last_of_them() {
        assertThat(restored(null, start("early", 3, 10), start("late", 4, 90), start("also late", 5, 90)))
                .isEqualTo(new Positions(90, Map.of("early", Position.at(10))));
    }

    @Test
    void goes_on_where_the_commit_says() {
        Positions committed = new Positions(100, Map.of("slow", Position.of(50, 7, 8)));

        assertThat(restored(inline(TOPIC, 10, committed), start("slow", 3, 0), start("quick", 4, 0)))
                .isEqualTo(committed);
    }

    @Test
    void a_start_that_the_commit_did_not_know_is_an_exception() {
        assertThat(restored(inline(TOPIC, 10, Positions.at(100)), start("known", 9, 0), start("new", 10, 120)))
                .isEqualTo(new Positions(100, Map.of("new", Position.at(120))));
    }

    @Test
    void a_trigger_that_was_forgotten_and_started_again_is_at_its_new_start() {
        Positions committed = new Positions(100, Map.of("again", Position.of(50, 7)));

        assertThat(restored(inline(TOPIC, 10, committed), start("again", 12, 130)))
                .isEqualTo(new Positions(100, Map.of("again", Position.at(130))));
    }

    @Test
    void a_trigger_that_was_forgotten_has_no_position() {
        Positions committed = new Positions(100, Map.of("gone", Position.of(50, 7)));

        assertThat(restored(inline(TOPIC, 10, committed))).isEqualTo(Positions.at(100));
    }

    @Test
    void a_group_that_was_put_somewhere_by_hand_has_every_trigger_there() {
        assertThat(restored(new OffsetAndMetadata(70, ""), start("any", 3, 0))).isEqualTo(Positions.at(70));
    }

    @Test
    void what_was_committed_for_a_topic_that_is_gone_does_not_count_for_its_successor() {
        assertThat(restored(inline(FORMER, 10, Positions.at(100_000)), start("t", 12, 20)))
                .isEqualTo(Positions.at(20));
    }

    @Test
    void a_partition_that_was_added_is_read_from_0() {
        Start start = new Start("t", List.of(500L), 3);

        assertThat(RestoredPositions.of(Optional.empty(), TOPIC, 1, List.of(start), 0, null, generation -> null))
                .isEqualTo(Positions.at(0));
    }

    @Test
    void positions_in_a_snapshot_are_found_there() {
        Positions positions = new Positions(100, Map.of("slow", Position.of(50, 7, 8)));
        OffsetAndMetadata committed = new OffsetAndMetadata(100, CommitMetadata.snapshot(TOPIC, 10, "2-1"));

        assertThat(RestoredPositions.of(
                        Optional.of(committed),
                        TOPIC,
                        0,
                        List.of(start("slow", 3, 0)),
                        EARLIEST,
                        null,
                        generation -> generation.equals("2-1") ? PositionsCodec.encode(positions) : null))
                .isEqualTo(positions);
    }

    @Test
    void a_snapshot_that_is_gone_is_said_and_not_passed_over() {
        assertThatThrownBy(() -> restored(
                        new OffsetAndMetadata(100, CommitMetadata.snapshot(TOPIC, 10, "2-1")), start("slow", 3, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("snapshot 2-1")
                .hasMessageContaining("sluice-cursors");
    }

    @Test
    void a_commit_that_kafka_has_forgotten_has_every_trigger_where_it_was_known_to_be_and_not_at_its_start() {
        Milestone milestone = Milestone.of(0, 10, new Positions(100, Map.of("slow", Position.of(50, 7, 8))));

        assertThat(restored(null, milestone, start("slow", 3, 0), start("quick", 4, 0)))
                .isEqualTo(new Positions(100, Map.of("slow", Position.at(7))));
    }

    @Test
    void a_start_or_a_move_behind_the_last_that_is_known_of_a_forgotten_commit_counts() {
        Milestone milestone = Milestone.of(0, 10, Positions.at(100));

        assertThat(restored(null, milestone, start("new", 10, 120), start("moved", 12, 30), start("known", 9, 0)))
                .isEqualTo(new Positions(100, Map.of("new", Position.at(120), "moved", Position.at(30))));
    }

    @Test
    void what_was_committed_counts_and_not_what_was_written_down_behind_an_earlier_commit() {
        assertThat(restored(
                        inline(TOPIC, 10, Positions.at(200)),
                        Milestone.of(0, 10, Positions.at(100)),
                        start("known", 9, 0)))
                .isEqualTo(Positions.at(200));
    }

    private static Positions restored(OffsetAndMetadata committed, Start... starts) {
        return restored(committed, null, starts);
    }

    private static Positions restored(OffsetAndMetadata committed, Milestone milestone, Start... starts) {
        return RestoredPositions.of(
                Optional.ofNullable(committed), TOPIC, 0, List.of(starts), EARLIEST, milestone, generation -> null);
    }

    private static Start start(String uid, long seenAt, long offset) {
        return new Start(uid, List.of(offset), seenAt);
    }

    private static OffsetAndMetadata inline(Uuid topic, long applied, Positions positions) {
        return new OffsetAndMetadata(
                positions.watermark(), CommitMetadata.inline(topic, applied, PositionsCodec.encode(positions)));
    }

    @Test
    void a_log_that_has_lost_its_end_is_read_from_where_it_was_cut_off() {
        Positions positions = new Positions(
                100,
                Map.of(
                        "behind", Position.at(40),
                        "gaps", Position.of(90, 30, 70, 80),
                        "later", Position.at(120)));

        assertThat(RestoredPositions.cutOff(positions, 75))
                .isEqualTo(new Positions(75, Map.of("behind", Position.at(40), "gaps", Position.of(75, 30, 70))));
        assertThat(RestoredPositions.cutOff(positions, 120)).isEqualTo(positions);
    }
}
