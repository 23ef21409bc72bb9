/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.sluice.api.ledger.End;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.delivery.TriggerCounts.Count;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import dev.sluice.dispatcher.send.FailureKind;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one trigger: views of its counts, made with its first event and taken away with it. They take some 8 KB,
 * most of all that an idle trigger costs, and thousands of triggers may never see an event.
 */
final class TriggerMeters {

    private static final String SUCCESS = "success";

    private final MeterRegistry registry;
    private final ResourceName trigger;
    private final ResourceName broker;
    private Tags tags = Tags.empty();
    private final TriggerCounts counts;
    private final List<Meter> registered = new ArrayList<>();
    private @Nullable Timer success;
    /** Made when such a failure is first seen, since most never are. */
    private Map<FailureKind, Timer> failures = Map.of();

    private boolean shown;
    private boolean removed;

    TriggerMeters(MeterRegistry registry, ResourceName trigger, ResourceName broker, TriggerCounts counts) {
        this.registry = registry;
        this.trigger = trigger;
        this.broker = broker;
        this.counts = counts;
    }

    /** To be called before something is counted of which there was nothing. */
    void show() {
        if (!shown && !removed) {
            shown = true;
            register();
        }
    }

    private void register() {
        tags = Tags.of(
                Meters.NAMESPACE, trigger.namespace(), Meters.TRIGGER, trigger.name(), Meters.BROKER, broker.name());
        failures = new EnumMap<>(FailureKind.class);
        counter(Meters.TRIGGER_MATCHED, tags, counts.matched);
        for (End end : End.values()) {
            counter(Meters.TRIGGER_ENDED, tags.and(Meters.END, end.label()), counts.ended(end));
        }
        counter(Meters.TRIGGER_TAKEN_OVER, tags, counts.takenOver);
        counter(Meters.TRIGGER_HANDED_OVER, tags, counts.handedOver);
        counter(Meters.TRIGGER_RETRIES, tags, counts.retries);
        counter(Meters.TRIGGER_REPLIES, tags, counts.replies);
        counter(Meters.TRIGGER_UNUSABLE_REPLIES, tags, counts.unusableReplies);
        counter(Meters.TRIGGER_SKIPPED, tags, counts.skipped);
        gauge(Meters.TRIGGER_IN_FLIGHT, counts.inFlight);
        registered.add(Gauge.builder(Meters.TRIGGER_LAG, counts, TriggerCounts::lag)
                .tags(tags)
                .register(registry));
        gauge(Meters.TRIGGER_REQUESTS, counts.requests);
        held(Meters.TRIGGER_PAUSED, HoldReason.PAUSED);
        held(Meters.TRIGGER_BREAKER_OPEN, HoldReason.SUBSCRIBER_UNAVAILABLE);
        held(Meters.TRIGGER_KEYS_BLOCKED, HoldReason.KEYS_BLOCKED);
        registered.add(Gauge.builder(Meters.TRIGGER_RETENTION_NEAR, counts, all -> all.nearRetention() == null ? 0 : 1)
                .tags(tags)
                .register(registry));
        gauge(Meters.TRIGGER_PARKING_BLOCKED, counts.parkingBlocked);
        success = timer(SUCCESS);
    }

    private void counter(String name, Tags all, Count count) {
        registered.add(
                FunctionCounter.builder(name, count, Count::get).tags(all).register(registry));
    }

    private void gauge(String name, Count count) {
        registered.add(Gauge.builder(name, count, Count::get).tags(tags).register(registry));
    }

    private void held(String name, HoldReason by) {
        registered.add(Gauge.builder(name, counts, all -> all.isHeldBy(by) ? 1 : 0)
                .tags(tags)
                .register(registry));
    }

    private Timer timer(String outcome) {
        Timer timer = registry.timer(Meters.TRIGGER_ATTEMPT, tags.and(Meters.OUTCOME, outcome));
        registered.add(timer);
        return timer;
    }

    void succeeded(long nanos) {
        if (success != null) {
            success.record(nanos, NANOSECONDS);
        }
    }

    void failed(FailureKind kind, long nanos) {
        Timer timer = failures.get(kind);
        if (timer == null) {
            if (removed) {
                return;
            }
            timer = timer(kind.label());
            failures.put(kind, timer);
        }
        timer.record(nanos, NANOSECONDS);
    }

    /** Takes the meters out of the registry. Before a trigger of the same name is given its own. */
    void remove() {
        removed = true;
        registered.forEach(registry::remove);
        registered.clear();
    }
}
