/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

/**
 * A kind of objects that is watched.
 *
 * @param apiVersion such as {@code v1} or {@code apps/v1}
 * @param kind such as {@code ConfigMap}
 * @param selector of labels, as the Kubernetes API takes it; empty: all
 */
record WatchedKind(String apiVersion, String kind, String selector) {

    WatchedKind {
        requireNonNull(apiVersion, "apiVersion");
        requireNonNull(kind, "kind");
        requireNonNull(selector, "selector");
    }

    /** Below which the API server serves the group and version. */
    String path() {
        return apiVersion.indexOf('/') < 0 ? "/api/" + apiVersion : "/apis/" + apiVersion;
    }

    @Override
    public String toString() {
        return apiVersion + " " + kind + (selector.isEmpty() ? "" : " where " + selector);
    }
}
