/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;

/**
 * A kind whose objects are read as resources of ours.
 *
 * @param keptForLife JSON pointers to the fields that an object keeps as they were when it was first accepted
 */
record WatchedKind(String group, String version, String kind, String plural, List<String> keptForLife) {

    static final WatchedKind BROKER = new WatchedKind(
            "eventing.knative.dev",
            "v1",
            "Broker",
            "brokers",
            List.of(
                    "/metadata/annotations/eventing.knative.dev~1broker.class",
                    "/metadata/annotations/sluice.dev~1channel",
                    "/spec/config"));

    static final WatchedKind TRIGGER = new WatchedKind(
            "eventing.knative.dev", "v1", "Trigger", "triggers", List.of("/spec/broker", "/spec/brokerRef"));

    /**
     * All of them. Another kind that the validation knows is watched and read by being here; {@code Resources.of} sorts it, and
     * {@link StatusWriter#publish} has to be told where its statuses are.
     */
    static final List<WatchedKind> ALL = List.of(BROKER, TRIGGER);

    WatchedKind {
        requireNonNull(group, "group");
        requireNonNull(version, "version");
        requireNonNull(kind, "kind");
        requireNonNull(plural, "plural");
        keptForLife = List.copyOf(keptForLife);
    }

    /** The one of this name; one of {@link #ALL}. */
    static WatchedKind named(String kind) {
        for (WatchedKind each : ALL) {
            if (each.kind.equals(kind)) {
                return each;
            }
        }
        throw new IllegalArgumentException("no kind " + kind + " is watched");
    }

    String apiVersion() {
        return group + "/" + version;
    }

    ResourceDefinitionContext definition() {
        return new ResourceDefinitionContext.Builder()
                .withGroup(group)
                .withVersion(version)
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(true)
                .build();
    }
}
