/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T12:00:00Z,               2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z,               2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.5Z,             2026-01-31T12:00:00.5Z",
        "2026-01-31T12:00:00.500Z,           2026-01-31T12:00:00.5Z",
        "2026-01-31T12:00:00.000Z,           2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.123456789987Z,  2026-01-31T12:00:00.123456789Z",
        "2026-01-31T12:00:00+05:30,          2026-01-31T12:00:00+05:30",
        "2026-01-31T12:00:00-08:00,          2026-01-31T12:00:00-08:00",
        "2026-01-31T12:00:00+00:00,          2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00-00:00,          2026-01-31T12:00:00Z",
        "0001-01-01T00:00:00Z,               0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z,     9999-12-31T23:59:59.999999999Z",
        "2024-02-29T00:00:00Z,               2024-02-29T00:00:00Z",
    })
    void reads_rfc_3339_and_writes_its_shortest_form(String text, String written) {
        assertThat(Timestamps.format(Objects.requireNonNull(Timestamps.parse(text))))
                .isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "2026-01-31",
                "2026-01-31T12:00Z",
                "2026-01-31T12:00:00",
                "2026-01-31 12:00:00Z",
                "2026-01-31T12:00:00.Z",
                "2026-01-31T12:00:00ZZ",
                "2026-01-31T12:00:00+0530",
                "2026-01-31T12:00:00+05:60",
                "2026-01-31T12:00:00+19:00",
                "2026-01-31T12:00:00*05:30",
                "2026-02-30T12:00:00Z",
                "2025-02-29T12:00:00Z",
                "2026-13-01T12:00:00Z",
                "2026-01-31T24:00:00Z",
                "2026-01-31T12:00:60Z",
                "20260131T120000Z0000",
                "+2026-01-31T12:00:00Z",
                "2026-01-31T12:00:0xZ",
                "２026-01-31T12:00:00Z",
            })
    void answers_null_for_what_is_none(String text) {
        assertThat(Timestamps.parse(text)).isNull();
    }

    @Test
    void agrees_with_the_jdk_on_random_moments() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            OffsetDateTime time = LocalDateTime.ofEpochSecond(
                            random.nextLong(-60_000_000_000L, 250_000_000_000L),
                            random.nextBoolean() ? 0 : random.nextInt(1_000_000_000),
                            ZoneOffset.UTC)
                    .atOffset(ZoneOffset.ofTotalSeconds(random.nextInt(-18 * 60, 18 * 60 + 1) * 60));
            String written = Timestamps.format(time);
            assertThat(written).as("seed %d", seed).isEqualTo(DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time));
            assertThat(Timestamps.parse(written)).as("seed %d", seed).isEqualTo(time);
        }
    }

    @Test
    void writes_instants_in_utc() {
        assertThat(Timestamps.format(Instant.parse("2026-01-31T12:00:00.000001Z")))
                .isEqualTo("2026-01-31T12:00:00.000001Z");
    }
}
