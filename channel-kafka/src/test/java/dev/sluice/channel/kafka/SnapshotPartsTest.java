/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SnapshotPartsTest {

    @Test
    void positions_of_any_length_are_what_their_parts_make() {
        Random random = new Random(1);
        for (int length : new int[] {1, 999, 1000, 1001, 2000, 12_345}) {
            byte[] positions = new byte[length];
            random.nextBytes(positions);

            SnapshotParts parts = SnapshotParts.of(positions, 1000);

            assertThat(parts.count()).as("length " + length).isEqualTo((length + 999) / 1000);
            assertThat(parts.joined(part -> parts.cut(positions, part, 1000))).isEqualTo(positions);
            assertThat(SnapshotParts.read(parts.written())).isEqualTo(parts);
        }
    }

    @Test
    void nothing_is_made_of_parts_that_are_not_all_there() {
        byte[] positions = new byte[2500];
        SnapshotParts parts = SnapshotParts.of(positions, 1000);

        assertThat(parts.joined(part -> part == 1 ? null : parts.cut(positions, part, 1000)))
                .isNull();
        assertThat(parts.joined(part -> new byte[900])).isNull();
        assertThat(parts.joined(part -> new byte[1000])).isNull();
    }

    @Test
    void positions_are_not_taken_for_a_number_of_parts_nor_that_for_positions() {
        byte[] positions = PositionsCodec.encode(new Positions(7, Map.of("uid", Position.at(3))));

        assertThat(read(positions)).isNull();
        assertThat(read("parts".getBytes(UTF_8))).isNull();
        assertThatThrownBy(() -> PositionsCodec.decode(new SnapshotParts(3, 2500).written()))
                .hasMessageContaining("may be older");
        assertThatThrownBy(() -> read("parts 3".getBytes(UTF_8))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read("parts 0 -1".getBytes(UTF_8))).isInstanceOf(IllegalArgumentException.class);
    }

    private static @Nullable SnapshotParts read(byte[] value) {
        return SnapshotParts.read(value);
    }
}
