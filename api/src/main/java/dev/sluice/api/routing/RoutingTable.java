/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything the data plane needs to know, in one immutable snapshot that is swapped as a whole. */
public record RoutingTable(Map<ResourceName, BrokerRoute> brokers) {

    private static final RoutingTable EMPTY = new RoutingTable(Map.of());

    public RoutingTable {
        brokers = Map.copyOf(brokers);
    }

    public static RoutingTable empty() {
        return EMPTY;
    }

    public @Nullable BrokerRoute broker(ResourceName name) {
        return brokers.get(name);
    }
}
