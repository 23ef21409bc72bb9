/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.routing.ChannelSpec;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Channels on {@link InProcessLog}s that outlive their engines, as long as the provider lives. */
public final class InProcessLogProvider implements ChannelProvider {

    private static final int PARTITIONS = 3;

    private final Map<String, InProcessLog> logs = new ConcurrentHashMap<>();

    @Override
    public String type() {
        return "in-process-log";
    }

    @Override
    public ChannelEngine engine(Vertx vertx, Map<String, String> options) {
        return new Engine();
    }

    private final class Engine implements ChannelEngine {
        private final Map<String, LogChannel> open = new ConcurrentHashMap<>();
        private volatile boolean closed;

        @Override
        public Future<Channel> open(ChannelSpec spec) {
            if (closed) {
                return Future.failedFuture(
                        new ChannelException(Kind.CLOSED, "Broker " + spec.broker() + ": the engine is closed"));
            }
            return Future.succeededFuture(open.compute(
                    spec.brokerUid(),
                    (uid, present) -> present != null && InProcessLog.isOpen(present)
                            ? present
                            : logs.computeIfAbsent(uid, made -> new InProcessLog(PARTITIONS))
                                    .open(spec)));
        }

        @Override
        public Future<Void> close() {
            closed = true;
            List<Future<Void>> closing = new ArrayList<>();
            open.values().forEach(channel -> closing.add(channel.close()));
            return Future.join(closing).mapEmpty();
        }
    }
}
