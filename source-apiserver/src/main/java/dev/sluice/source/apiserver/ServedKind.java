/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

/**
 * A kind as the API server serves it.
 *
 * @param plural what its objects are called in paths, such as {@code configmaps}
 * @param namespaced whether they are in namespaces
 */
record ServedKind(WatchedKind kind, String plural, boolean namespaced) {

    ServedKind {
        requireNonNull(kind, "kind");
        requireNonNull(plural, "plural");
    }

    /** By what a position is kept. The namespace is empty for all, and for objects of the cluster. */
    String key(String namespace) {
        return kind + (namespace.isEmpty() ? "" : " in " + namespace);
    }

    String path(String namespace) {
        return kind.path() + (namespace.isEmpty() ? "" : "/namespaces/" + namespace) + "/" + plural;
    }
}
