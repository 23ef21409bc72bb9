/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareTest {

    @ParameterizedTest
    @CsvSource({
        "100, 10, 10, 100",
        "100, 5, 10, 50",
        "100, 1, 3, 33",
        "5, 1, 10, 1",
        "1, 10, 10, 1",
        "2147483647, 9, 10, 1932735282"
    })
    void what_can_only_be_had_whole_is_rounded_down_but_never_to_nothing(int whole, int owned, int all, int part) {
        assertThat(Share.ofPartitions(owned, all).of(whole)).isEqualTo(part);
    }

    @Test
    void the_parts_of_all_make_up_no_more_than_the_whole() {
        for (int mine = 1; mine < 10; mine++) {
            int together = Share.ofPartitions(mine, 10).of(100)
                    + Share.ofPartitions(10 - mine, 10).of(100);
            assertThat(together).isBetween(99, 100);
        }
    }

    @Test
    void who_has_no_partition_goes_by_the_share_of_one() {
        assertThat(Share.ofPartitions(0, 4)).isEqualTo(new Share(1, 4));
    }

    @Test
    void partitions_that_are_here_count_though_nobody_has_heard_of_them() {
        assertThat(Share.ofPartitions(4, 3)).isEqualTo(new Share(4, 4));
    }
}
