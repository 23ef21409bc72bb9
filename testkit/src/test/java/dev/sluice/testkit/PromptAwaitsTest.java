/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PromptAwaitsTest {

    @Test
    void intervals_grow_from_ten_to_two_hundred_milliseconds() {
        List<Long> millis = new ArrayList<>();
        Duration interval = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            interval = PromptAwaits.after(interval);
            millis.add(interval.toMillis());
        }

        assertThat(millis).startsWith(10L, 12L, 15L).isSorted().endsWith(200L, 200L);
    }

    @Test
    void it_is_in_force_without_being_asked_for() {
        AtomicInteger looks = new AtomicInteger();
        List<Duration> intervals = new CopyOnWriteArrayList<>();

        await().conditionEvaluationListener(look -> intervals.add(look.getPollInterval()))
                .until(() -> looks.incrementAndGet() == 4);

        assertThat(intervals).contains(Duration.ofMillis(10), Duration.ofMillis(12));
    }
}
