/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Kind and name of a resource; printed as {@code Trigger shop/paid}. */
public record ResourceKey(String kind, ResourceName name) implements Comparable<ResourceKey> {

    public ResourceKey {
        requireNonNull(kind, "kind");
        requireNonNull(name, "name");
    }

    public static ResourceKey of(HasMetadata resource) {
        return new ResourceKey(resource.getKind(), nameOf(resource));
    }

    public static ResourceName nameOf(HasMetadata resource) {
        return new ResourceName(
                resource.getMetadata().getNamespace(), resource.getMetadata().getName());
    }

    @Override
    public int compareTo(ResourceKey other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return kind + " " + name;
    }
}
