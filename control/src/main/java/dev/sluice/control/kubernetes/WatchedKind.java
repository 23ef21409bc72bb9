/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceKind;
import dev.sluice.control.binding.WorkloadKind;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
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

    /** Those without which nothing is served. */
    static final List<WatchedKind> NEEDED = List.of(BROKER, TRIGGER);

    WatchedKind {
        requireNonNull(group, "group");
        requireNonNull(version, "version");
        requireNonNull(kind, "kind");
        requireNonNull(plural, "plural");
        keptForLife = List.copyOf(keptForLife);
    }

    /** A kind of source in each of its versions, of which a cluster may have any; the one to prefer comes first. */
    static List<WatchedKind> of(SourceKind source) {
        List<String> kept = source instanceof WorkloadKind workload ? workload.keptForLife() : List.of();
        List<WatchedKind> versions = new ArrayList<>();
        for (String apiVersion : source.apiVersions()) {
            int slash = apiVersion.indexOf('/');
            versions.add(new WatchedKind(
                    apiVersion.substring(0, slash),
                    apiVersion.substring(slash + 1),
                    source.kind(),
                    source.plural(),
                    kept));
        }
        return versions;
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
