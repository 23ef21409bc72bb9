/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class WritePaceTest {

    private final AtomicLong nanos = new AtomicLong();
    private final WritePace pace = new WritePace(nanos::get);

    private void write(String uid, int times) {
        for (int i = 0; i < times; i++) {
            pace.wrote(uid);
        }
    }

    @Test
    void an_object_that_is_written_again_and_again_rests_until_its_minute_is_over() {
        // Given
        write("a", WritePace.MOST - 1);
        assertThat(pace.rests("a")).isFalse();

        // When
        write("a", 1);

        // Then
        assertThat(pace.rests("a")).isTrue();
        assertThat(pace.rests("b")).isFalse();
        nanos.set(WritePace.SPAN.toNanos() - 1);
        assertThat(pace.rests("a")).isTrue();
        nanos.set(WritePace.SPAN.toNanos());
        assertThat(pace.rests("a")).isFalse();
    }

    @Test
    void after_its_minute_an_object_is_counted_anew() {
        // Given
        write("a", WritePace.MOST);
        nanos.set(WritePace.SPAN.toNanos());

        // When
        write("a", 1);

        // Then
        assertThat(pace.rests("a")).isFalse();
        write("a", WritePace.MOST - 1);
        assertThat(pace.rests("a")).isTrue();
    }
}
