/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.channel.ChannelRecord;

/**
 * A record that need not come to an end here: its channel keeps it, and it can be read again, by this process or by the
 * one that has its partition then.
 */
public interface ReturnableRecord extends ChannelRecord {

    /**
     * Whether an attempt to deliver it may begin now. If not it is to be given back. Asked when an attempt is begun and once
     * more when its request is about to leave, so it must be quick.
     */
    boolean mayBegin();

    /** Leaves it to the channel, in place of {@link #release()}, because it may not begin or is another process's. */
    void giveBack();

    /**
     * Leaves it to the channel, in place of {@link #release()}, because its turn is far away.
     *
     * @return where to ask for it when its turn comes
     */
    LaterReads postpone();
}
