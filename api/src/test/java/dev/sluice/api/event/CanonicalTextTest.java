/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.URI;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

/** CloudEvents 3.1, Type System. */
class CanonicalTextTest {

    @Test
    void every_type_has_its_form() {
        assertThat(CanonicalText.of("text")).isEqualTo("text");
        assertThat(CanonicalText.of(true)).isEqualTo("true");
        assertThat(CanonicalText.of(-7)).isEqualTo("-7");
        assertThat(CanonicalText.of(URI.create("/%C3%A9"))).isEqualTo("/%C3%A9");
        assertThat(CanonicalText.of(new byte[] {(byte) 0xFF, 0})).isEqualTo("/wA=");
        assertThat(CanonicalText.of(OffsetDateTime.parse("2026-01-31T12:00:00+01:00")))
                .isEqualTo("2026-01-31T12:00:00+01:00");
    }

    @Test
    void a_number_that_the_sdk_lets_in_is_written_without_exponent() {
        assertThat(CanonicalText.of(new BigDecimal("1E+3"))).isEqualTo("1000");
        assertThat(CanonicalText.of(1L << 40)).isEqualTo("1099511627776");
    }
}
