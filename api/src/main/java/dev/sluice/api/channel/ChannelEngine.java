/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import dev.sluice.api.routing.ChannelSpec;
import io.vertx.core.Future;

/** Opens channels of one kind and holds what they share: capacity, connections, threads. Safe for any thread. */
public interface ChannelEngine {

    /**
     * Opens the channel of one Broker, making it if need be. Opening the same {@link ChannelSpec#brokerUid()} again
     * while it is open answers the same channel.
     *
     * @return fails with a {@link ChannelException} if the channel can't be opened now
     */
    Future<Channel> open(ChannelSpec spec);

    /** Closes every channel that is still open. Idempotent, and bounded in time by the provider. */
    Future<Void> close();
}
