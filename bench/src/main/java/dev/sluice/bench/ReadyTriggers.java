/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Watches the Triggers of a namespace as any client of the API server would, and knows since when each is Ready. */
final class ReadyTriggers implements Watcher<GenericKubernetesResource>, AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(3);

    /** What is measured does not depend on it. */
    private static final long LOOK_MILLIS = 2;

    /** @param generation of the object that the status is about */
    private record Ready(long generation, long nanos) {}

    // Guarded by this.
    private final Map<String, Ready> ready = new HashMap<>();
    private long lastNanos;
    private @Nullable WatcherException end;

    private @Nullable Watch watch;

    static ReadyTriggers of(KubernetesUnderTest kubernetes, String namespace) {
        ReadyTriggers started = new ReadyTriggers();
        started.watch = kubernetes
                .client()
                .genericKubernetesResources(Kubernetes.TRIGGERS)
                .inNamespace(namespace)
                .watch(started);
        return started;
    }

    @Override
    public synchronized void eventReceived(Action action, GenericKubernetesResource trigger) {
        long now = System.nanoTime();
        if (action != Action.ADDED && action != Action.MODIFIED) {
            return;
        }
        long generation = trigger.getMetadata().getGeneration();
        Ready before = ready.get(trigger.getMetadata().getName());
        if (isReady(trigger) && (before == null || before.generation() < generation)) {
            ready.put(trigger.getMetadata().getName(), new Ready(generation, now));
            lastNanos = now;
        }
    }

    /** Whether its status says so, and of what is written now. */
    static boolean isReady(GenericKubernetesResource object) {
        Number observed = object.get("status", "observedGeneration");
        List<Map<String, Object>> conditions = object.get("status", "conditions");
        Long generation = object.getMetadata().getGeneration();
        if (conditions == null
                || (observed != null && generation != null && observed.longValue() != generation.longValue())) {
            return false;
        }
        for (Map<String, Object> condition : conditions) {
            if ("Ready".equals(condition.get("type"))) {
                return "True".equals(condition.get("status"));
            }
        }
        return false;
    }

    @Override
    public synchronized void onClose(WatcherException cause) {
        end = cause;
    }

    /** Waits until it is Ready in this generation, and tells since when, by {@link System#nanoTime()}. */
    long await(String name, long generation) throws InterruptedException {
        long limit = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            synchronized (this) {
                Ready seen = ready.get(name);
                if (seen != null && seen.generation() >= generation) {
                    return seen.nanos();
                }
                checkThatItGoesOn(limit, "Trigger " + name + " to be Ready");
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Waits until so many are Ready, and tells since when. */
    long await(int count) throws InterruptedException {
        long limit = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            synchronized (this) {
                if (ready.size() >= count) {
                    return lastNanos;
                }
                checkThatItGoesOn(limit, count + " Triggers to be Ready");
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private synchronized void checkThatItGoesOn(long limit, String what) {
        if (end != null) {
            throw new IllegalStateException("the watch of the Triggers has ended", end);
        }
        if (System.nanoTime() - limit > 0) {
            throw new IllegalStateException("waited in vain for " + what + "; " + ready.size() + " are");
        }
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }
}
