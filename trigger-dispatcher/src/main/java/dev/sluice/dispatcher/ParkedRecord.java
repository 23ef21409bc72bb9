/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.ChannelRecord;
import io.cloudevents.CloudEvent;

/** A parked event on its way to its trigger. Its place is in the dead-letter store, which accounts for it, and in no channel. */
record ParkedRecord(CloudEvent event) implements ChannelRecord {

    @Override
    public int partition() {
        return 0;
    }

    /** In front of everything that a channel holds. */
    @Override
    public long offset() {
        return -1;
    }

    @Override
    public void charge(long bytes) {
        // As many of them as are sent at a time, and no more.
    }

    @Override
    public void release() {
        // The store is told by the event's end.
    }
}
