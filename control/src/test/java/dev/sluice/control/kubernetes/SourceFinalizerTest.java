/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SourceFinalizerTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @ParameterizedTest(name = "deleted {0} s ago, tried for {1} s, possible: {2}")
    @CsvSource({
        "10,   10, true,  false",
        "299, 299, true,  false",
        "301, 301, true,  true",
        // A process that has just begun tries for a moment, however long ago it was.
        "86400, 1, true,  false",
        "86400, 31, true, true",
        // Without its Secret it will never be possible, but for one that is not looked up yet.
        "10,   10, false, false",
        "31,   31, false, true",
    })
    void a_source_is_held_up_for_a_time_and_not_for_ever(long deleted, long tried, boolean possible, boolean goes) {
        // When
        boolean tooLate =
                SourceFinalizer.isTooLate(NOW.minusSeconds(deleted), NOW.minusSeconds(tried), possible, NOW);

        // Then
        assertThat(tooLate).isEqualTo(goes);
    }
}
