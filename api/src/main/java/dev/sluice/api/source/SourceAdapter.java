/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Turns the outside world into events, for one source, where that runs. It has a webhook, or something that runs between
 * {@link #start} and {@link #close}, or both.
 */
public interface SourceAdapter {

    /** What requests to the source are given to, before {@code start} too; null if it has none. Always the same. */
    default @Nullable Webhook webhook() {
        return null;
    }

    /**
     * Begins. Called once, on an event loop, and must not block it. The future completes when the adapter runs, or with a
     * failure if it never will; something outside that is out of order for now is no failure, but {@linkplain
     * AdapterHost#report reported} and tried again.
     */
    default Future<Void> start(AdapterHost host) {
        return Future.succeededFuture();
    }

    /**
     * Ends: no event is begun any more, and what is on its way is finished or given up within seconds. Idempotent; also of
     * one that was never started. The webhook may still be called a moment longer.
     */
    default Future<Void> close() {
        return Future.succeededFuture();
    }

    /**
     * The same where another adapter of the same resource takes over, since its definition or a secret has changed: it is
     * started after this has completed, or after seconds. What is set up outside stays, unless the other has no use for it.
     */
    default Future<Void> giveWay(SourceDefinition next) {
        return close();
    }

    /** The same where the resource itself is gone, and what the adapter has set up outside is to be taken down. */
    default Future<Void> remove() {
        return close();
    }

    /**
     * Of one that is never started: takes down what others of the same resource have set up outside, if it is there still,
     * beside them perhaps. Called where the definition {@linkplain SourceDefinition#leavesSomething says} that there may be
     * something, and again after a failure.
     *
     * @return completes when it is gone; fails within seconds if it can't be taken down now, with a message for people
     */
    default Future<Void> takeDown(AdapterHost host) {
        return Future.succeededFuture();
    }
}
