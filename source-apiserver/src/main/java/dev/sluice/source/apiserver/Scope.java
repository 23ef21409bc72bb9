/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

/**
 * The namespaces whose objects are watched; objects of the cluster are watched in any.
 *
 * @param isOwn only that of the source itself
 * @param selector of their labels, if not; empty: all
 */
record Scope(boolean isOwn, String selector) {

    static final Scope OWN = new Scope(true, "");

    Scope {
        requireNonNull(selector, "selector");
    }

    static Scope selected(String selector) {
        return new Scope(false, selector);
    }

    boolean isAll() {
        return !isOwn && selector.isEmpty();
    }
}
