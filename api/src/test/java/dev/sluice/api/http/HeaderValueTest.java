/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CloudEvents HTTP binding 3.1.3.2. */
class HeaderValueTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '^',
            delimiter = '|',
            value = {
                "Euro € 😀 | Euro%20%E2%82%AC%20%F0%9F%98%80",
                "a b       | a%20b",
                "say \"hi\" | say%20%22hi%22",
                "100%      | 100%25",
                "~!#/:;?@  | ~!#/:;?@",
                "é         | %C3%A9",
            })
    void encodes_what_the_binding_says_and_nothing_else(String value, String header) {
        assertThat(HeaderValue.encode(value)).isEqualTo(header);
        assertThat(HeaderValue.decode(header)).isEqualTo(value);
    }

    @Test
    void encodes_control_characters_so_that_no_value_can_end_a_header() {
        assertThat(HeaderValue.encode("a\r\nx: y\u007f")).isEqualTo("a%0D%0Ax:%20y%7F");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '^',
            delimiter = '|',
            value = {
                "%61%62c               | abc",
                "%e2%82%ac             | €",
                "a b                   | a b",
                "%2520                 | %20",
                "\"quoted value\"      | quoted value",
                "\"a \\\"b\\\" \\\\ c\" | a \"b\" \\ c",
                "\"%20\"               | ^ ^",
                "\"open                | \"open",
                "\"a\" and \"b\"       | \"a\" and \"b\"",
                "100%                  | 100%",
                "%zz%4                 | %zz%4",
                "\"ends in \\\"      | \"ends in \\\"",
            })
    void decodes_one_round_after_unquoting(String header, String value) {
        assertThat(HeaderValue.decode(header)).isEqualTo(value);
    }

    @Test
    void takes_raw_utf_8_bytes_of_senders_that_do_not_encode() {
        String asBytes = new String("Zürich €".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(HeaderValue.decode(asBytes)).isEqualTo("Zürich €");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%C0%A0", "%E2%82", "%ED%A0%80", "%F4%90%80%80", "%80", "%F5%80%80%80", "\u00e9", "\u20ac"})
    void refuses_what_is_not_utf_8(String header) {
        assertThat(HeaderValue.decode(header)).isNull();
    }

    @Test
    void every_text_survives_the_way_there_and_back() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                int codePoint;
                do {
                    codePoint = random.nextInt(random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT + 1);
                } while (codePoint >= 0xD800 && codePoint <= 0xDFFF);
                text.appendCodePoint(codePoint);
            }
            String value = text.toString();
            String header = HeaderValue.encode(value);
            assertThat(header).as("seed %d", seed).matches("[\\x21-\\x7E]*");
            assertThat(HeaderValue.decode(header)).as("seed %d", seed).isEqualTo(value);
        }
    }

    @Test
    void utf_8_validation_agrees_with_the_jdk() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int valid = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(4)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                bytes[0] = (byte) (0xC0 | bytes[0]);
            }
            for (int i = 1; i < bytes.length; i++) {
                bytes[i] = random.nextInt(4) == 0 ? bytes[i] : (byte) (0x80 | bytes[i] & 0x3F);
            }
            // Decoding replaces what is no UTF-8, so only valid bytes come back as they were.
            boolean jdk =
                    Arrays.equals(new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
            valid += jdk ? 1 : 0;
            assertThat(Utf8.isValid(bytes, 0, bytes.length)).as("seed %d", seed).isEqualTo(jdk);
        }
        assertThat(valid).isPositive();
    }
}
