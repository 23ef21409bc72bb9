/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.meters.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/** One counter for each reason, found once. */
final class RefusalMeters {

    private final Map<Refusal, Counter> byRefusal = new EnumMap<>(Refusal.class);

    RefusalMeters(MeterRegistry registry, String namespace, String broker) {
        for (Refusal refusal : Refusal.values()) {
            Counter counter = Counter.builder(Meters.INGRESS_REFUSED)
                    .description("Requests that the ingress refused")
                    .tag(Meters.NAMESPACE, namespace)
                    .tag(Meters.BROKER, broker)
                    .tag(Meters.REASON, refusal.reason())
                    .register(registry);
            byRefusal.put(refusal, counter);
        }
    }

    void count(Refusal refusal) {
        requireNonNull(byRefusal.get(refusal)).increment();
    }

    void removeFrom(MeterRegistry registry) {
        byRefusal.values().forEach(registry::remove);
    }
}
