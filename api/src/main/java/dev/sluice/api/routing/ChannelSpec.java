/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * What a Broker asks of its channel.
 *
 * @param type the type of the channel provider, such as {@code inmemory}
 * @param broker the Broker whose events the channel keeps
 * @param brokerUid the identity of that Broker; another UID is another channel
 * @param options the keys of the ConfigMap that the Broker's {@code spec.config} names, and those of the Broker's annotations
 *     that are a channel's, for the provider to read
 * @param secret the keys of the Secret that the ConfigMap names; hidden in {@link #toString()}
 */
public record ChannelSpec(
        String type, ResourceName broker, String brokerUid, Map<String, String> options, Map<String, String> secret) {

    public ChannelSpec {
        requireNonNull(type, "type");
        requireNonNull(broker, "broker");
        requireNonNull(brokerUid, "brokerUid");
        options = Map.copyOf(options);
        secret = Map.copyOf(secret);
    }

    /** Of a Broker whose channel needs no Secret. */
    public ChannelSpec(String type, ResourceName broker, String brokerUid, Map<String, String> options) {
        this(type, broker, brokerUid, options, Map.of());
    }

    @Override
    public String toString() {
        return "ChannelSpec[type=" + type + ", broker=" + broker + ", brokerUid=" + brokerUid + ", options=" + options
                + ", secret=" + (secret.isEmpty() ? "none" : "[hidden]") + "]";
    }
}
