/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import io.cloudevents.CloudEvent;

/** An event at its place in a channel. Its methods may be called from any thread. */
public interface ChannelRecord {

    /** The partition, from 0. */
    int partition();

    /** The place in the partition, from 0, growing; there may be gaps. */
    long offset();

    CloudEvent event();

    /**
     * Accounts for memory that the reader spends on holding this record, such as one queue entry per trigger that waits
     * for it, so that a backlog counts with everything it costs. Given back when the record is released. Does nothing in a
     * {@link LogChannel}.
     *
     * <p>A channel that holds its events in memory hands over nothing more while such charges keep it above its capacity, so
     * that many triggers which match the same event can't take more memory than there is.
     *
     * @param bytes 0 or more
     */
    void charge(long bytes);

    /**
     * Takes back a part of what was charged, because the reader spends it no more though the record is held on. What goes
     * beyond the charges counts for nothing, as does a call for a record that is released.
     *
     * @param bytes 0 or more
     */
    default void uncharge(long bytes) {}

    /**
     * Says that every trigger is done with the event: the channel may forget it. Only the first call counts. Does nothing
     * in a {@link LogChannel}.
     */
    void release();
}
