/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.List;

/** A source as its resource describes it, read and checked. Immutable; says no secrets, since it only refers to them. */
public interface SourceDefinition {

    /** The Secrets that the adapter needs. While one is missing there is no adapter, and the status says why. */
    default List<SecretRef> secrets() {
        return List.of();
    }

    /** The kinds of events that come out, as far as they are known beforehand: {@code status.ceAttributes}. */
    List<EventDescription> events();

    /** Whether events come in on the port for webhooks, so that no other such source of this name can be there. */
    default boolean hasWebhook() {
        return false;
    }

    /**
     * Whether no two processes may run the source at a time, as one that follows a clock: it would send everything twice.
     * A webhook may be served by any number.
     */
    default boolean isSingle() {
        return false;
    }

    /**
     * Makes what turns the outside into events. Does no I/O.
     *
     * @throws IllegalArgumentException if a secret has a value that can't be used; the message says which and what would be
     *     right, without the value
     */
    SourceAdapter adapter(AdapterSetup setup);
}
