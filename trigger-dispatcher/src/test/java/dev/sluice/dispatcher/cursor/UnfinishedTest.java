/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UnfinishedTest {

    @Test
    void equals_a_sorted_map_whatever_is_done_to_it() {
        for (long seed = 1; seed <= 300; seed++) {
            // Given
            Random random = new Random(seed);
            Unfinished unfinished = new Unfinished();
            TreeMap<Long, Boolean> owedByOffset = new TreeMap<>();
            long next = 0;
            int adds = 1 + random.nextInt(9);

            for (int step = 0; step < 400; step++) {
                // When
                long some = next == 0 ? 0 : random.nextInt((int) next + 1);
                int choice = random.nextInt(10);
                String what = "seed " + seed + ", step " + step;
                if (choice < adds) {
                    next += 1 + random.nextInt(3);
                    boolean owed = random.nextInt(3) == 0;
                    if (owed) {
                        unfinished.addOwed(next);
                    } else {
                        unfinished.addHeld(next);
                    }
                    owedByOffset.put(next, owed);
                } else if (choice == 9 && random.nextInt(20) == 0) {
                    long bound = some;
                    long expected = owedByOffset.headMap(bound).values().stream()
                            .filter(Boolean::booleanValue)
                            .count();
                    owedByOffset.headMap(bound).values().removeIf(Boolean::booleanValue);
                    assertThat(unfinished.finishOwedBelow(bound)).as(what).isEqualTo((int) expected);
                } else if (random.nextInt(3) > 0) {
                    long target = random.nextBoolean() && !owedByOffset.isEmpty() ? owedByOffset.firstKey() : some;
                    boolean held = Boolean.FALSE.equals(owedByOffset.get(target));
                    if (held) {
                        owedByOffset.remove(target);
                    }
                    assertThat(unfinished.finishHeld(target)).as(what).isEqualTo(held);
                } else if (random.nextBoolean()) {
                    boolean owed = Boolean.TRUE.equals(owedByOffset.get(some));
                    if (owed) {
                        owedByOffset.put(some, false);
                    }
                    assertThat(unfinished.holdOwed(some)).as(what).isEqualTo(owed);
                } else {
                    boolean held = Boolean.FALSE.equals(owedByOffset.get(some));
                    if (held) {
                        owedByOffset.put(some, true);
                    }
                    assertThat(unfinished.oweHeld(some)).as(what).isEqualTo(held);
                }

                // Then
                assertThat(unfinished.toArray())
                        .as(what)
                        .isEqualTo(owedByOffset.keySet().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
                assertThat(unfinished.size()).as(what).isEqualTo(owedByOffset.size());
                assertThat(unfinished.lowest())
                        .as(what)
                        .isEqualTo(owedByOffset.isEmpty() ? Unfinished.NONE : owedByOffset.firstKey());
                assertThat(unfinished.lowestOwed())
                        .as(what)
                        .isEqualTo(owedByOffset.entrySet().stream()
                                .filter(Map.Entry::getValue)
                                .mapToLong(Map.Entry::getKey)
                                .findFirst()
                                .orElse(Unfinished.NONE));
            }
        }
    }

    @Test
    void stays_small_when_one_offset_never_finishes_and_a_million_pass_it() {
        // Given
        Unfinished unfinished = new Unfinished();
        unfinished.addHeld(0);

        // When
        for (long offset = 1; offset <= 1_000_000; offset++) {
            unfinished.addHeld(offset);
            unfinished.finishHeld(offset);
        }

        // Then
        assertThat(unfinished.toArray()).containsExactly(0);
        assertThat(unfinished.capacity()).isLessThanOrEqualTo(16);
    }

    @Test
    void refuses_an_offset_that_does_not_grow() {
        Unfinished unfinished = new Unfinished();
        unfinished.addHeld(7);

        assertThatThrownBy(() -> unfinished.addHeld(7)).hasMessage("offset 7 came after 7");
    }
}
