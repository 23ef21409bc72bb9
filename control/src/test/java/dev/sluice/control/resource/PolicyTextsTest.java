/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.api.routing.RateLimit;
import dev.sluice.api.routing.StartFrom;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyTextsTest {

    @ParameterizedTest
    @CsvSource({
        "100, 100, 100",
        "100;burst=200, 100, 200",
        "0.5, 0.5, 1",
        "2.5, 2.5, 3",
        ".5, 0.5, 1",
        "0.001, 0.001, 1",
        "1000000;burst=100000000, 1000000, 100000000",
    })
    void reads_a_rate_limit(String text, double perSecond, int burst) {
        assertThat(PolicyTexts.rateLimit(text)).isEqualTo(new RateLimit(perSecond, burst));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "-1",
                "+1",
                "1e3",
                "0x1p3",
                "1d",
                "NaN",
                "1.2.3",
                " 1",
                "0",
                "0.0001",
                "1000001",
                "99999999999999999999999",
                "100;",
                "100;burst",
                "100;burst=",
                "100;burst=-1",
                "100;burst=1.5",
                "100;burst=100000001",
                "100;burst=99999999999999999999",
                "100; burst=1",
                "100;burst=1;burst=2",
                "١٢"
            })
    void refuses_what_is_no_rate_limit(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> PolicyTexts.rateLimit(text));
    }

    @Test
    void reads_what_to_start_from() {
        assertThat(PolicyTexts.startFrom("earliest")).isEqualTo(StartFrom.Place.EARLIEST);
        assertThat(PolicyTexts.startFrom("latest")).isEqualTo(StartFrom.Place.LATEST);
        assertThat(PolicyTexts.startFrom("2026-01-31T12:00:00.5+02:00"))
                .isEqualTo(new StartFrom.Time(Instant.parse("2026-01-31T10:00:00.500Z")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Earliest", "default", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "0"})
    void refuses_what_nothing_can_start_from(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyTexts.startFrom(text))
                .withMessage("is not earliest, latest or a time of RFC 3339");
    }

    @Test
    void reads_how_many_may_be_in_flight() {
        assertThat(PolicyTexts.maxInFlight("1")).isEqualTo(1);
        assertThat(PolicyTexts.maxInFlight("100000")).isEqualTo(100_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "100001", "4294967297", "1.0", "many"})
    void refuses_what_is_no_number_of_requests(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyTexts.maxInFlight(text))
                .withMessage("is not a whole number from 1 to 100000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Subject", "order-id", "a.b"})
    void refuses_what_no_attribute_is_called(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> PolicyTexts.attribute(text));
    }
}
