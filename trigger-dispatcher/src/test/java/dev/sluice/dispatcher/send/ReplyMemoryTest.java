/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.dispatcher.send.ReplyMemory.Account;
import dev.sluice.dispatcher.send.ReplyMemory.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReplyMemoryTest {

    private static final Runnable UNEXPECTED = () -> {
        throw new AssertionError("granted though nobody waited");
    };

    private final ReplyMemory memory = new ReplyMemory(1_000);

    private static Claim taken(Account of, long bytes) {
        Claim claim = of.claim();
        assertThat(claim.take(bytes, true, UNEXPECTED)).isTrue();
        return claim;
    }

    @Test
    void a_reply_for_which_there_is_no_room_is_read_when_there_is() {
        // Given
        Claim first = taken(memory.account(), 900);
        AtomicInteger granted = new AtomicInteger();
        Claim second = memory.account().claim();

        // When
        boolean atOnce = second.take(200, true, granted::incrementAndGet);

        // Then
        assertThat(atOnce).isFalse();
        assertThat(memory.held()).isEqualTo(900);
        first.end();
        assertThat(granted).hasValue(1);
        assertThat(memory.held()).isEqualTo(200);
        second.end();
        assertThat(memory.held()).isZero();
    }

    @Test
    void a_reply_that_is_larger_than_all_there_is_is_read_alone() {
        // Given
        Claim large = taken(memory.account(), 5_000);
        AtomicInteger granted = new AtomicInteger();
        Claim small = memory.account().claim();

        // When
        boolean beside = small.take(1, true, granted::incrementAndGet);

        // Then
        assertThat(beside).isFalse();
        large.end();
        assertThat(granted).hasValue(1);
    }

    @Test
    void one_destination_leaves_as_much_as_it_takes_and_a_quarter_to_those_that_have_nothing() {
        // Given
        Account greedy = memory.account();
        List<Claim> claims = new ArrayList<>();
        long taken = 0;
        for (Claim claim = greedy.claim(); claim.take(25, true, () -> {}); claim = greedy.claim()) {
            claims.add(claim);
            taken += 25;
        }

        // Then
        assertThat(taken).isEqualTo(375);
        taken(memory.account(), 600);
        assertThat(claims).hasSize(15);
    }

    @Test
    void a_destination_that_waits_does_not_keep_another_waiting() {
        // Given
        Account greedy = memory.account();
        taken(greedy, 375);
        assertThat(greedy.claim().take(300, true, () -> {})).isFalse();

        // When
        Claim other = memory.account().claim();

        // Then
        assertThat(other.take(600, true, UNEXPECTED)).isTrue();
    }

    @Test
    void replies_of_one_destination_are_read_in_the_order_in_which_they_came() {
        // Given
        Account account = memory.account();
        Claim first = taken(account, 375);
        List<String> granted = new ArrayList<>();
        assertThat(account.claim().take(375, true, () -> granted.add("large"))).isFalse();

        // When
        boolean small = account.claim().take(1, true, () -> granted.add("small"));

        // Then
        assertThat(small).isFalse();
        first.end();
        assertThat(granted).containsExactly("large");
    }

    @Test
    void when_all_of_it_is_held_by_replies_that_need_more_one_of_them_gets_it() {
        // Given: of unknown length, all of them
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Claim claim = memory.account().claim();
            assertThat(claim.take(250, false, UNEXPECTED)).isTrue();
            claims.add(claim);
        }
        AtomicInteger granted = new AtomicInteger();

        // When
        boolean first = claims.get(0).take(1_000, true, UNEXPECTED);
        boolean second = claims.get(1).take(1_000, true, granted::incrementAndGet);

        // Then
        assertThat(first).isTrue();
        assertThat(second).isFalse();
        claims.get(0).end();
        assertThat(granted).hasValue(1);
    }

    @Test
    void who_waits_no_more_is_not_granted_anything_and_holds_up_nobody() {
        // Given
        Claim first = taken(memory.account(), 1_000);
        Account account = memory.account();
        Claim gone = account.claim();
        assertThat(gone.take(700, true, UNEXPECTED)).isFalse();
        AtomicInteger granted = new AtomicInteger();
        assertThat(account.claim().take(800, true, granted::incrementAndGet)).isFalse();

        // When
        gone.end();
        first.end();

        // Then
        assertThat(granted).hasValue(1);
        assertThat(memory.held()).isEqualTo(800);
    }

    /** A reply as an attempt goes about it. */
    private static final class Reply {
        private final Claim claim;
        private final long size;
        private final boolean known;
        private boolean reading;
        private boolean whole;

        Reply(Claim claim, long size, boolean known) {
            this.claim = claim;
            this.size = size;
            this.known = known;
        }

        void begin() {
            whole = known;
            reading = claim.take(known ? size : 50, known, () -> reading = true);
        }

        /** Answers whether it has ended. */
        boolean readOn() {
            if (!whole && size > 50) {
                whole = true;
                reading = claim.take(300, true, () -> reading = true);
                return false;
            }
            claim.end();
            return true;
        }
    }

    @Test
    void every_reply_is_read_in_the_end_and_hardly_more_is_held_than_there_may_be() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            ReplyMemory shared = new ReplyMemory(1_000);
            List<Account> accounts = new ArrayList<>();
            for (int i = 0; i <= seed % 5; i++) {
                accounts.add(shared.account());
            }
            List<Reply> open = new ArrayList<>();
            int begun = 0;
            int ended = 0;
            while (ended < 100) {
                if (begun < 100 && random.nextInt(3) > 0) {
                    Reply reply = new Reply(
                            accounts.get(random.nextInt(accounts.size())).claim(),
                            1 + random.nextInt(300),
                            random.nextBoolean());
                    reply.begin();
                    open.add(reply);
                    begun++;
                }
                List<Reply> reading =
                        open.stream().filter(reply -> reply.reading).toList();
                assertThat(open.isEmpty() || !reading.isEmpty())
                        .as("somebody is being read, with seed %d", seed)
                        .isTrue();
                if (!reading.isEmpty()) {
                    Reply one = reading.get(random.nextInt(reading.size()));
                    boolean over = random.nextInt(20) == 0;
                    if (over) {
                        // Broken off in the middle.
                        one.claim.end();
                    } else {
                        over = one.readOn();
                    }
                    if (over) {
                        open.remove(one);
                        ended++;
                    }
                }
                assertThat(shared.held()).as("held, with seed %d", seed).isBetween(0L, 1_000L + 300);
            }
            assertThat(shared.held()).as("held at last, with seed %d", seed).isZero();
        }
    }
}
