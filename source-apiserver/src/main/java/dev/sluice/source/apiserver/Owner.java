/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

/** What controls an object that is of interest; {@link #ANY}: whatever does, or nothing. */
record Owner(String apiVersion, String kind) {

    static final Owner ANY = new Owner("", "");

    Owner {
        requireNonNull(apiVersion, "apiVersion");
        requireNonNull(kind, "kind");
    }

    boolean controls(Identity object) {
        return kind.isEmpty() || (kind.equals(object.ownerKind()) && apiVersion.equals(object.ownerApiVersion()));
    }
}
