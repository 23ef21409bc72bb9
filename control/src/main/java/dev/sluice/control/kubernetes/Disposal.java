/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.store.Resources;
import io.vertx.core.Future;
import java.util.Optional;

/** What is left of a Broker outside the cluster when it is deleted, and how that is removed. */
public interface Disposal {

    /** Whether channels of this type keep anything that outlives their processes. */
    boolean leavesAnything(String channelType);

    /** The channel that a Broker has; empty while what it refers to is not there, so that nobody can tell. Pure. */
    Optional<ChannelSpec> channelOf(Broker broker, Resources resources);

    /**
     * A channel as it is open in this process, where that is another one than its Broker asks for now: it stays where its
     * events are when the Broker's configuration comes to name another Kafka. What is asked for where none is open.
     */
    ChannelSpec asOpen(ChannelSpec asked);

    /**
     * Removes for good what a channel keeps. Repeated until it succeeds, or for five minutes.
     *
     * @return fails if it may work another time
     */
    Future<Void> dispose(ChannelSpec channel);
}
