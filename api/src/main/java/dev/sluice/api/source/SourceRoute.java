/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Destination;
import java.util.Map;
import java.util.Optional;

/**
 * A source that is to run, with everything that it refers to looked up.
 *
 * @param uid the identity of the resource; one deleted and created again has another
 * @param generation of the resource
 * @param overrides extensions that every event gets, whatever it has itself: {@code ceOverrides.extensions}
 * @param delivery of a kind that {@linkplain SourceKind#hasDelivery has one}; else empty, for the process's. As many retries as
 *     an int can count are retries without end
 */
public record SourceRoute(
        SourceName name,
        String uid,
        long generation,
        SourceDefinition definition,
        Destination sink,
        Map<String, String> overrides,
        SecretValues secrets,
        Optional<Delivery> delivery) {

    public SourceRoute {
        requireNonNull(name, "name");
        requireNonNull(uid, "uid");
        requireNonNull(definition, "definition");
        requireNonNull(sink, "sink");
        overrides = Map.copyOf(overrides);
        requireNonNull(secrets, "secrets");
        requireNonNull(delivery, "delivery");
    }

    /** With the process's delivery. */
    public SourceRoute(
            SourceName name,
            String uid,
            long generation,
            SourceDefinition definition,
            Destination sink,
            Map<String, String> overrides,
            SecretValues secrets) {
        this(name, uid, generation, definition, sink, overrides, secrets, Optional.empty());
    }
}
