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
     * Takes over what was decided, of which most often little is new. Only those that are new are looked at.
     *
     * @param uids empty of one that is gone
     */
    void decided(Map<ResourceName, TriggerStatus> decided, Function<ResourceName, String> uids) {
        var unused = take(decided, uids, false);
    }

    /**
     * Looks at all.
     *
     * @param uids empty of one that is gone
     * @return whether one is another than last time
     */
    boolean look(Map<ResourceName, TriggerStatus> decided, Function<ResourceName, String> uids) {
        return take(decided, uids, true);
    }

    private boolean take(Map<ResourceName, TriggerStatus> decided, Function<ResourceName, String> uids, boolean looks) {
        // Asked first: what is known by then is in what is observed after it.
        boolean isKnownNow = observer.isKnown();
        boolean changed = decided.size() != last.size() || isKnown != isKnownNow;
        boolean looksAtAll = looks || (isKnownNow && !isKnown);
        isKnown = isKnownNow;
        Map<ResourceName, Shown> now = new HashMap<>();
        for (Map.Entry<ResourceName, TriggerStatus> entry : decided.entrySet()) {
            Shown before = last.get(entry.getKey());
            Shown after = shown(entry.getValue(), uids.apply(entry.getKey()), before, looksAtAll);
            now.put(entry.getKey(), after);
            changed |= before == null || before.status() != after.status();
        }
        last = now;
        return changed;
    }

    private Shown shown(TriggerStatus decided, String uid, @Nullable Shown named, boolean looks) {
        Shown before = named != null && named.uid().equals(uid) ? named : null;
        long time = nanos.getAsLong();
        if (before == null) {
            Optional<TriggerObservation> noticed = noticed(uid);
            // Nothing was said of it before, and so the first that is to be said need not wait.
            return shown(decided, uid, noticed, noticed.isEmpty() ? time - STANDS.toNanos() : time);
        }
        if (looks && time - before.noticedNanos() >= STANDS.toNanos()) {
            Optional<TriggerObservation> noticed = noticed(uid);
            List<String> reasons = noticed.map(TriggerObservation::reasons).orElse(List.of());
            if (!reasons.equals(before.reasons())) {
                return shown(decided, uid, noticed, time);
            }
        }
        return before.decided() == decided ? before : shown(decided, uid, before.noticed(), before.noticedNanos());
    }

    private Optional<TriggerObservation> noticed(String uid) {
        return observer.observe(uid).filter(seen -> !seen.reasons().isEmpty());
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
