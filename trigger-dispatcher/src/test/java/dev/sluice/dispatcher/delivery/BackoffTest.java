/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.BackoffPolicy;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.dispatcher.send.FailureKind;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
