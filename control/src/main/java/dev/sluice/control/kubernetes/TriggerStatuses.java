/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.resource.TriggerStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about Triggers, with what a person should notice of their deliveries. That stands for a while once it has
 * changed: a breaker that opens and closes all the time makes six writes a minute at most. A status stays the same object as long as nothing
 * about it changes. For one thread.
 */
final class TriggerStatuses {

    /** How long what was noticed last stands at least. */
    static final Duration STANDS = Duration.ofSeconds(10);

    private final TriggerObserver observer;
    private final LongSupplier nanos;
    private Map<ResourceName, Shown> last = Map.of();
    private boolean isKnown;

    /** @param noticedNanos since when it is what it is */
    private record Shown(
            TriggerStatus decided,
            String uid,
            Optional<TriggerObservation> noticed,
            long noticedNanos,
            TriggerStatus status) {

        List<String> reasons() {
            return noticed.map(TriggerObservation::reasons).orElse(List.of());
        }
    }

    /** @param nanos the time */
    TriggerStatuses(TriggerObserver observer, LongSupplier nanos) {
        this.observer = requireNonNull(observer, "observer");
        this.nanos = requireNonNull(nanos, "nanos");
    }

    /**
     * @param uids empty of one that is gone
     * @return whether one is another than last time
     */
    boolean look(Map<ResourceName, TriggerStatus> decided, Function<ResourceName, String> uids) {
        // Asked first: what is known by then is in what is observed after it.
        boolean isKnownNow = observer.isKnown();
        boolean changed = decided.size() != last.size() || isKnown != isKnownNow;
        isKnown = isKnownNow;
        Map<ResourceName, Shown> now = new HashMap<>();
        for (Map.Entry<ResourceName, TriggerStatus> entry : decided.entrySet()) {
            Shown before = last.get(entry.getKey());
            Shown after = shown(entry.getValue(), uids.apply(entry.getKey()), before);
            now.put(entry.getKey(), after);
            changed |= before == null || before.status() != after.status();
        }
        last = now;
        return changed;
    }

    private Shown shown(TriggerStatus decided, String uid, @Nullable Shown named) {
        Shown before = named != null && named.uid().equals(uid) ? named : null;
        Optional<TriggerObservation> noticed =
                observer.observe(uid).filter(seen -> !seen.reasons().isEmpty());
        long time = nanos.getAsLong();
        if (before == null) {
            // Nothing was said of it before, and so the first that is to be said need not wait.
            return shown(decided, uid, noticed, noticed.isEmpty() ? time - STANDS.toNanos() : time);
        }
        List<String> reasons = noticed.map(TriggerObservation::reasons).orElse(List.of());
        boolean stands = reasons.equals(before.reasons()) || time - before.noticedNanos() < STANDS.toNanos();
        if (stands) {
            return before.decided() == decided ? before : shown(decided, uid, before.noticed(), before.noticedNanos());
        }
        return shown(decided, uid, noticed, time);
    }

    private static Shown shown(
            TriggerStatus decided, String uid, Optional<TriggerObservation> noticed, long noticedNanos) {
        return new Shown(
                decided,
                uid,
                noticed,
                noticedNanos,
                noticed.map(seen -> seen.noticedIn(decided)).orElse(decided));
    }

    /** As they were seen last; none before enough is known. */
    Map<ResourceName, TriggerStatus> statuses() {
        Map<ResourceName, TriggerStatus> statuses = new HashMap<>();
        if (isKnown) {
            last.forEach((name, shown) -> statuses.put(name, shown.status()));
        }
        return statuses;
    }
}
