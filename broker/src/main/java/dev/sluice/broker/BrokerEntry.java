/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;

/**
 * A Broker as the ingress sees it, with everything resolved that its requests need.
 *
 * @param channel where its events go; null exactly if {@code notReady} says why there is none to be used
 */
record BrokerEntry(
        ResourceName name,
        String uid,
        @Nullable Channel channel,
        @Nullable String notReady,
        Counter accepted,
        RefusalMeters refused) {

    private static final String NO_CHANNEL = "its channel is not open yet";

    /** The way to it: {@code /namespace/name}. */
    static String pathOf(ResourceName name) {
        return "/" + name.namespace() + "/" + name.name();
    }

    /** An entry for a Broker of which nothing is known yet but its name; it has meters, and refuses. */
    static BrokerEntry first(ResourceName name, MeterRegistry registry) {
        Counter accepted = Counter.builder(Meters.INGRESS_ACCEPTED)
                .description("Events that the ingress appended to the channel and answered with 202")
                .tag(Meters.NAMESPACE, name.namespace())
                .tag(Meters.BROKER, name.name())
                .register(registry);
        return new BrokerEntry(
                name, "", null, NO_CHANNEL, accepted, new RefusalMeters(registry, name.namespace(), name.name()));
    }

    /** The same Broker and meters, in another state. */
    BrokerEntry in(String brokerUid, @Nullable Channel open, @Nullable String notReadyBecause) {
        if (notReadyBecause != null) {
            return new BrokerEntry(name, brokerUid, null, notReadyBecause, accepted, refused);
        }
        return new BrokerEntry(name, brokerUid, open, open == null ? NO_CHANNEL : null, accepted, refused);
    }

    void removeMetersFrom(MeterRegistry registry) {
        registry.remove(accepted);
        refused.removeFrom(registry);
    }
}
