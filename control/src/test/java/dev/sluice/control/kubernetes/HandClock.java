/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.Supplier;

/** Shows the time that a test sets it to. */
final class HandClock extends Clock {

    private final Supplier<Instant> hand;

    HandClock(Supplier<Instant> hand) {
        this.hand = hand;
    }

    @Override
    public Instant instant() {
        return hand.get();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
