/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.TriggerStatus;
import java.util.Map;

/** The status of every resource that is ours. The objects are shared: nobody changes them. */
public record Statuses(Map<ResourceName, BrokerStatus> brokers, Map<ResourceName, TriggerStatus> triggers) {

    private static final Statuses NONE = new Statuses(Map.of(), Map.of());

    public Statuses {
        brokers = Map.copyOf(brokers);
        triggers = Map.copyOf(triggers);
    }

    public static Statuses none() {
        return NONE;
    }
}
