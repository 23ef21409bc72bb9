/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FetchSharesTest {

    private final FetchShares shares = new FetchShares();

    @Test
    void a_few_readers_have_all_that_one_has_and_a_hundred_no_more_than_four_times_as_much_as_those() {
        // When
        long few = 0;
        for (int i = 0; i < 8; i++) {
            int share = shares.take();
            assertThat(share).isEqualTo(4 << 20);
            few += share;
        }
        long all = few;
        for (int i = 8; i < 100; i++) {
            all += shares.take();
        }

        // Then
        assertThat(all).isLessThanOrEqualTo(4 * few);
        assertThat(shares.take()).isBetween(256 << 10, 512 << 10);
    }

    @Test
    void a_reader_that_goes_leaves_its_share_to_the_next() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(shares.take()).isEqualTo(4 << 20);
            shares.giveBack();
        }
    }
}
