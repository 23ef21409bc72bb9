/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosersTest {

    private final List<String> closed = new ArrayList<>();
    private final Closers closers = new Closers();

    @Test
    void closes_in_the_reverse_order_and_once() {
        // Given
        closers.add("first", () -> closed.add("first"));
        closers.add("second", () -> closed.add("second"));

        // When
        closers.close();
        closers.close();

        // Then
        assertThat(closed).containsExactly("second", "first");
    }

    @Test
    void one_that_fails_keeps_no_other_from_being_closed() {
        // Given
        closers.add("first", () -> closed.add("first"));
        closers.add("fails later", () -> Future.failedFuture("broken"));
        closers.add("fails at once", (Runnable) () -> {
            throw new IllegalStateException("broken");
        });

        // When
        closers.close();

        // Then
        assertThat(closed).containsExactly("first");
    }
}
