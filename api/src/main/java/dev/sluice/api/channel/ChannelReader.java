/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Future;

/** The shared read of a channel. Its methods are called on the context it was opened with. */
public interface ChannelReader {

    /** Hands over no further record until {@link #resume()}; one that is being handed over may still arrive. */
    void pause();

    void resume();

    /**
     * Ends the read. What was handed over and not released is handed to the next reader again. Nothing is handed over
     * after the returned future has completed. Idempotent.
     */
    Future<Void> close();
}
