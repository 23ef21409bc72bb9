/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import dev.sluice.api.channel.ChannelRecord;
import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** An event that a channel holds: its place in the channel's list, and what it costs. One small object per event. */
final class HeldRecord implements ChannelRecord {

    /** Heap of a HeldRecord, header and padding included, with compressed references. */
    static final long BYTES = 64;

    private final InMemoryChannel channel;
    private final CloudEvent event;

    // All of the following is guarded by the channel's lock, but for the offset, which is set before anyone sees it.
    @Nullable
    HeldRecord previous;

    @Nullable
    HeldRecord next;

    long offset;
    long bytes;
    /** How many of the bytes its reader has charged. */
    long charged;

    boolean fromReserve;

    /** Written under the lock; a reader may look without it, and then sees a release that is going on or does not. */
    volatile boolean released;

    HeldRecord(InMemoryChannel channel, CloudEvent event, long bytes) {
        this.channel = channel;
        this.event = event;
        this.bytes = bytes;
    }

    InMemoryChannel channel() {
        return channel;
    }

    @Override
    public int partition() {
        return 0;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public CloudEvent event() {
        return event;
    }

    @Override
    public void charge(long more) {
        if (more < 0) {
            throw new IllegalArgumentException("bytes=" + more + " must be at least 0");
        }
        channel.charge(this, more);
    }

    @Override
    public void uncharge(long less) {
        if (less < 0) {
            throw new IllegalArgumentException("bytes=" + less + " must be at least 0");
        }
        channel.uncharge(this, less);
    }

    @Override
    public void release() {
        channel.release(this);
    }
}
