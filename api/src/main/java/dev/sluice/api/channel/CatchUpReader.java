/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Future;

/** Reads on demand. Its methods are called on the context of its {@link LogReader}, where its futures complete. */
public interface CatchUpReader {

    /**
     * Reads one batch. To be called again only when the last call has completed. Where a call goes on with what the last
     * one ended with, it is cheap.
     *
     * @param partition one that is assigned
     * @param from the batch begins here, or at the first record that is kept if that is later. Behind the last record the
     *     batch is empty and ends where it begins
     * @param maxBytes the most that the records may take together, 1 or more; a single one may take more
     * @return fails with a {@link ChannelException} of kind {@link ChannelException.Kind#NOT_ASSIGNED} if the partition
     *     is not the reader's, {@link ChannelException.Kind#UNAVAILABLE} if it may work another time, and {@link
     *     ChannelException.Kind#CLOSED}
     */
    Future<LogBatch> read(int partition, long from, int maxBytes);

    /** Gives back what this read keeps. Idempotent. */
    Future<Void> close();
}
