/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;

/** Kind and name of a source; printed as {@code PingSource shop/tick}. */
public record SourceName(String kind, ResourceName name) implements Comparable<SourceName> {

    public SourceName {
        requireNonNull(kind, "kind");
        requireNonNull(name, "name");
    }

    @Override
    public int compareTo(SourceName other) {
        int byName = name.compareTo(other.name);
        return byName != 0 ? byName : kind.compareTo(other.kind);
    }

    @Override
    public String toString() {
        return kind + " " + name;
    }
}
