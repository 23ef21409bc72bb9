/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.meters.Meters;
import dev.sluice.api.source.WebhookOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;

/** What is counted of the requests to one webhook, found once. */
public final class RequestMeters {

    private final Counter answered;
    private final Map<String, Counter> refused = new HashMap<>();

    /** @param tags of the source */
    public RequestMeters(MeterRegistry registry, Tags tags) {
        answered = Counter.builder(Meters.SOURCE_ANSWERED)
                .description("Requests to webhooks that were answered without an event")
                .tags(tags)
                .register(registry);
        for (Refusal refusal : Refusal.values()) {
            register(registry, tags, refusal.reason());
        }
        for (WebhookOutcome.Kind kind : WebhookOutcome.Kind.values()) {
            register(registry, tags, kind.reason());
        }
    }

    private void register(MeterRegistry registry, Tags tags, String reason) {
        refused.computeIfAbsent(
                reason,
                first -> Counter.builder(Meters.SOURCE_REFUSED)
                        .description("Requests to webhooks that were refused")
                        .tags(tags)
                        .tag(Meters.REASON, reason)
                        .register(registry));
    }

    void countAnswered() {
        answered.increment();
    }

    void countRefused(String reason) {
        requireNonNull(refused.get(reason), reason).increment();
    }

    public void removeFrom(MeterRegistry registry) {
        registry.remove(answered);
        refused.values().forEach(registry::remove);
    }
}
