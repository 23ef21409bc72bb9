/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.reconcile.DataPlane;
import dev.sluice.control.reconcile.DataPlaneReport;
import io.vertx.core.Future;

/** The data plane of a process that runs sources and nothing else: their Brokers are served by others. */
public final class SourcesOnly implements DataPlane {

    private final LiveDataPlane.SourceRunner sources;

    public SourcesOnly(LiveDataPlane.SourceRunner sources) {
        this.sources = requireNonNull(sources, "sources");
    }

    @Override
    public Future<DataPlaneReport> apply(RoutingTable table) {
        return Future.succeededFuture(DataPlaneReport.inForce());
    }

    @Override
    public Future<Void> applySources(SourceTable table) {
        return sources.apply(table);
    }
}
