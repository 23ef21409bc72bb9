/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of an object that a reference names. */
public sealed interface Target {

    /**
     * It is there.
     *
     * @param addresses its {@code status.addresses}, or else its {@code status.address}; none if it is not Addressable now
     * @param readiness what it says of itself
     */
    record Found(List<Address> addresses, Readiness readiness) implements Target {
        public Found {
            addresses = List.copyOf(addresses);
            requireNonNull(readiness, "readiness");
        }
    }

    /** It is not there. */
    record Absent() implements Target {}

    /** The cluster has no such kind of objects in namespaces. */
    record UnknownKind() implements Target {}

    /** This process may not look at such objects. */
    record Forbidden() implements Target {}

    /** Nobody has looked yet. */
    record Unseen() implements Target {}

    /**
     * One that an object answers on.
     *
     * @param name the scheme, in Knative's resources
     */
    record Address(
            @Nullable String name,
            @Nullable String url,
            @Nullable String caCerts,
            @Nullable String audience) {}

    /**
     * The condition {@code Ready} of an object.
     *
     * @param status True, False or Unknown; empty if it has no such condition
     * @param isCurrent whether its status is about its present generation
     */
    record Readiness(Optional<String> status, String reason, String message, boolean isCurrent) {

        public Readiness {
            requireNonNull(status, "status");
            requireNonNull(reason, "reason");
            requireNonNull(message, "message");
        }
    }
}
