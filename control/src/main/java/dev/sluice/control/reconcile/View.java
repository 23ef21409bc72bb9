/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.control.store.Resources;
import java.util.Map;

/**
 * What can be told about the resources at one moment. The status of a resource that changed a moment ago still describes
 * the version before, as its {@code observedGeneration} says; one that was just added has none.
 *
 * @param inForce what the data plane does with events
 * @param bound the sources that the workloads of a cluster run, those whose sinks are known
 */
public record View(Resources resources, Statuses statuses, RoutingTable inForce, Map<SourceName, SourceRoute> bound) {

    static final View NOTHING = new View(Resources.none(), Statuses.none(), Reconciliation.NOTHING.table(), Map.of());

    public View {
        requireNonNull(resources, "resources");
        requireNonNull(statuses, "statuses");
        requireNonNull(inForce, "inForce");
        bound = Map.copyOf(bound);
    }
}
