/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.filter.Filter;
import java.util.Optional;

/**
 * A Trigger as the dispatcher sees it. The UID is its identity: the same UID keeps its backlog across every change of
 * the other components, another UID under the same name is another trigger.
 *
 * @param generation of the resource this route was made from
 * @param reply what a response with a body that makes no claim to be a CloudEvent means
 * @param ordering empty: events are delivered in any order
 * @param startFrom counts once, when the trigger is created; no later change of it does
 */
public record TriggerRoute(
        ResourceName name,
        String uid,
        long generation,
        Filter filter,
        Destination subscriber,
        Delivery delivery,
        ReplyPolicy reply,
        Optional<Ordering> ordering,
        Pacing pacing,
        StartFrom startFrom) {

    /** The annotation {@code sluice.dev/reply}. */
    public enum ReplyPolicy {
        /** A CloudEvent in a 2xx response re-enters the broker; any other body counts as delivered and is shown. */
        DEFAULT,
        /** A 2xx response with a body that is no CloudEvent is a failed delivery. */
        STRICT,
        /** Whatever a 2xx response holds, the event is delivered and nothing re-enters the broker. */
        IGNORE
    }

    public TriggerRoute {
        requireNonNull(name, "name");
        requireNonNull(uid, "uid");
        requireNonNull(filter, "filter");
        requireNonNull(subscriber, "subscriber");
        requireNonNull(delivery, "delivery");
        requireNonNull(reply, "reply");
        requireNonNull(ordering, "ordering");
        requireNonNull(pacing, "pacing");
        requireNonNull(startFrom, "startFrom");
    }

    /** With what comes after it was created. */
    public TriggerRoute(
            ResourceName name,
            String uid,
            long generation,
            Filter filter,
            Destination subscriber,
            Delivery delivery,
            ReplyPolicy reply,
            Optional<Ordering> ordering,
            Pacing pacing) {
        this(name, uid, generation, filter, subscriber, delivery, reply, ordering, pacing, StartFrom.Place.DEFAULT);
    }

    /** In any order, and as fast as the dispatcher lets every trigger. */
    public TriggerRoute(
            ResourceName name,
            String uid,
            long generation,
            Filter filter,
            Destination subscriber,
            Delivery delivery,
            ReplyPolicy reply) {
        this(name, uid, generation, filter, subscriber, delivery, reply, Optional.empty(), Pacing.FREE);
    }
}
