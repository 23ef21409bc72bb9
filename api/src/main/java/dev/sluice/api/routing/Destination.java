/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.Optional;

/**
 * Where events are POSTed: a resolved subscriber or dead letter sink.
 *
 * @param uri absolute
 * @param caCerts PEM certificates to trust for this destination instead of the system's
 * @param audience the OIDC audience of the destination
 */
public record Destination(URI uri, Optional<String> caCerts, Optional<String> audience) {

    public Destination {
        requireNonNull(uri, "uri");
        requireNonNull(caCerts, "caCerts");
        requireNonNull(audience, "audience");
        if (!uri.isAbsolute()) {
            throw new IllegalArgumentException("uri \"" + uri + "\" is not absolute");
        }
    }

    public static Destination of(URI uri) {
        return new Destination(uri, Optional.empty(), Optional.empty());
    }
}
