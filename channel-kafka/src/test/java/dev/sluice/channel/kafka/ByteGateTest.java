/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ByteGateTest {

    @Test
    void keeps_an_eighth_for_replies() {
        ByteGate gate = new ByteGate(800);

        assertThat(gate.tryTake(700, false)).isTrue();
        assertThat(gate.tryTake(1, false)).isFalse();
        assertThat(gate.tryTake(100, true)).isTrue();
        assertThat(gate.tryTake(1, true)).isFalse();
        assertThat(gate.held()).isEqualTo(800);
    }

    @Test
    void takes_again_what_was_given_back() {
        ByteGate gate = new ByteGate(800);
        assertThat(gate.tryTake(700, false)).isTrue();

        gate.give(300);

        assertThat(gate.tryTake(301, false)).isFalse();
        assertThat(gate.tryTake(300, false)).isTrue();
    }

    @Test
    void is_busy_since_there_was_something_after_nothing() {
        AtomicLong nanos = new AtomicLong(5);
        ByteGate gate = new ByteGate(800, nanos::get);
        assertThat(gate.tryTake(100, false)).isTrue();
        gate.give(100);

        nanos.set(1_000);
        assertThat(gate.tryTake(100, false)).isTrue();
        nanos.set(1_100);
        assertThat(gate.tryTake(100, false)).isTrue();
        gate.give(100);

        nanos.set(1_200);
        assertThat(gate.busyFor()).isEqualTo(Duration.ofNanos(200));
    }

    @Test
    void never_holds_more_than_it_may_whoever_takes_and_gives() throws Exception {
        ByteGate gate = new ByteGate(8000);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        int bytes = ThreadLocalRandom.current().nextInt(1, 4000);
                        if (gate.tryTake(bytes, false)) {
                            assertThat(gate.held()).isBetween((long) bytes, 7000L);
                            gate.give(bytes);
                        }
                    }
                }));
            }
            for (Future<?> one : done) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(gate.held()).isZero();
    }
}
