/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

/**
 * The part of a trigger's limits that this dispatcher applies: as many parts as it has partitions, of as many as there are.
 * So the parts of all dispatchers make up the whole, and nobody has to talk to anybody about it.
 *
 * @param parts 1 or more
 * @param of {@code parts} or more
 */
public record Share(int parts, int of) {

    /** Nobody else delivers to the trigger. */
    public static final Share WHOLE = new Share(1, 1);

    public Share {
        if (parts < 1 || of < parts) {
            throw new IllegalArgumentException("parts=" + parts + ", of=" + of + "; must be 1 <= parts <= of");
        }
    }

    /**
     * The share of who has so many partitions. Who has none gets nothing to deliver but what a person sends again, and goes by
     * the share of one.
     *
     * @param owned 0 or more
     * @param all as far as is known, which may be fewer than are owned
     */
    public static Share ofPartitions(int owned, int all) {
        int parts = Math.max(1, owned);
        return new Share(parts, Math.max(parts, all));
    }

    /** As much of what can only be had whole, rounded down but never to nothing. */
    int of(int whole) {
        return (int) Math.max(1, (long) whole * parts / of);
    }

    double of(double whole) {
        return whole * parts / of;
    }
}
