/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelProvider;
import io.vertx.core.Vertx;
import java.util.Map;

/**
 * Makes channels of type {@code inmemory}. What they keep lives as long as the process does; they have one partition. The
 * one option is {@value CapacityOption#NAME}.
 */
public final class InMemoryChannelProvider implements ChannelProvider {

    @Override
    public String type() {
        return "inmemory";
    }

    @Override
    public ChannelEngine engine(Vertx vertx, Map<String, String> options) {
        long maxHeap = Runtime.getRuntime().maxMemory();
        String text = options.getOrDefault(CapacityOption.NAME, CapacityOption.DEFAULT);
        return new InMemoryEngine(new Shares(CapacityOption.parse(text, maxHeap)));
    }
}
