/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import java.util.Map;

/**
 * What became of a routing table.
 *
 * @param channelFailures the Brokers whose channel could not be opened, with the reason for people to read; they are
 *     tried again. All else of the table is in force.
 */
public record DataPlaneReport(Map<ResourceName, String> channelFailures) {

    private static final DataPlaneReport IN_FORCE = new DataPlaneReport(Map.of());

    public DataPlaneReport {
        channelFailures = Map.copyOf(channelFailures);
    }

    /** All of the table is in force. */
    public static DataPlaneReport inForce() {
        return IN_FORCE;
    }
}
