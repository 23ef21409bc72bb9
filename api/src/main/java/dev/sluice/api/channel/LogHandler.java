/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.vertx.core.Future;
import java.time.Duration;

/**
 * Takes what a {@link LogReader} brings. Called on the context that the reader was opened with, never twice at once; must
 * not block and must not throw.
 */
public interface LogHandler {

    /** A partition is this reader's from now on: {@link #read} follows. */
    void assigned(Assignment assignment);

    /**
     * Records of an assigned partition. The first batch begins at the watermark of the assignment, or later if nothing
     * is kept there any more; each other begins where the one before ended, unless the log had to skip what it does not
     * keep any more.
     */
    void read(LogBatch batch);

    /** A trigger has come to an assigned partition, at {@code offset}. */
    void started(int partition, String triggerUid, long offset);

    /**
     * Somebody has put a trigger somewhere else in an assigned partition. What it has not finished there counts no more, and
     * every commit from now on has it at {@code offset}, or where it has come from there.
     */
    void moved(int partition, String triggerUid, long offset);

    /** A trigger is gone, from all partitions. */
    void forgotten(String triggerUid);

    /**
     * The partition goes to another reader. From now on nothing of it is handed over.
     *
     * @param within the time after which the channel goes on without an answer
     * @return completes when nothing of the partition is in flight any more and what is to be committed has been
     */
    Future<Void> revoked(int partition, Duration within);

    /** The partition is another reader's already. Nothing of it can be committed; what is in flight is that one's too. */
    void lost(int partition);
}
