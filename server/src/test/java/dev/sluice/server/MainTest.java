/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MainTest {

    private static final String SECONDS = "networkaddress.cache.ttl";

    @Test
    void an_address_is_remembered_for_a_second_unless_somebody_has_said_otherwise() {
        // Given
        @Nullable String before = Security.getProperty(SECONDS);
        try {
            // When
            Main.forgetAddressesSoon();
            String first = Security.getProperty(SECONDS);
            Security.setProperty(SECONDS, "7");
            Main.forgetAddressesSoon();

            // Then
            assertThat(first).isEqualTo(before == null ? "1" : before);
            assertThat(Security.getProperty(SECONDS)).isEqualTo("7");
        } finally {
            // As the JVM has it where nothing is set.
            Security.setProperty(SECONDS, before == null ? "30" : before);
        }
    }
}
