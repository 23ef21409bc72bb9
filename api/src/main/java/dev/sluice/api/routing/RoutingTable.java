/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything the data plane needs to know, in one immutable snapshot that is swapped as a whole.
 *
 * @param awaitedTriggers UIDs of triggers that are not in force and not gone either: what is written of them can't be used
 *     or read just now. What was kept for them is kept on.
 * @param complete whether everything that there is could be read: else a trigger that is neither in force nor awaited may
 *     still be there
 */
public record RoutingTable(Map<ResourceName, BrokerRoute> brokers, Set<String> awaitedTriggers, boolean complete) {

    private static final RoutingTable EMPTY = new RoutingTable(Map.of());

    public RoutingTable {
        brokers = Map.copyOf(brokers);
        awaitedTriggers = Set.copyOf(awaitedTriggers);
    }

    /** Of resources that could all be read. */
    public RoutingTable(Map<ResourceName, BrokerRoute> brokers, Set<String> awaitedTriggers) {
        this(brokers, awaitedTriggers, true);
    }

    /** With every trigger that there is in force. */
    public RoutingTable(Map<ResourceName, BrokerRoute> brokers) {
        this(brokers, Set.of());
    }

    public static RoutingTable empty() {
        return EMPTY;
    }

    public @Nullable BrokerRoute broker(ResourceName name) {
        return brokers.get(name);
    }
}
