/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import dev.sluice.api.meters.Meters;
import dev.sluice.api.source.SourceName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/** What is counted of the events of one source, found once. */
public record SendMeters(Counter sent, Counter deadLettered, Counter failed, Counter retries) {

    public static SendMeters of(MeterRegistry registry, SourceName source) {
        Tags tags = tags(source);
        return new SendMeters(
                Counter.builder(Meters.SOURCE_SENT)
                        .description("Events that the sink of a source has")
                        .tags(tags)
                        .register(registry),
                Counter.builder(Meters.SOURCE_DEAD_LETTERED)
                        .description("Events that the dead letter sink of a source has")
                        .tags(tags)
                        .register(registry),
                Counter.builder(Meters.SOURCE_FAILED)
                        .description("Events that the sink of a source would not have")
                        .tags(tags)
                        .register(registry),
                Counter.builder(Meters.SOURCE_RETRIES)
                        .description("Attempts to send an event to a sink again")
                        .tags(tags)
                        .register(registry));
    }

    /** The tags of every meter of the source. */
    public static Tags tags(SourceName source) {
        return Tags.of(
                Meters.NAMESPACE, source.name().namespace(),
                Meters.SOURCE, source.name().name(),
                Meters.KIND, source.kind());
    }

    public void removeFrom(MeterRegistry registry) {
        registry.remove(sent);
        registry.remove(deadLettered);
        registry.remove(failed);
        registry.remove(retries);
    }
}
