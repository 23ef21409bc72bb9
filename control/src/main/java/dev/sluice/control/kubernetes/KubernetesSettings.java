/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

/**
 * What is to be known of a cluster.
 *
 * @param clusterDomain of its Services, such as {@code cluster.local}
 * @param defaultBrokerClass the class of a Broker that names none
 */
public record KubernetesSettings(String clusterDomain, String defaultBrokerClass) {

    public KubernetesSettings {
        requireNonNull(clusterDomain, "clusterDomain");
        requireNonNull(defaultBrokerClass, "defaultBrokerClass");
        if (clusterDomain.isEmpty() || defaultBrokerClass.isEmpty()) {
            throw new IllegalArgumentException("a cluster domain or a default broker class is empty");
        }
    }
}
