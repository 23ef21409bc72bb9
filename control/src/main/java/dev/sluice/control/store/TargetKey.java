/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;

/** What a reference names: any object of the cluster. Printed as {@code Service shop/paid}. */
public record TargetKey(String apiVersion, String kind, ResourceName name) {

    public TargetKey {
        requireNonNull(apiVersion, "apiVersion");
        requireNonNull(kind, "kind");
        requireNonNull(name, "name");
    }

    /** A Secret. What is known of one is why it can't be read; what is in one is nobody's business here. */
    public static TargetKey secret(ResourceName name) {
        return new TargetKey("v1", "Secret", name);
    }

    /** Whether it is a plain Service of Kubernetes, which has its address by its name. */
    public boolean isService() {
        return apiVersion.equals("v1") && kind.equals("Service");
    }

    @Override
    public String toString() {
        return kind + " " + name;
    }
}
