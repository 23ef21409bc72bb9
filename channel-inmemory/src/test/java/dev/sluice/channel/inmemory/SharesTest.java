/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.channel.inmemory.Shares.Outcome;
import dev.sluice.channel.inmemory.Shares.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharesTest {

    private static final long CAPACITY = 1600;

    private final Shares shares = new Shares(CAPACITY);

    @Test
    void gives_everything_to_a_channel_that_is_alone() {
        Share alone = shares.join();

        assertThat(takeUpTo(alone, 10_000)).isEqualTo(CAPACITY);
        assertThat(shares.limit(alone)).isEqualTo(CAPACITY);
    }

    @Test
    void guarantees_half_of_the_capacity_in_even_parts_and_lends_the_rest() {
        Share greedy = shares.join();
        Share modest = shares.join();

        assertThat(takeUpTo(greedy, 10_000)).isEqualTo(400 + 800);
        assertThat(shares.limit(modest)).isEqualTo(400);
        assertThat(takeUpTo(modest, 10_000)).isEqualTo(400);
    }

    @Test
    void lends_first_come_first_served() {
        Share first = shares.join();
        Share second = shares.join();

        takeUpTo(first, 400 + 300);

        assertThat(takeUpTo(second, 10_000)).isEqualTo(400 + 500);
        assertThat(shares.limit(first)).isEqualTo(400 + 300);
    }

    @Test
    void gives_a_newcomer_its_guarantee_at_once_and_drops_nothing() {
        Share old = shares.join();
        takeUpTo(old, 10_000);

        Share newcomer = shares.join();

        assertThat(shares.held(old)).isEqualTo(CAPACITY);
        assertThat(takeUpTo(newcomer, 10_000)).isEqualTo(400);
        assertThat(shares.take(old, 1, false)).isEqualTo(Outcome.FULL);
    }

    @Test
    void lends_again_only_when_the_old_holder_is_back_within_its_new_share() {
        Share old = shares.join();
        takeUpTo(old, 10_000);
        Share newcomer = shares.join();
        takeUpTo(newcomer, 10_000);

        // The old one holds 1600, of which 400 are now guaranteed: it has borrowed 1200 and may borrow 800.
        shares.add(old, -400, false);
        assertThat(shares.take(newcomer, 1, false)).isEqualTo(Outcome.FULL);
        assertThat(shares.take(old, 1, false)).isEqualTo(Outcome.FULL);

        shares.add(old, -1, false);
        assertThat(shares.take(newcomer, 1, false)).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void never_holds_more_than_one_and_a_half_times_the_capacity() {
        long total = 0;
        for (int i = 0; i < 100; i++) {
            total += takeUpTo(shares.join(), 10_000);
        }

        assertThat(total).isEqualTo(CAPACITY + CAPACITY / 2);
    }

    @Test
    void gives_the_guarantee_of_a_channel_that_left_to_the_others() {
        Share staying = shares.join();
        Share leaving = shares.join();
        takeUpTo(leaving, 10_000);
        takeUpTo(staying, 10_000);

        shares.leave(leaving);
        shares.leave(leaving);

        assertThat(shares.held(leaving)).isZero();
        assertThat(shares.limit(staying)).isEqualTo(CAPACITY);
        assertThat(takeUpTo(staying, 10_000)).isEqualTo(CAPACITY - 400);
    }

    @Test
    void refuses_for_good_what_does_not_fit_into_guarantee_and_pool_together() {
        Share share = shares.join();
        shares.join();

        assertThat(shares.take(share, 1201, false)).isEqualTo(Outcome.TOO_LARGE);
        assertThat(shares.take(share, 1201, true)).isEqualTo(Outcome.TOO_LARGE);
        assertThat(shares.take(share, 1200, false)).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void keeps_a_reserve_for_replies_that_producers_cannot_touch() {
        Share one = shares.join();
        Share other = shares.join();
        takeUpTo(one, 10_000);
        takeUpTo(other, 10_000);

        assertThat(shares.take(one, 60, true)).isEqualTo(Outcome.TAKEN_FROM_RESERVE);
        assertThat(shares.take(one, 40, true)).isEqualTo(Outcome.TAKEN_FROM_RESERVE);
        assertThat(shares.take(one, 1, true)).isEqualTo(Outcome.FULL);
        assertThat(shares.take(one, 1, false)).isEqualTo(Outcome.FULL);
        assertThat(shares.take(other, 100, true)).isEqualTo(Outcome.TAKEN_FROM_RESERVE);

        shares.add(one, -60, true);
        assertThat(shares.take(one, 60, true)).isEqualTo(Outcome.TAKEN_FROM_RESERVE);
    }

    @Test
    void places_one_reply_that_is_larger_than_a_part_of_the_reserve() {
        Share share = shares.join();
        takeUpTo(share, 10_000);

        assertThat(shares.take(share, 390, true)).isEqualTo(Outcome.TAKEN_FROM_RESERVE);
        assertThat(shares.take(share, 1, true)).isEqualTo(Outcome.FULL);
    }

    @Test
    void counts_what_is_spent_already_beyond_the_limit() {
        Share share = shares.join();
        shares.take(share, 100, false);

        shares.add(share, 5000, false);

        assertThat(shares.held(share)).isEqualTo(5100);
        assertThat(shares.take(share, 1, false)).isEqualTo(Outcome.FULL);
        shares.add(share, -5000, false);
        assertThat(shares.take(share, 1, false)).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void stays_within_its_bounds_and_comes_back_to_nothing_whatever_happens() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Share> open = new ArrayList<>();
        List<long[]> claims = new ArrayList<>();
        List<Share> holders = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            int action = random.nextInt(20);
            if (action == 0 && open.size() < 8) {
                open.add(shares.join());
            } else if (action == 1 && open.size() > 1) {
                Share gone = open.remove(random.nextInt(open.size()));
                shares.leave(gone);
                for (int i = holders.size() - 1; i >= 0; i--) {
                    if (holders.get(i) == gone) {
                        holders.remove(i);
                        claims.remove(i);
                    }
                }
            } else if (action < 12 && !open.isEmpty()) {
                Share share = open.get(random.nextInt(open.size()));
                long bytes = 1 + random.nextInt(50);
                Outcome outcome = shares.take(share, bytes, random.nextInt(4) == 0);
                if (outcome == Outcome.TAKEN || outcome == Outcome.TAKEN_FROM_RESERVE) {
                    holders.add(share);
                    claims.add(new long[] {bytes, outcome == Outcome.TAKEN ? 0 : 1});
                }
            } else if (!claims.isEmpty()) {
                int i = random.nextInt(claims.size());
                long[] claim = claims.remove(i);
                shares.add(holders.remove(i), -claim[0], claim[1] == 1);
            }
            long held = open.stream().mapToLong(shares::held).sum();
            assertThat(held)
                    .as("seed %s step %s", seed, step)
                    .isEqualTo(claims.stream().mapToLong(claim -> claim[0]).sum())
                    .isBetween(0L, CAPACITY + CAPACITY / 2 + CAPACITY / 4);
        }
        for (int i = 0; i < claims.size(); i++) {
            shares.add(holders.get(i), -claims.get(i)[0], claims.get(i)[1] == 1);
        }
        while (open.size() > 1) {
            shares.leave(open.remove(0));
        }
        assertThat(takeUpTo(open.get(0), 10_000)).as("seed %s", seed).isEqualTo(CAPACITY);
    }

    private long takeUpTo(Share share, long most) {
        long taken = 0;
        while (taken < most && shares.take(share, 1, false) == Outcome.TAKEN) {
            taken++;
        }
        return taken;
    }
}
