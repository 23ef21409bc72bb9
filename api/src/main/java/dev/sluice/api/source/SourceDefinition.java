/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

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
     * Whether an adapter sets up something outside that stays when its process ends, and that {@link SourceAdapter#takeDown}
     * takes down again. The deletion of such a resource in a cluster waits for that, for some minutes at most, also where no
     * process ran when it was asked for.
     */
    default boolean leavesSomething() {
        return false;
    }

    /**
     * Makes what turns the outside into events. Does no I/O.
     *
     * @throws IllegalArgumentException if a secret has a value that can't be used; the message says which and what would be
     *     right, without the value
     */
    SourceAdapter adapter(AdapterSetup setup);

    /**
     * What tells, without I/O, which event would come of something that happens outside, where a person has written that down
     * as an HTTP request: {@code sluice sources test}. For a webhook it is the request itself. Another kind documents what
     * method, path, headers and body stand for, and gives for a GET of {@code /} without a body, which stands for nothing
     * written down, what comes of its own accord, or a refusal that says what to write.
     *
     * @param setup of a kind without a webhook without its secrets, since nothing has to be proved
     * @return null if there is nothing of the sort
     * @throws IllegalArgumentException as {@link #adapter}
     */
    default @Nullable Webhook trial(AdapterSetup setup) {
        return hasWebhook() ? adapter(setup).webhook() : null;
    }
}
