/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures on a test's own thread, never for ever. */
public final class Waiting {

    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private Waiting() {}

    /** The value of the future; throws what it fails with. */
    public static <T> T on(Future<T> future) {
        try {
            return settle(future).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (TimeoutException e) {
            throw new AssertionError("a future did not complete within " + PATIENCE, e);
        }
    }

    private static <T> CompletableFuture<T> settle(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture();
    }
}
