/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

/** Whether a trigger may begin another event now. */
final class Gate {

    private final int maxInFlight;

    /** @param maxInFlight events that are sent, or whose reply is being appended, at a time */
    Gate(int maxInFlight) {
        this.maxInFlight = maxInFlight;
    }

    /** @param underway how many are */
    boolean isOpen(int underway) {
        return underway < maxInFlight;
    }
}
