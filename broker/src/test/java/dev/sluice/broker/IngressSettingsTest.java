/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IngressSettingsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void the_defaults_are_what_the_docs_say() {
        IngressSettings defaults = IngressSettings.defaults();

        assertThat(defaults.host()).isEqualTo("0.0.0.0");
        assertThat(defaults.port()).isEqualTo(8080);
        assertThat(defaults.maxEventSize()).isEqualTo(1_048_576);
        assertThat(defaults.requestTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(defaults.idleTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(defaults.maxHeaderBytes()).isEqualTo(65_536);
        assertThat(defaults.bodyBudgetBytes()).isEqualTo(Runtime.getRuntime().maxMemory() / 8);
        assertThat(defaults.initialTtl()).isEqualTo(255);
    }

    @Test
    void a_value_out_of_range_is_named_with_its_range() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 65_536, 1, SECOND, SECOND, 1_024, 1, 1, 1))
                .withMessage("port=65536 must be from 0 to 65535");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 0, SECOND, SECOND, 1_024, 1, 1, 1))
                .withMessage("maxEventSize=0 must be at least 1 byte");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 1, Duration.ZERO, SECOND, 1_024, 1, 1, 1))
                .withMessage("requestTimeout=PT0S must be more than zero");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 1, SECOND, SECOND.negated(), 1_024, 1, 1, 1))
                .withMessage("idleTimeout=PT-1S must be more than zero");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 1, SECOND, SECOND, 1_023, 1, 1, 1))
                .withMessage("maxHeaderBytes=1023 must be at least 1024 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 10, SECOND, SECOND, 1_024, 9, 1, 1))
                .withMessage("bodyBudgetBytes=9 must be at least maxEventSize, which is 10");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 1, SECOND, SECOND, 1_024, 1, 1, 0))
                .withMessage("maxConnections=0 must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngressSettings("h", 0, 1, SECOND, SECOND, 1_024, 1, 0, 1))
                .withMessage("initialTtl=0 must be at least 1");
    }
}
