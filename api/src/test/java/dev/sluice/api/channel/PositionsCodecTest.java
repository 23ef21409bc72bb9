/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PositionsCodecTest {

    @Test
    void reads_what_it_wrote() {
        for (long seed = 1; seed <= 2_000; seed++) {
            Positions positions = random(new Random(seed));

            byte[] bytes = PositionsCodec.encode(positions);

            assertThat(PositionsCodec.decode(bytes)).as("seed " + seed).isEqualTo(positions);
        }
    }

    @Test
    void writes_equal_positions_as_equal_bytes() {
        Map<String, Position> forwards = new HashMap<>();
        Map<String, Position> backwards = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            forwards.put("t" + i, Position.at(i));
            backwards.put("t" + (49 - i), Position.at(49 - i));
        }

        assertThat(PositionsCodec.encode(new Positions(7, forwards)))
                .isEqualTo(PositionsCodec.encode(new Positions(7, backwards)));
    }

    @Test
    void takes_no_more_for_ten_thousand_triggers_in_step_than_for_one() {
        assertThat(PositionsCodec.encode(Positions.at(1L << 40))).hasSizeLessThan(10);
    }

    @Test
    void takes_forty_bytes_more_or_less_for_a_trigger_that_is_behind() {
        String uid = "0b5f7b0c-3c0c-4c52-8c38-5a3b54f4a9b1";

        byte[] bytes = PositionsCodec.encode(new Positions(5_000_000, Map.of(uid, Position.at(4_000_000))));

        assertThat(bytes.length).isBetween(40, 52);
    }

    @Test
    void takes_three_bytes_or_less_for_each_gap() {
        long[] everyThird = new long[10_000];
        Arrays.setAll(everyThird, i -> 1_000_000 + 3L * i);

        byte[] bytes = PositionsCodec.encode(new Positions(2_000_000, Map.of("t", Position.of(2_000_000, everyThird))));

        assertThat(bytes.length).isLessThan(30_000);
    }

    @Test
    void names_the_version_that_it_does_not_know() {
        byte[] bytes = PositionsCodec.encode(Positions.at(3));
        bytes[0] = 9;

        assertThatThrownBy(() -> PositionsCodec.decode(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("positions of version 9; this process reads version 1 and may be older than the one that"
                        + " wrote them");
    }

    @Test
    void refuses_what_is_cut_off_or_goes_on() {
        byte[] bytes = PositionsCodec.encode(new Positions(300, Map.of("t", Position.of(290, 100, 101, 200))));

        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> PositionsCodec.decode(cut))
                    .as("%s bytes", length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> PositionsCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 more behind");
    }

    @Test
    void refuses_any_garbage_without_taking_memory_for_it() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            byte[] bytes = PositionsCodec.encode(random(random));
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                // It may happen to be something that can be read.
                assertThat(PositionsCodec.decode(bytes)).isNotNull();
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageMatching("(?s).+");
            }
        }
    }

    private static Positions random(Random random) {
        long watermark = random.nextLong() >>> 2 + random.nextInt(60);
        Map<String, Position> exceptions = new HashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            TreeSet<Long> unfinished = new TreeSet<>();
            long offset = Math.max(0, watermark - random.nextInt(1000));
            for (int j = random.nextInt(40); j > 0; j--) {
                offset += random.nextInt(3) == 0 ? 1 + random.nextInt(500) : 1;
                unfinished.add(offset);
            }
            long next = unfinished.isEmpty() ? offset : offset + 1 + random.nextInt(3);
            exceptions.put(
                    "uid-" + random.nextInt(),
                    Position.of(
                            next, unfinished.stream().mapToLong(Long::longValue).toArray()));
        }
        return new Positions(watermark, exceptions);
    }
}
