/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.control.kubernetes.Disposal;
import dev.sluice.control.reconcile.Reconciler;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.store.Resources;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Removes what deleted Brokers leave, with the engines that this process has. */
public final class EngineDisposal implements Disposal {

    private final Map<String, ChannelEngine> engines;
    private final Set<String> lasting;
    private final Reconciler reconciler;
    private final LiveDataPlane dataPlane;

    /**
     * @param engines by channel type
     * @param lasting the types of which something outlives the processes
     * @param dataPlane has the channels open
     */
    public EngineDisposal(
            Map<String, ChannelEngine> engines, Set<String> lasting, Reconciler reconciler, LiveDataPlane dataPlane) {
        this.engines = Map.copyOf(engines);
        this.lasting = Set.copyOf(lasting);
        this.reconciler = requireNonNull(reconciler, "reconciler");
        this.dataPlane = requireNonNull(dataPlane, "dataPlane");
    }

    @Override
    public boolean leavesAnything(String channelType) {
        return lasting.contains(channelType);
    }

    @Override
    public Optional<ChannelSpec> channelOf(Broker broker, Resources resources) {
        return reconciler.channelOf(broker, resources);
    }

    @Override
    public ChannelSpec asOpen(ChannelSpec asked) {
        return dataPlane.openAs(asked.brokerUid()).orElse(asked);
    }

    @Override
    public Future<Void> dispose(ChannelSpec channel) {
        ChannelEngine engine = engines.get(channel.type());
        // Of a type that nobody here knows nothing was ever kept by us.
        return engine == null ? Future.succeededFuture() : engine.forget(channel);
    }
}
