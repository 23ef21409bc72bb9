/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import dev.sluice.api.meters.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the adapter of one source counts itself. Each series comes with the first that is counted. For any thread. */
final class NoteMeters {

    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    NoteMeters(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    void count(String what) {
        counters.computeIfAbsent(what, this::counter).increment();
    }

    private Counter counter(String what) {
        return Counter.builder(Meters.SOURCE_NOTED)
                .description("What a kind of source counts itself")
                .tags(tags)
                .tag(Meters.WHAT, what)
                .register(registry);
    }

    void remove() {
        counters.values().forEach(registry::remove);
    }
}
