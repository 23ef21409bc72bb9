/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ApiAnswersTest {

    private final AtomicLong now = new AtomicLong();
    private final AtomicBoolean away = new AtomicBoolean();

    @Test
    void are_recent_until_the_server_has_been_silent_for_too_long() {
        // Given
        try (ApiAnswers answers = answers()) {
            away.set(true);
            now.set(ApiAnswers.SILENT.toNanos() - 1);
            answers.ask();
            boolean before = answers.areRecent();

            // When
            now.incrementAndGet();

            // Then
            assertThat(before).isTrue();
            assertThat(answers.areRecent()).isFalse();
        }
    }

    @Test
    void are_recent_again_when_the_server_is_back() {
        // Given
        try (ApiAnswers answers = answers()) {
            now.set(ApiAnswers.SILENT.multipliedBy(7).toNanos());
            boolean before = answers.areRecent();

            // When
            answers.ask();

            // Then
            assertThat(before).isFalse();
            assertThat(answers.areRecent()).isTrue();
        }
    }

    private ApiAnswers answers() {
        return new ApiAnswers(
                () -> {
                    if (away.get()) {
                        throw new KubernetesClientException("connection refused");
                    }
                },
                now::get);
    }
}
