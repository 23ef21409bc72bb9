/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.channel.ChannelRecord;
import io.cloudevents.CloudEvent;
import java.util.concurrent.atomic.AtomicLong;

/** A record of a channel that keeps nothing. */
final class Held implements ChannelRecord {

    private final int partition;
    private final CloudEvent event;
    private final AtomicLong charged;
    private long bytes;

    private Held(int partition, CloudEvent event, AtomicLong charged) {
        this.partition = partition;
        this.event = event;
        this.charged = charged;
    }

    static HeldEvent of(CloudEvent event) {
        return of(0, event);
    }

    static HeldEvent of(int partition, CloudEvent event) {
        return of(partition, event, new AtomicLong());
    }

    /** @param charged bytes that are charged for all records that share it */
    static HeldEvent of(int partition, CloudEvent event, AtomicLong charged) {
        return new HeldEvent(new Held(partition, event, charged), 1, () -> {});
    }

    @Override
    public int partition() {
        return partition;
    }

    @Override
    public long offset() {
        return 0;
    }

    @Override
    public CloudEvent event() {
        return event;
    }

    @Override
    public void charge(long more) {
        bytes += more;
        charged.addAndGet(more);
    }

    @Override
    public void uncharge(long less) {
        bytes -= less;
        charged.addAndGet(-less);
    }

    @Override
    public void release() {
        charged.addAndGet(-bytes);
    }
}
