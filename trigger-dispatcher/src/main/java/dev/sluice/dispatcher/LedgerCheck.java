/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.delivery.TriggerQueue;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the books of a broker's triggers with each other: matched + taken over = ends + handed over + in flight. A
 * difference is an event that was lost, or that ended twice: a defect of ours, which nothing but this would show. Confined
 * to the context of its broker, but for the gauge.
 */
final class LedgerCheck {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerCheck.class);

    private final ResourceName broker;
    private final MeterRegistry registry;
    private final Gauge gauge;
    private final AtomicLong shown = new AtomicLong();

    /** The last differences of triggers that have any, by UID. Those of triggers that are gone stay. */
    private final Map<String, Long> differences = new HashMap<>();

    LedgerCheck(ResourceName broker, MeterRegistry registry) {
        this.broker = broker;
        this.registry = registry;
        gauge = Gauge.builder(Meters.LEDGER_DIFFERENCE, shown, AtomicLong::get)
                .tags(Tags.of(Meters.NAMESPACE, broker.namespace(), Meters.BROKER, broker.name()))
                .register(registry);
    }

    /** Looks at one trigger, between two events; also a last time when it goes. */
    void check(TriggerQueue queue) {
        long difference = queue.ledgerDifference();
        Long before = differences.get(queue.route().uid());
        if (difference == (before == null ? 0 : before)) {
            return;
        }
        if (difference == 0) {
            differences.remove(queue.route().uid());
        } else {
            differences.put(queue.route().uid(), difference);
            if (before == null) {
                LOG.atError()
                        .addKeyValue("broker", broker)
                        .addKeyValue("trigger", queue.route().name())
                        .addKeyValue("difference", difference)
                        .addKeyValue("counts", queue.stats())
                        .log("the ledger does not balance: events were lost or ended twice; please report this");
            }
        }
        long sum = 0;
        for (long each : differences.values()) {
            sum += Math.abs(each);
        }
        shown.set(sum);
    }

    /** The sum of all differences, as of the last look at each trigger. */
    long difference() {
        return shown.get();
    }

    void close() {
        registry.remove(gauge);
    }
}
