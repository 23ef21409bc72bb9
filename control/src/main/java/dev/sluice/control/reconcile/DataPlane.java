/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SourceTable;
import io.vertx.core.Future;

/** What puts routing tables in force. */
@FunctionalInterface
public interface DataPlane {

    /**
     * Puts the table in force: opens channels that are missing, tells the dispatcher, then the ingress, and closes what
     * is not needed any more. Never called again before the future of the last call has completed, which must happen
     * within seconds, whatever a channel does. Must not block the caller.
     *
     * <p>A {@linkplain dev.sluice.api.routing.BrokerRoute#notReady() Broker that is not ready} may name a channel type that
     * does not exist; its channel is not opened.
     *
     * @return what is in force now; a failed future means that nothing can be said, and the table is applied again
     */
    Future<DataPlaneReport> apply(RoutingTable table);

    /**
     * Has these sources run, once the routing table is in force, so that a source finds its Broker. The same rules as for
     * {@link #apply}; what does not run as the table says is tried again by itself, and shows in what the source says of
     * itself.
     */
    default Future<Void> applySources(SourceTable sources) {
        return Future.succeededFuture();
    }
}
