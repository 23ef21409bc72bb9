/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

/** The registry of all meters of the process, and their text for Prometheus. Safe for any thread. */
public final class Metrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private @Nullable JvmGcMetrics garbageCollection;

    public MeterRegistry registry() {
        return registry;
    }

    /**
     * The text of all meters. Takes milliseconds per thousand meters, so call it where blocking is allowed.
     *
     * <p>The JVM's own meters are registered by the first call: they pull in the platform's management, which would take a
     * tenth of the time to {@code ready}.
     */
    synchronized String scrape() {
        if (garbageCollection == null) {
            garbageCollection = new JvmGcMetrics();
            garbageCollection.bindTo(registry);
            new JvmMemoryMetrics().bindTo(registry);
            new JvmThreadMetrics().bindTo(registry);
            new ClassLoaderMetrics().bindTo(registry);
            new ProcessorMetrics().bindTo(registry);
            new FileDescriptorMetrics().bindTo(registry);
            new UptimeMetrics().bindTo(registry);
        }
        return registry.scrape();
    }

    /** Idempotent. */
    public synchronized void close() {
        if (garbageCollection != null) {
            garbageCollection.close();
        }
        registry.close();
    }
}
