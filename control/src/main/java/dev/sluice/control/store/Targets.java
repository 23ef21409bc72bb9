/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The objects that references name.
 *
 * @param clusterDomain such as {@code cluster.local}; empty where there is no cluster, and so nothing can be looked up
 */
public record Targets(String clusterDomain, Map<TargetKey, Target> known) {

    private static final Targets NONE = new Targets("", Map.of());
    private static final Target UNSEEN = new Target.Unseen();

    public Targets {
        requireNonNull(clusterDomain, "clusterDomain");
        known = Map.copyOf(known);
    }

    /** Without a cluster. */
    public static Targets none() {
        return NONE;
    }

    /** Whether there is a cluster to look into. */
    public boolean canLookUp() {
        return !clusterDomain.isEmpty();
    }

    public Target get(TargetKey key) {
        return known.getOrDefault(key, UNSEEN);
    }

    /** Of what something else is known here than there. */
    public Set<TargetKey> differencesTo(Targets other) {
        Set<TargetKey> different = new HashSet<>();
        if (known == other.known) {
            return different;
        }
        known.forEach((key, target) -> {
            if (!target.equals(other.known.get(key))) {
                different.add(key);
            }
        });
        other.known.keySet().forEach(key -> {
            if (!known.containsKey(key)) {
                different.add(key);
            }
        });
        return different;
    }
}
