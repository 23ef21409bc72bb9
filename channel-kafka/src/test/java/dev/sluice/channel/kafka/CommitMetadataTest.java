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
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class CommitMetadataTest {

    private static final Uuid TOPIC = Uuid.fromString("AAAAAAAAAAAAAAAAAAAAAQ");

    @Test
    void positions_stand_inline_and_read_the_same() {
        Positions positions =
                new Positions(1000, Map.of("slow", Position.of(900, 3, 4, 899), "ahead", Position.at(2000)));

        String text = CommitMetadata.inline(TOPIC, 17, PositionsCodec.encode(positions));

        assertThat(text).isNotNull();
        assertThat(CommitMetadata.parse(text)).isEqualTo(new CommitMetadata(TOPIC, 17, positions, null));
    }

    @Test
    void triggers_that_keep_up_take_no_room() {
        assertThat(CommitMetadata.inline(TOPIC, 17, PositionsCodec.encode(Positions.at(1_000_000))))
                .hasSizeLessThan(60);
    }

    @Test
    void dozens_of_triggers_that_are_behind_fit_and_hundreds_do_not() {
        assertThat(CommitMetadata.inline(TOPIC, 17, PositionsCodec.encode(behind(60))))
                .isNotNull()
                .hasSizeLessThanOrEqualTo(CommitMetadata.LONGEST);
        assertThat(CommitMetadata.inline(TOPIC, 17, PositionsCodec.encode(behind(200))))
                .isNull();
    }

    @Test
    void what_does_not_fit_is_named_by_its_generation() {
        assertThat(CommitMetadata.parse(CommitMetadata.snapshot(TOPIC, 17, "3-1")))
                .isEqualTo(new CommitMetadata(TOPIC, 17, null, "3-1"));
    }

    @Test
    void what_others_have_written_is_theirs() {
        assertThat(CommitMetadata.parse("")).isNull();
        assertThat(CommitMetadata.parse("reset by hand")).isNull();
    }

    @Test
    void a_format_of_the_future_and_a_damaged_one_are_refused_and_not_guessed_at() {
        assertThatThrownBy(() -> CommitMetadata.parse("sluice/2 whatever"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sluice/2")
                .hasMessageContaining("older");
        assertThatThrownBy(() -> CommitMetadata.parse("sluice/1 AAAAAAAAAAAAAAAAAAAAAQ 17 inline !"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CommitMetadata.parse("sluice/1 AAAAAAAAAAAAAAAAAAAAAQ 17 elsewhere x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Positions behind(int count) {
        Map<String, Position> exceptions = new HashMap<>();
        for (int i = 0; i < count; i++) {
            exceptions.put(new UUID(i, i).toString(), Position.at(i));
        }
        return new Positions(1_000_000, exceptions);
    }
}
