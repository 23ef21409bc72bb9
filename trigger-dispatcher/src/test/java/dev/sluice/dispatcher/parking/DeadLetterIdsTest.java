/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeadLetterIdsTest {

    private final AtomicLong clock = new AtomicLong(1_795_266_779_023L);
    private final DeadLetterIds ids = new DeadLetterIds(clock::get);

    @Test
    void ids_sort_in_the_order_in_which_they_were_made_whatever_the_clock_does() {
        // Given
        List<String> made = new ArrayList<>();

        // When
        for (int i = 0; i < 20_000; i++) {
            made.add(ids.next());
            if (i % 1_000 == 0) {
                clock.addAndGet(i % 3_000 == 0 ? 1 : -5);
            }
        }

        // Then
        assertThat(made).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void an_id_is_a_uuid_of_version_7_that_tells_its_time() {
        // When
        UUID id = UUID.fromString(ids.next());

        // Then
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(clock.get());
    }
}
