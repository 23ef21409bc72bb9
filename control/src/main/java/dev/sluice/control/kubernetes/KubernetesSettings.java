/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceKind;
import java.util.List;

/**
 * What is to be known of a cluster.
 *
 * @param clusterDomain of its Services, such as {@code cluster.local}
 * @param defaultBrokerClass the class of a Broker that names none
 * @param sourceKinds the kinds of sources that are watched, and whose Secrets are read; none where nobody needs to know
 */
public record KubernetesSettings(String clusterDomain, String defaultBrokerClass, List<SourceKind> sourceKinds) {

    public KubernetesSettings {
        requireNonNull(clusterDomain, "clusterDomain");
        requireNonNull(defaultBrokerClass, "defaultBrokerClass");
        sourceKinds = List.copyOf(sourceKinds);
        if (clusterDomain.isEmpty() || defaultBrokerClass.isEmpty()) {
            throw new IllegalArgumentException("a cluster domain or a default broker class is empty");
        }
    }
}
