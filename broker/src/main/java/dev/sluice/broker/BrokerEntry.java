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
        @Nullable Channel channel,
        @Nullable String notReady,
        Counter accepted,
        RefusalMeters refused) {

    /** The way to it: {@code /namespace/name}. */
    static String pathOf(ResourceName name) {
        return "/" + name.namespace() + "/" + name.name();
    }

    static BrokerEntry of(
            ResourceName name, @Nullable Channel channel, @Nullable String notReady, MeterRegistry registry) {
        Counter accepted = Counter.builder(Meters.INGRESS_ACCEPTED)
                .description("Events that the ingress appended to the channel and answered with 202")
                .tag(Meters.NAMESPACE, name.namespace())
                .tag(Meters.BROKER, name.name())
                .register(registry);
        RefusalMeters refused = new RefusalMeters(registry, name.namespace(), name.name());
        if (notReady != null) {
            return new BrokerEntry(name, null, notReady, accepted, refused);
        }
        return new BrokerEntry(
                name, channel, channel == null ? "its channel is not open yet" : null, accepted, refused);
    }

    void removeMetersFrom(MeterRegistry registry) {
        registry.remove(accepted);
        refused.removeFrom(registry);
    }
}
