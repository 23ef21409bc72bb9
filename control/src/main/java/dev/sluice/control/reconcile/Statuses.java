/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.SourceStatus;
import dev.sluice.control.resource.TriggerStatus;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The status of every resource that is ours. The objects are shared: nobody changes them. */
public record Statuses(
        Map<ResourceName, BrokerStatus> brokers,
        Map<ResourceName, TriggerStatus> triggers,
        Map<SourceName, SourceStatus> sources) {

    private static final Statuses NONE = new Statuses(Map.of(), Map.of(), Map.of());

    public Statuses {
        brokers = Map.copyOf(brokers);
        triggers = Map.copyOf(triggers);
        sources = Map.copyOf(sources);
    }

    public static Statuses none() {
        return NONE;
    }

    /**
     * Those of resources that are still the same ones. One that was deleted and created anew has another UID, and must not
     * be taken for Ready because the one before it was.
     *
     * @param described what these statuses are about
     */
    Statuses stillOf(Resources described, Resources now) {
        if (Reconciler.isSameObject(described, now)) {
            return this;
        }
        return new Statuses(
                still(brokers, described.brokers(), now.brokers()),
                still(triggers, described.triggers(), now.triggers()),
                still(sources, described.sources(), now.sources()));
    }

    private static <N, R extends HasMetadata, S> Map<N, S> still(
            Map<N, S> statuses, Map<N, R> described, Map<N, R> now) {
        List<N> gone = new ArrayList<>();
        for (N name : statuses.keySet()) {
            if (!isSame(described.get(name), now.get(name))) {
                gone.add(name);
            }
        }
        if (gone.isEmpty()) {
            return statuses;
        }
        Map<N, S> still = new HashMap<>(statuses);
        gone.forEach(still::remove);
        return still;
    }

    private static boolean isSame(@Nullable HasMetadata one, @Nullable HasMetadata other) {
        return one != null
                && other != null
                && one.getMetadata().getUid().equals(other.getMetadata().getUid())
                // Where the UID follows from the name, this is all that tells the two apart.
                && Objects.equals(
                        one.getMetadata().getCreationTimestamp(),
                        other.getMetadata().getCreationTimestamp());
    }
}
