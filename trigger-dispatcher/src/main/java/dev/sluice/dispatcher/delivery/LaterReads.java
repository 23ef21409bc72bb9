/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

/**
 * Where a trigger gets events again that it has {@linkplain ReturnableRecord#postpone postponed}: the reads of one partition,
 * while it is this process's. On the context of the broker.
 */
public interface LaterReads {

    /** No offset. */
    long NOTHING = Long.MAX_VALUE;

    /** The trigger wants to have the event at this offset, which it has postponed, and perhaps others behind it. */
    void want(TriggerQueue trigger, long offset);

    /** The trigger wants to have everything that it has postponed. */
    void wantAll(TriggerQueue trigger);

    /** Whether the partition goes away: what is postponed is the next owner's. */
    boolean areOver();
}
