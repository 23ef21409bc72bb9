/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Future;

/**
 * Values by id that a log keeps beside its records, until they are removed, however old they get: what a Broker's triggers
 * could not deliver. Every process that opens it sees the same, a moment later. Safe for any thread.
 */
public interface ParkingLog {

    /** Hears what is kept, by whatever process. Called on the context that the log was opened with, never twice at once. */
    interface Listener {

        /** A value is there, or another one in its place. One's own come back too. */
        void kept(String id, byte[] value);

        /** Nothing is there any more under this id. May be said of one that never was. */
        void removed(String id);
    }

    /**
     * Keeps a value in place of what was there under the id.
     *
     * @return completes when it is durable; fails with a {@link ChannelException}, of kind {@link
     *     ChannelException.Kind#TOO_LARGE} if that will not work until somebody has raised a limit
     */
    Future<Void> keep(String id, byte[] value);

    /** Completes when the removal is durable; fails like {@link #keep}. Does nothing for an id that is not there. */
    Future<Void> remove(String id);

    /** The listener hears nothing any more once the returned future has completed. Idempotent. */
    Future<Void> close();
}
