/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

    private static final long NOW = Instant.parse("1994-11-06T08:49:00Z").toEpochMilli();

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1000", "120, 120000", "007, 7000", "99999999999999999999999, 31536000000"})
    void reads_seconds(String header, long millis) {
        assertThat(RetryAfter.millis(header, NOW)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    void reads_each_form_of_date(String header) {
        assertThat(RetryAfter.millis(header, NOW)).isEqualTo(37_000);
    }

    @Test
    void takes_a_date_in_the_past_for_now() {
        assertThat(RetryAfter.millis("Sun, 06 Nov 1994 08:48:37 GMT", NOW)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5", "1s", "soon", "Mon, 06 Nov 1994 08:49:37 GMT", "2026-01-01T00:00:00Z"})
    void ignores_what_it_does_not_understand(String header) {
        assertThat(RetryAfter.millis(header, NOW)).isEqualTo(RetryAfter.ABSENT);
    }

    @Test
    void is_absent_without_a_header() {
        assertThat(RetryAfter.millis(null, NOW)).isEqualTo(RetryAfter.ABSENT);
    }
}
