/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PostponedOffsetsTest {

    @Test
    void takes_more_after_the_last_of_as_many_as_there_was_room_for_has_gone() {
        for (int count = 1; count <= 64; count++) {
            // Given
            PostponedOffsets offsets = new PostponedOffsets();
            for (long offset = 0; offset < count; offset++) {
                offsets.add(offset);
            }
            for (long offset = 0; offset < count; offset++) {
                offsets.remove(offset);
            }

            // When
            offsets.add(count);

            // Then
            assertThat(offsets.size()).as("after %d", count).isOne();
            assertThat(offsets.first()).as("after %d", count).isEqualTo(count);
        }
    }

    @Test
    void equals_a_sorted_set_whatever_is_done_to_it() {
        for (long seed = 1; seed <= 500; seed++) {
            // Given
            Random random = new Random(seed);
            PostponedOffsets offsets = new PostponedOffsets();
            TreeSet<Long> model = new TreeSet<>();
            long next = 0;
            int adds = 2 + random.nextInt(5);

            for (int step = 0; step < 300; step++) {
                // When
                long some = random.nextInt((int) next + 1);
                int choice = random.nextInt(10);
                if (choice < adds) {
                    // At the end, put back at the front, or between.
                    long offset = random.nextInt(3) > 0 ? ++next : some;
                    if (model.add(offset)) {
                        offsets.add(offset);
                    }
                } else if (choice == 9 && random.nextInt(20) == 0) {
                    offsets.removeBelow(some);
                    model.headSet(some).clear();
                } else {
                    long offset = random.nextInt(4) > 0 && !model.isEmpty() ? model.first() : some;
                    offsets.remove(offset);
                    model.remove(offset);
                }

                // Then
                String what = "seed " + seed + ", step " + step;
                assertThat(offsets.size()).as(what).isEqualTo(model.size());
                assertThat(offsets.isEmpty()).as(what).isEqualTo(model.isEmpty());
                assertThat(offsets.contains(some)).as(what).isEqualTo(model.contains(some));
                if (!model.isEmpty()) {
                    assertThat(offsets.first()).as(what).isEqualTo(model.first());
                }
            }

            // Then
            while (!model.isEmpty()) {
                assertThat(offsets.first()).as("seed %d", seed).isEqualTo(model.first());
                offsets.remove(model.pollFirst());
            }
            assertThat(offsets.isEmpty()).as("seed %d", seed).isTrue();
        }
    }
}
