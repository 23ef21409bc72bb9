/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

/** All workloads of a kind in one namespace; printed as {@code Deployments of shop}. */
record WorkloadSet(String namespace, String apiVersion, String kind) {

    WorkloadSet {
        requireNonNull(namespace, "namespace");
        requireNonNull(apiVersion, "apiVersion");
        requireNonNull(kind, "kind");
    }

    /** What ContainerSources run. */
    static WorkloadSet deployments(String namespace) {
        return new WorkloadSet(namespace, "apps/v1", "Deployment");
    }

    /** Whether a pod template of these can't be changed once it is there. */
    boolean isImmutable() {
        return kind.equals("Job") && apiVersion.startsWith("batch/");
    }

    @Override
    public String toString() {
        return kind + "s of " + namespace;
    }
}
