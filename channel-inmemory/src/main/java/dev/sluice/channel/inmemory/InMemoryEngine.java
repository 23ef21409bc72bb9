/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.routing.ChannelSpec;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The channels of the process and the capacity that they share. */
final class InMemoryEngine implements ChannelEngine {

    private final Shares shares;

    // Guarded by this.
    private final Map<String, InMemoryChannel> channels = new HashMap<>();
    private boolean closed;

    InMemoryEngine(Shares shares) {
        this.shares = shares;
    }

    @Override
    public synchronized Future<Channel> open(ChannelSpec spec) {
        requireNonNull(spec, "spec");
        if (closed) {
            return Future.failedFuture(new ChannelException(
                    ChannelException.Kind.CLOSED,
                    "Broker " + spec.broker() + ": the in-memory channels are closed, the process is stopping"));
        }
        return Future.succeededFuture(
                channels.computeIfAbsent(spec.brokerUid(), uid -> new InMemoryChannel(spec, shares, this::forget)));
    }

    @Override
    public Future<Void> close() {
        List<InMemoryChannel> open;
        synchronized (this) {
            closed = true;
            open = new ArrayList<>(channels.values());
        }
        List<Future<Void>> closing = new ArrayList<>(open.size());
        for (InMemoryChannel channel : open) {
            closing.add(channel.close());
        }
        return Future.join(closing).mapEmpty();
    }

    /** From here on the same Broker gets a new channel, and the old one may take its time to close. */
    private synchronized void forget(InMemoryChannel channel) {
        channels.remove(channel.spec().brokerUid(), channel);
    }
}
