/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.List;

/**
 * A source as its resource describes it, read and checked. Immutable; says no secrets, since it only refers to them.
 *
 * <p>Two of the same resource, read twice, are {@code equals}: a source that is equal to the one that runs goes on
 * undisturbed, any other is started anew.
 */
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
     * Whether each process that runs the source sends all its events, as one that follows a clock does: two processes send
     * each event twice, with the same id. In a cluster it runs in one process at a time, which is elected; another takes over
     * within seconds, so that for a moment there may be two. Where resources are files nobody keeps a second process from it.
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
