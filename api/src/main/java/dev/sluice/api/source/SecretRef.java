/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

/** A key of a Secret in the namespace of the resource that refers to it; printed as {@code name[key]}. */
public record SecretRef(String name, String key) {

    public SecretRef {
        requireNonNull(name, "name");
        requireNonNull(key, "key");
    }

    @Override
    public String toString() {
        return name + "[" + key + "]";
    }
}
