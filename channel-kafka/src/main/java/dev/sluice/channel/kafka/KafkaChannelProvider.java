/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelProvider;
import io.vertx.core.Vertx;
import java.util.Map;

/**
 * Makes channels of type {@code kafka}: what they keep outlives the process. Its options are those of {@link
 * ProcessOptions}; a Broker's own are those of {@link ClusterSettings} and {@link TopicSettings}, under the names that
 * Knative's Kafka Broker gives them.
 */
public final class KafkaChannelProvider implements ChannelProvider {

    @Override
    public String type() {
        return "kafka";
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public ChannelEngine engine(Vertx vertx, Map<String, String> options) {
        return new KafkaEngine(vertx, ProcessOptions.of(options));
    }
}
