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
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
                still(
                        brokers,
                        name -> identity("Broker", name, described.brokers().get(name), described),
                        name -> identity("Broker", name, now.brokers().get(name), now)),
                still(
                        triggers,
                        name -> identity("Trigger", name, described.triggers().get(name), described),
                        name -> identity("Trigger", name, now.triggers().get(name), now)),
                still(
                        sources,
                        name -> identity(
                                name.kind(), name.name(), described.sources().get(name), described),
                        name -> identity(name.kind(), name.name(), now.sources().get(name), now)));
    }

    private static <N, S> Map<N, S> still(
            Map<N, S> statuses, Function<N, Optional<Identity>> described, Function<N, Optional<Identity>> now) {
        List<N> gone = new ArrayList<>();
        for (N name : statuses.keySet()) {
            Optional<Identity> then = described.apply(name);
            if (then.isEmpty() || !then.equals(now.apply(name))) {
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

    /** @param created where the UID follows from the name, this is all that tells two apart; empty if it is not known */
    private record Identity(String uid, String created) {}

    /** One of which nothing is in force may be there all the same, and have a status that says why. */
    private static Optional<Identity> identity(
            String kind, ResourceName name, @Nullable HasMetadata inForce, Resources resources) {
        Rejected rejected = inForce == null ? resources.rejected().get(new ResourceKey(kind, name)) : null;
        return rejected == null ? identity(inForce) : Optional.of(new Identity(rejected.uid(), ""));
    }

    private static Optional<Identity> identity(@Nullable HasMetadata resource) {
        if (resource == null) {
            return Optional.empty();
        }
        String created = resource.getMetadata().getCreationTimestamp();
        return Optional.of(new Identity(resource.getMetadata().getUid(), created == null ? "" : created));
    }
}
