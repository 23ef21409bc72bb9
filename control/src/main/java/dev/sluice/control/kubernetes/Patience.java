/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How long is waited for steps that were begun together: for all of them no longer than for one. For threads that may block.
 *
 * @param deadline by {@link System#nanoTime()}
 */
record Patience(Duration whole, long deadline) {

    /** Begins now. */
    static Patience of(Duration whole) {
        return new Patience(whole, System.nanoTime() + whole.toNanos());
    }

    /** Waits for it. Answers why it failed, for people; null if it did not. */
    @Nullable
    String failureOf(Future<Void> step) {
        try {
            step.toCompletionStage()
                    .toCompletableFuture()
                    .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (TimeoutException e) {
            return "no answer within " + whole.toSeconds() + " s";
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return String.valueOf(cause.getMessage());
        }
    }
}
