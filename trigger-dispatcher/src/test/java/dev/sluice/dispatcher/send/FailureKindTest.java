/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailureKindTest {

    private static final Set<Integer> RETRIED_BELOW_500 = Set.of(404, 408, 409, 429);

    @Test
    void every_status_is_retried_or_not_as_the_specification_says() {
        for (int status = 100; status < 1000; status++) {
            if (status < 200 || status > 299) {
                assertThat(FailureKind.ofStatus(status).retried())
                        .as("status %d", status)
                        .isEqualTo(status >= 500 || RETRIED_BELOW_500.contains(status));
            }
        }
    }

    @Test
    void success_is_no_failure() {
        assertThatThrownBy(() -> FailureKind.ofStatus(204)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void labels_are_fit_for_metrics_and_tell_the_kinds_apart() {
        assertThat(Arrays.stream(FailureKind.values()).map(FailureKind::label))
                .doesNotHaveDuplicates()
                .allMatch(label -> label.matches("[a-z-]+"));
    }
}
