/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import dev.sluice.api.source.SourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The kinds of sources that are installed. Found once: nobody adds a jar to a process that runs. */
public final class SourceKinds {

    private static final Map<String, SourceKind> BY_KIND = new TreeMap<>();

    static {
        for (SourceKind kind : ServiceLoader.load(SourceKind.class)) {
            SourceKind other = BY_KIND.putIfAbsent(kind.kind(), kind);
            if (other != null) {
                throw new IllegalStateException("two kinds of sources are called " + kind.kind() + ": "
                        + other.getClass().getName() + " and " + kind.getClass().getName());
            }
        }
    }

    private SourceKinds() {}

    public static Optional<SourceKind> find(String kind) {
        return Optional.ofNullable(BY_KIND.get(kind));
    }

    /** The one whose resources are called so, such as {@code pingsources}. */
    public static Optional<SourceKind> ofPlural(String plural) {
        return BY_KIND.values().stream()
                .filter(kind -> kind.plural().equals(plural))
                .findFirst();
    }

    /** All, sorted by their names. */
    public static List<SourceKind> all() {
        return List.copyOf(BY_KIND.values());
    }

    /** Their names, sorted. */
    public static List<String> names() {
        return List.copyOf(BY_KIND.keySet());
    }

    /** Whether resources of this group are sources as a rule. */
    public static boolean isGroup(String apiVersion) {
        List<String> groups = new ArrayList<>(List.of("sources.knative.dev/"));
        for (SourceKind kind : BY_KIND.values()) {
            String version = kind.apiVersions().get(0);
            groups.add(version.substring(0, version.indexOf('/') + 1));
        }
        return groups.stream().anyMatch(apiVersion::startsWith);
    }
}
