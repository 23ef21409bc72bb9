/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** How full a Broker's channel is, as gauges that live as long as the channel is open. */
record FillGauges(MeterRegistry registry, List<Meter> meters) {

    static FillGauges of(MeterRegistry registry, ResourceName broker, Channel channel) {
        var tags = Tags.of(Meters.NAMESPACE, broker.namespace(), Meters.BROKER, broker.name());
        return new FillGauges(
                registry,
                List.of(
                        gauge(registry, Meters.CHANNEL_EVENTS, tags, channel, fill -> fill.events()),
                        gauge(registry, Meters.CHANNEL_BYTES, tags, channel, fill -> fill.bytes()),
                        gauge(registry, Meters.CHANNEL_CAPACITY, tags, channel, fill -> fill.capacityBytes())));
    }

    private static Meter gauge(
            MeterRegistry registry, String name, Tags tags, Channel channel, ToDoubleFunction<Channel.Fill> value) {
        return Gauge.builder(name, channel, of -> value.applyAsDouble(of.fill()))
                .tags(tags)
                .register(registry);
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
