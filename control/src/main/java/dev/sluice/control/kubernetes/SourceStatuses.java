/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.resource.SourceStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about sources, with what those that run say of themselves. A status stays the same object as long as
 * nothing about it changes. For one thread.
 */
final class SourceStatuses {

    private final SourceObserver observer;
    private Map<SourceName, Shown> last = Map.of();

    /** @param isKnown whether it says enough of the source to be written */
    private record Shown(
            SourceStatus decided, Optional<SourceObservation> observed, SourceStatus status, boolean isKnown) {}

    SourceStatuses(SourceObserver observer) {
        this.observer = observer;
    }

    /** @return whether one is another than last time */
    boolean look(Map<SourceName, SourceStatus> decided) {
        Map<SourceName, Shown> now = new HashMap<>();
        boolean changed = decided.size() != last.size();
        for (Map.Entry<SourceName, SourceStatus> entry : decided.entrySet()) {
            Shown before = last.get(entry.getKey());
            Shown after = shown(entry.getKey(), entry.getValue(), before);
            now.put(entry.getKey(), after);
            changed |= before == null || before.status() != after.status() || before.isKnown() != after.isKnown();
        }
        last = now;
        return changed;
    }

    private Shown shown(SourceName name, SourceStatus decided, @Nullable Shown before) {
        // Asked first: what is known by then is in what is observed after it.
        boolean isKnown = observer.isKnown(name);
        Optional<SourceObservation> observed = observer.observe(name);
        if (before != null
                && before.decided() == decided
                && before.isKnown() == isKnown
                && before.observed().equals(observed)) {
            return before;
        }
        return new Shown(
                decided, observed, observed.map(one -> one.shownIn(decided)).orElse(decided), isKnown);
    }

    /** As they were seen last, of all of which enough is known. */
    Map<SourceName, SourceStatus> statuses() {
        Map<SourceName, SourceStatus> statuses = new HashMap<>();
        last.forEach((name, shown) -> {
            if (shown.isKnown()) {
                statuses.put(name, shown.status());
            }
        });
        return statuses;
    }
}
