/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.RateLimit;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenBucketTest {

    /** Near its overflow, where System.nanoTime may be. */
    private static final long START = Long.MAX_VALUE - 1000;

    private static int takeAll(TokenBucket bucket, long now) {
        int taken = 0;
        while (bucket.hasToken(now)) {
            bucket.take(now);
            taken++;
        }
        return taken;
    }

    @Test
    void gives_the_burst_at_once_and_then_by_the_rate() {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(10, 5), Share.WHOLE, START);

        // When
        int atOnce = takeAll(bucket, START);
        int tooEarly = takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(90));
        int afterOneTenth = takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(100));

        // Then
        assertThat(atOnce).isEqualTo(5);
        assertThat(tooEarly).isZero();
        assertThat(afterOneTenth).isEqualTo(1);
        assertThat(bucket.hasTokenAt()).isEqualTo(START + TimeUnit.MILLISECONDS.toNanos(200));
    }

    @Test
    void a_pause_fills_no_more_than_the_burst() {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(10, 5), Share.WHOLE, START);
        takeAll(bucket, START);

        // When
        int taken = takeAll(bucket, START + TimeUnit.HOURS.toNanos(1));

        // Then
        assertThat(taken).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({"0.5, 1", "1, 1", "100, 100", "100, 200", "2500, 1", "50000, 1", "1000000, 1"})
    void keeps_the_rate_with_timers_that_ring_each_millisecond(double perSecond, int burst) {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(perSecond, burst), Share.WHOLE, START);
        int seconds = 20;

        // When
        long taken = 0;
        for (int milli = 0; milli < seconds * 1000; milli++) {
            taken += takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(milli));
        }

        // Then: a timer's tolerance is a burst of two milliseconds at the least
        double most = Math.max(burst, 1 + perSecond * 0.002);
        assertThat((double) taken).isBetween(perSecond * seconds * 0.999 - 1, perSecond * seconds + most);
    }

    @Test
    void a_burst_of_years_does_not_overflow() {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(RateLimit.LEAST, Integer.MAX_VALUE), Share.WHOLE, START);

        // Then
        assertThat(bucket.hasToken(START)).isTrue();
        bucket.take(START);
        assertThat(bucket.hasToken(START)).isTrue();
    }

    @Test
    void the_shares_of_a_limit_add_up_to_it() {
        // Given
        RateLimit limit = new RateLimit(100, 50);
        TokenBucket one = new TokenBucket(limit, new Share(3, 10), START);
        TokenBucket other = new TokenBucket(limit, new Share(7, 10), START);

        // When
        int atOnce = takeAll(one, START) + takeAll(other, START);
        long later = START + TimeUnit.MILLISECONDS.toNanos(200);
        int inAFifthOfASecond = takeAll(one, later) + takeAll(other, later);

        // Then
        assertThat(atOnce).isEqualTo(50);
        assertThat(inAFifthOfASecond).isEqualTo(20);
    }

    @Test
    void the_smallest_share_has_a_token_now_and_then() {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(1, 1), new Share(1, 10), START);

        // When
        int atOnce = takeAll(bucket, START);
        int tooEarly = takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(9_900));
        int afterTenSeconds = takeAll(bucket, START + TimeUnit.SECONDS.toNanos(10));

        // Then
        assertThat(atOnce).isEqualTo(1);
        assertThat(tooEarly).isZero();
        assertThat(afterTenSeconds).isEqualTo(1);
    }

    @Test
    void a_share_that_grows_brings_no_tokens_and_one_that_shrinks_takes_those_that_do_not_fit() {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(10, 10), new Share(5, 10), START);

        // When
        bucket.share(new Share(2, 10), START);
        bucket.share(new Share(10, 10), START);

        // Then
        assertThat(takeAll(bucket, START)).isEqualTo(2);
        assertThat(takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(100))).isEqualTo(1);
        assertThat(takeAll(bucket, START + TimeUnit.HOURS.toNanos(1))).isEqualTo(10);
    }

    @Test
    void a_share_that_comes_and_goes_makes_no_tokens() {
        // Given
        TokenBucket bucket = new TokenBucket(new RateLimit(10, 10), Share.WHOLE, START);
        takeAll(bucket, START);

        // When
        for (int i = 1; i <= 1_000; i++) {
            bucket.share(new Share(1 + i % 10, 10), START);
        }

        // Then
        assertThat(takeAll(bucket, START)).isZero();
        bucket.share(Share.WHOLE, START);
        assertThat(takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(90))).isZero();
        assertThat(takeAll(bucket, START + TimeUnit.MILLISECONDS.toNanos(101))).isEqualTo(1);
    }

    @Test
    void a_share_of_a_burst_of_years_does_not_overflow() {
        // Given
        TokenBucket bucket =
                new TokenBucket(new RateLimit(RateLimit.LEAST, Integer.MAX_VALUE), new Share(1, 1_000_000), START);

        // When
        bucket.share(Share.WHOLE, START);

        // Then
        assertThat(bucket.hasTokenAt() - START).isLessThanOrEqualTo(TimeUnit.MINUTES.toNanos(17));
        assertThat(bucket.hasToken(START + TimeUnit.MINUTES.toNanos(17))).isTrue();
    }
}
