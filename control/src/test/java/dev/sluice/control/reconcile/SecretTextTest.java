/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTextTest {

    @Test
    void what_base64_wrote_is_read_with_its_line_breaks() {
        assertThat(SecretText.decode(" c2Vj\n cmV0\r\n")).isEqualTo("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-secret!", "c2Vjc", "c2Vj-cmV0", "gIGCg4SF"})
    void what_is_no_base64_or_no_text_is_no_secret(String written) {
        assertThat(SecretText.decode(written)).isNull();
    }
}
