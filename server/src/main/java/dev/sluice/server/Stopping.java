/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import dev.sluice.server.command.ExitStatus;
import io.vertx.core.Future;
import java.util.concurrent.CompletableFuture;

/** Whether, why and how urgently the process is to stop. Safe for any thread. */
final class Stopping {

    private final CompletableFuture<String> first = new CompletableFuture<>();
    private final CompletableFuture<String> again = new CompletableFuture<>();
    private volatile int status = ExitStatus.OK;

    /** The first time to stop in order, the second time to stop at once. */
    void ask(String by) {
        if (!first.complete(by)) {
            again.complete(by);
        }
    }

    /** Something broke that the process can't go on without. */
    void fail() {
        status = ExitStatus.FAILED;
        first.complete("failure");
    }

    /** Waits until somebody asks to stop. */
    void await() {
        first.join();
    }

    /** Waits for either; a future that fails counts as one that completes. */
    boolean cameBefore(Future<?> other) {
        CompletableFuture.anyOf(first, ended(other)).join();
        return first.isDone();
    }

    /** Waits until the other is done or somebody asks a second time, and tells whether that came first. */
    boolean cameAgainBefore(Future<?> other) {
        CompletableFuture.anyOf(again, ended(other)).join();
        return again.isDone() && !other.isComplete();
    }

    /** Completes when somebody asks a second time. */
    CompletableFuture<String> again() {
        return again;
    }

    String cause() {
        return first.getNow("");
    }

    int status() {
        return status;
    }

    private static CompletableFuture<Void> ended(Future<?> future) {
        var ended = new CompletableFuture<Void>();
        future.onComplete(result -> ended.complete(null));
        return ended;
    }
}
