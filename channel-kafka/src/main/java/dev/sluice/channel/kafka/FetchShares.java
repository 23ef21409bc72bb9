/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

/**
 * How much each Broker's reader may fetch at once of one Kafka. All of that may be in memory before anybody counts it, so a
 * hundred Brokers whose readers are behind must not take a hundred times what one does. A reader has the share that there
 * was when it came, since a client keeps its limits. Safe for any thread.
 */
final class FetchShares {

    /** Together as long as there are few; each further reader gets less, down to what a fetch is still worth its trouble for. */
    private static final int FOR_ALL = 32 << 20;

    private static final int MOST = 4 << 20;
    private static final int LEAST = 256 << 10;

    // Guarded by this.
    private int readers;

    /** For one reader more, in bytes. To be {@linkplain #giveBack given back}. */
    synchronized int take() {
        readers++;
        return Math.max(LEAST, Math.min(MOST, FOR_ALL / readers));
    }

    synchronized void giveBack() {
        readers--;
    }
}
