/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.BackoffPolicy;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.api.routing.Delivery.Jitter;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.testkit.Events;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BackoffTest {

    private static final RandomGenerator RANDOM = new Random(42);

    private static Delivery delivery(BackoffPolicy policy, String delay, @Nullable String retryAfterMax) {
        return new Delivery(
                10,
                policy,
                Duration.parse(delay),
                Duration.ofMinutes(5),
                Duration.ofSeconds(60),
                Optional.ofNullable(retryAfterMax).map(Duration::parse),
                Optional.empty(),
                Format.BINARY);
    }

    private static Failure failure(long retryAfterMillis) {
        return new Failure(
                FailureKind.UNAVAILABLE, 503, "busy", "http://s", Buffer.buffer(), Map.of(), retryAfterMillis);
    }

    @ParameterizedTest
    @CsvSource({
        "LINEAR, PT0.2S, 1, 200",
        "LINEAR, PT0.2S, 2, 400",
        "LINEAR, PT0.2S, 3, 600",
        "LINEAR, PT10S, 1000, 300000",
        "EXPONENTIAL, PT0.2S, 1, 200",
        "EXPONENTIAL, PT0.2S, 2, 400",
        "EXPONENTIAL, PT0.2S, 3, 800",
        "EXPONENTIAL, PT0.2S, 11, 204800",
        "EXPONENTIAL, PT0.2S, 12, 300000",
        "EXPONENTIAL, PT0.2S, 2000000000, 300000",
        "EXPONENTIAL, PT0S, 5, 0",
    })
    void grows_by_the_policy_up_to_the_cap(BackoffPolicy policy, String delay, int ordinal, long millis) {
        assertThat(Backoff.beforeRetry(delivery(policy, delay, null), ordinal, failure(RetryAfter.ABSENT), RANDOM))
                .isEqualTo(millis);
    }

    @ParameterizedTest
    @CsvSource({
        // header, retryAfterMax, wait
        "10000, , 10000",
        "100, , 200",
        "9999999, , 300000",
        "9999999, PT20S, 20000",
        "9999999, PT1H, 3600000",
        "10000, PT0S, 200",
        "0, PT20S, 200",
    })
    void waits_as_long_as_the_subscriber_asks_within_what_is_honoured(
            long headerMillis, @Nullable String retryAfterMax, long millis) {
        assertThat(Backoff.beforeRetry(
                        delivery(BackoffPolicy.EXPONENTIAL, "PT0.2S", retryAfterMax), 1, failure(headerMillis), RANDOM))
                .isEqualTo(millis);
    }

    private static Delivery jittered(int retry, BackoffPolicy policy, Duration delay, Duration most) {
        return new Delivery(
                retry,
                policy,
                delay,
                most,
                Jitter.FULL,
                Duration.ofSeconds(60),
                Optional.empty(),
                Optional.empty(),
                Format.BINARY);
    }

    @Test
    void full_jitter_waits_anything_from_nothing_to_what_the_policy_says() {
        // Given
        Delivery delivery = jittered(10, BackoffPolicy.EXPONENTIAL, Duration.ofMillis(200), Duration.ofMinutes(5));
        LongSummaryStatistics waits = new LongSummaryStatistics();

        // When
        for (int i = 0; i < 10_000; i++) {
            waits.accept(Backoff.beforeRetry(delivery, 3, failure(RetryAfter.ABSENT), RANDOM));
        }

        // Then
        assertThat(waits.getMin()).isBetween(0L, 5L);
        assertThat(waits.getMax()).isBetween(795L, 800L);
        assertThat(waits.getAverage()).isBetween(380.0, 420.0);
    }

    @Test
    void jitter_takes_nothing_off_what_the_subscriber_asks_for() {
        // Given
        Delivery delivery = jittered(10, BackoffPolicy.LINEAR, Duration.ofMillis(200), Duration.ofMinutes(5));

        // Then
        for (int i = 0; i < 100; i++) {
            assertThat(Backoff.beforeRetry(delivery, 1, failure(10_000), RANDOM))
                    .isEqualTo(10_000);
        }
    }

    @Test
    void no_delay_is_no_delay_with_jitter_too() {
        assertThat(Backoff.beforeRetry(
                        jittered(10, BackoffPolicy.LINEAR, Duration.ZERO, Duration.ofMinutes(5)),
                        7,
                        failure(RetryAfter.ABSENT),
                        RANDOM))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(BackoffPolicy.class)
    void absurd_values_neither_overflow_nor_wait_for_longer_than_the_cap(BackoffPolicy policy) {
        for (Duration delay : List.of(
                Duration.ofNanos(1),
                Duration.ofSeconds(1),
                Duration.ofDays(36_500),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            for (int ordinal : new int[] {1, 2, 62, 63, 64, 1_000_000_000, Integer.MAX_VALUE}) {
                Delivery plain = new Delivery(
                        Integer.MAX_VALUE,
                        policy,
                        delay,
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(60),
                        Optional.empty(),
                        Optional.empty(),
                        Format.BINARY);
                assertThat(Backoff.beforeRetry(plain, ordinal, failure(RetryAfter.ABSENT), RANDOM))
                        .as("%s, retry %d", delay, ordinal)
                        .isBetween(0L, 300_000L);
                assertThat(Backoff.beforeRetry(
                                jittered(Integer.MAX_VALUE, policy, delay, Duration.ofSeconds(Long.MAX_VALUE)),
                                ordinal,
                                failure(RetryAfter.ABSENT),
                                RANDOM))
                        .as("%s, retry %d, no cap", delay, ordinal)
                        .isBetween(0L, Duration.ofDays(36_500).toMillis());
            }
        }
    }

    @Test
    void attempts_beyond_the_largest_number_are_not_counted() {
        // Given
        Dispatch dispatch = new Dispatch(Held.of(Events.MINIMAL));
        dispatch.attempts = Integer.MAX_VALUE - 1;
        dispatch.laterAttempts = Integer.MAX_VALUE - 1;

        // When
        for (int i = 0; i < 3; i++) {
            assertThat(dispatch.countAttempt()).isTrue();
            assertThat(dispatch.countLaterAttempt()).isTrue();
        }

        // Then
        assertThat(dispatch.attempts).isEqualTo(Integer.MAX_VALUE);
        assertThat(dispatch.laterAttempts).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void waits_the_longest_for_what_is_kept() {
        Delivery delivery = delivery(BackoffPolicy.LINEAR, "PT0.2S", null);
        assertThat(Backoff.whenKept(delivery, failure(RetryAfter.ABSENT))).isEqualTo(300_000);
    }

    @Test
    void counts_durations_that_no_long_can_count() {
        assertThat(Backoff.millis(Duration.ofSeconds(Long.MAX_VALUE)))
                .isEqualTo(Duration.ofDays(36500).toMillis());
    }
}
