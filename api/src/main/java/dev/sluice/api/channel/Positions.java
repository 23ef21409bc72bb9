/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * How far all triggers are in one partition: every trigger is at the watermark, but for the exceptions. So it is as small
 * for 10,000 triggers that keep up as for one.
 *
 * @param watermark everything below is finished for every trigger that is no exception
 * @param exceptions by the UID of the trigger; may be ahead of the watermark or behind it
 */
public record Positions(long watermark, Map<String, Position> exceptions) {

    public Positions {
        requireNonNull(exceptions, "exceptions");
        exceptions = Map.copyOf(exceptions);
        if (watermark < 0) {
            throw new IllegalArgumentException("watermark=" + watermark + " must be at least 0");
        }
    }

    /** Every trigger is here. */
    public static Positions at(long watermark) {
        return new Positions(watermark, Map.of());
    }

    /** Where this trigger is. */
    public Position of(String triggerUid) {
        Position exception = exceptions.get(triggerUid);
        return exception == null ? Position.at(watermark) : exception;
    }
}
