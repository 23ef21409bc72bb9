/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

/**
 * A Broker as the data plane sees it.
 *
 * @param uid the identity of the Broker; a Broker deleted and created again has another
 * @param channel where its events are kept
 * @param notReady why the ingress must refuse events for it with 503, for people to read; empty when it is Ready
 * @param triggers the triggers in force, by name
 */
public record BrokerRoute(
        ResourceName name,
        String uid,
        ChannelSpec channel,
        Optional<String> notReady,
        Map<ResourceName, TriggerRoute> triggers) {

    public BrokerRoute {
        requireNonNull(name, "name");
        requireNonNull(uid, "uid");
        requireNonNull(channel, "channel");
        requireNonNull(notReady, "notReady");
        triggers = Map.copyOf(triggers);
    }
}
