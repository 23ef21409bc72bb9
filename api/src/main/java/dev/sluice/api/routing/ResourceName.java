/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

/** The namespace and name of a resource; printed as {@code namespace/name}. */
public record ResourceName(String namespace, String name) implements Comparable<ResourceName> {

    public ResourceName {
        requireNonNull(namespace, "namespace");
        requireNonNull(name, "name");
    }

    /**
     * Reads {@code namespace/name}, or a bare {@code name} in the namespace {@code default}.
     *
     * @throws IllegalArgumentException if the text has an empty part or more than one slash
     */
    public static ResourceName parse(String text) {
        int slash = text.indexOf('/');
        String namespace = slash < 0 ? "default" : text.substring(0, slash);
        String name = text.substring(slash + 1);
        if (namespace.isEmpty() || name.isEmpty() || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not a resource name; write NAMESPACE/NAME or NAME");
        }
        return new ResourceName(namespace, name);
    }

    @Override
    public int compareTo(ResourceName other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
