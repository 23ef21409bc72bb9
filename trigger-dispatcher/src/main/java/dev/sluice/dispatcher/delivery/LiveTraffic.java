/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import java.util.concurrent.TimeUnit;

/**
 * When a trigger of this process that keeps up last began an event: as long as some do, those that are behind {@linkplain
 * GivingWay give way}. Safe for any thread.
 */
public final class LiveTraffic {

    /** A trigger that gets an event a second is live. */
    private static final long LIVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Not for each event: all event loops write it. */
    private static final long NOTE_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private volatile long lastNanos;

    /** @param nowNanos by the clock of all calls */
    public LiveTraffic(long nowNanos) {
        lastNanos = nowNanos - 2 * LIVE_NANOS;
    }

    /** A trigger that keeps up has begun an event. */
    void begun(long nowNanos) {
        if (nowNanos - lastNanos >= NOTE_EVERY_NANOS) {
            lastNanos = nowNanos;
        }
    }

    /** Whether there is anybody to give way to. */
    boolean isLive(long nowNanos) {
        return nowNanos - lastNanos < LIVE_NANOS;
    }
}
