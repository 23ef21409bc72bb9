/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.LogRecord;
import dev.sluice.dispatcher.cursor.DispatchMemory;
import dev.sluice.dispatcher.delivery.LaterReads;
import dev.sluice.dispatcher.delivery.ReturnableRecord;
import dev.sluice.dispatcher.delivery.TriggerQueue;
import io.cloudevents.CloudEvent;

/**
 * A record of a log in the hands of one trigger. The log keeps it anyway, so what a channel in memory would be told is
 * told to the cursors: that it is done, what it takes, or that it is left for later. Confined to the broker's context.
 */
final class TakenRecord implements ReturnableRecord {

    /** What the triggers that got the same record at the same time have in common: its memory counts once. */
    static final class Shared {
        private final LogRecord record;
        private final DispatchMemory memory;
        private int holders;

        Shared(LogRecord record, int holders, DispatchMemory memory) {
            this.record = record;
            this.holders = holders;
            this.memory = memory;
            memory.take(record.bytes());
        }

        private void letGo() {
            if (--holders == 0) {
                memory.give(record.bytes());
            }
        }
    }

    private final PartitionRead partition;
    private final TriggerQueue trigger;
    private final Shared shared;
    private long charged;
    private boolean gone;

    TakenRecord(PartitionRead partition, TriggerQueue trigger, Shared shared) {
        this.partition = partition;
        this.trigger = trigger;
        this.shared = shared;
    }

    @Override
    public int partition() {
        return shared.record.partition();
    }

    @Override
    public long offset() {
        return shared.record.offset();
    }

    @Override
    public CloudEvent event() {
        return shared.record.event();
    }

    int bytes() {
        return shared.record.bytes();
    }

    TriggerQueue trigger() {
        return trigger;
    }

    boolean isOf(PartitionRead some) {
        return partition == some;
    }

    @Override
    public void charge(long bytes) {
        charged += bytes;
        shared.memory.take(bytes);
    }

    @Override
    public void release() {
        if (leave()) {
            partition.settled(this);
        }
    }

    @Override
    public boolean mayBegin() {
        return partition.mayBegin(trigger());
    }

    @Override
    public void giveBack() {
        if (leave()) {
            partition.givenBack(this);
        }
    }

    @Override
    public LaterReads postpone() {
        if (leave()) {
            partition.postponed(this);
        }
        return partition;
    }

    private boolean leave() {
        if (gone) {
            return false;
        }
        gone = true;
        shared.memory.give(charged);
        shared.letGo();
        return true;
    }
}
