/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Future;

/** The shared read of the partitions that a reader was given, and what goes with them. */
public interface LogReader {

    /**
     * Whether the others that read let this reader in, for all that is known now. Any thread.
     *
     * @return completes when it has been let in; fails with a {@link ChannelException} of kind {@link
     *     ChannelException.Kind#UNAVAILABLE} that says why it was not. It goes on trying, and another call may be
     *     answered otherwise
     */
    default Future<Void> admitted() {
        return Future.succeededFuture();
    }

    /** Hands over no further batch of this partition until {@link #resume}; one may still arrive. */
    void pause(int partition);

    void resume(int partition);

    /**
     * Makes positions durable. It counts only if the partition is this reader's at the moment when that happens.
     *
     * @param positions covers every trigger that this reader has been told of
     * @return fails with a {@link ChannelException} of kind {@link ChannelException.Kind#NOT_ASSIGNED} if the partition
     *     is not this reader's, and of kind {@link ChannelException.Kind#UNAVAILABLE} if it may work another time
     */
    Future<Void> commit(int partition, Positions positions);

    /**
     * Whether this reader may still act on the partition. It may not when it has not heard from the others for so long
     * that they may have dealt the partition out again, though nobody could tell it yet. Cheap; any thread.
     */
    boolean mayActOn(int partition);

    /**
     * Begins a partition anew, because what its owner knew of it can't be trusted: {@link LogHandler#lost} and then {@link
     * LogHandler#assigned} follow, with what was committed last. Does nothing if the partition is not this reader's.
     */
    void restart(int partition);

    /** A further read, for triggers that are behind. Cheap to open and to close: what is dear about it, the channel keeps. */
    CatchUpReader catchUp();

    /**
     * Leaves. What is to be committed has been: {@link LogHandler#revoked} is not called any more, and nothing is handed
     * over after the returned future has completed. Idempotent.
     */
    Future<Void> close();
}
