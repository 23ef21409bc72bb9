/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.event.Timestamps;
import dev.sluice.dispatcher.send.Permission;
import io.cloudevents.CloudEvent;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * An event that was matched, held once for all the triggers that it matched, and given back to its channel when the last
 * of them is done with it. Confined to the context of its broker.
 */
public final class HeldEvent implements Permission {

    /** CloudEvents extension: the time after which the event is of no use to anybody. */
    private static final String EXPIRY_TIME = "expirytime";

    private static final long NEVER = Long.MAX_VALUE;

    /** Heap of a HeldEvent, header and padding included, with compressed references. */
    static final int BYTES = 40;

    /** As much is taken back from the record at a time, so that few triggers cost it no call each. */
    private static final int WORTH_TAKING_BACK = 16 * Dispatch.BYTES;

    private final ChannelRecord record;
    private final CloudEvent event;
    private final Runnable whenReleased;
    private final long expiresAtMillis;
    private int triggers;
    private boolean lastResort;
    /** Charged for triggers that are done. */
    private int unspent;

    /**
     * @param triggers how many triggers matched the event, 1 or more
     * @param whenReleased called once, when the event has gone back to its channel
     */
    public HeldEvent(ChannelRecord record, int triggers, Runnable whenReleased) {
        this.record = record;
        this.whenReleased = whenReleased;
        this.triggers = triggers;
        event = record.event();
        expiresAtMillis = expiry(event.getExtension(EXPIRY_TIME));
        record.charge(BYTES + (long) triggers * Dispatch.BYTES);
    }

    /** For a record that one trigger alone holds, and that tells its channel by itself when it goes back. */
    public HeldEvent(ChannelRecord record) {
        this(record, 1, () -> {});
    }

    int partition() {
        return record.partition();
    }

    public CloudEvent event() {
        return event;
    }

    /** Its place in its partition, which is that of all events of the broker if there is one partition. */
    public long offset() {
        return record.offset();
    }

    boolean expiredAt(long epochMillis) {
        return expiresAtMillis <= epochMillis;
    }

    /** Accounts for what a trigger keeps beside the event. */
    void charge(long bytes) {
        record.charge(bytes);
    }

    /** The record, if one trigger alone still waits for it: then it goes when that trigger's reply comes. */
    public @Nullable ChannelRecord settledByReply() {
        return triggers == 1 ? record : null;
    }

    /**
     * Makes it one that its trigger may begin though replies which wait for room in the channel have all its places: it is
     * what they wait for.
     */
    public void markLastResort() {
        lastResort = true;
    }

    public boolean isLastResort() {
        return lastResort;
    }

    /** Accounts no more for what triggers keep beside the event. */
    void unchargeAll() {
        record.uncharge(Long.MAX_VALUE);
    }

    /** If not the event is to be {@linkplain #giveBack given back}. */
    @Override
    public boolean mayBegin() {
        return !(record instanceof ReturnableRecord returnable) || returnable.mayBegin();
    }

    ChannelRecord record() {
        return record;
    }

    /** Whether it may be left to its channel without an end. */
    boolean isReturnable() {
        return record instanceof ReturnableRecord;
    }

    /** Leaves the event to its channel, without an end. Only for one that is held for one trigger alone. */
    void giveBack() {
        returnable().giveBack();
    }

    /** Leaves the event to its channel until its turn comes. Only for one that is held for one trigger alone. */
    LaterReads postpone() {
        return returnable().postpone();
    }

    private ReturnableRecord returnable() {
        if (!(record instanceof ReturnableRecord returnable)) {
            throw new IllegalStateException("only a log takes an event back");
        }
        triggers = 0;
        return returnable;
    }

    /**
     * One trigger is done with the event. Called once for each.
     *
     * @param charged what it had charged, apart from what every trigger costs
     */
    void done(long charged) {
        if (--triggers == 0) {
            record.release();
            whenReleased.run();
        } else {
            unspent = (int) Math.min(Integer.MAX_VALUE, unspent + Dispatch.BYTES + charged);
            if (unspent >= WORTH_TAKING_BACK) {
                record.uncharge(unspent);
                unspent = 0;
            }
        }
        assert triggers >= 0 : "an event ended more often than it was matched";
    }

    private static long expiry(@Nullable Object expiryTime) {
        if (expiryTime == null) {
            return NEVER;
        }
        if (expiryTime instanceof OffsetDateTime typed) {
            return typed.toInstant().toEpochMilli();
        }
        // The ingress refuses an event whose text is no timestamp. Should one come another way, keeping it is the safe
        // reading.
        OffsetDateTime time = Timestamps.parse(expiryTime.toString());
        return time == null ? NEVER : time.toInstant().toEpochMilli();
    }
}
