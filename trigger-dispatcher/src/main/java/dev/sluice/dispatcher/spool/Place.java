/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.Cause;
import io.cloudevents.CloudEvent;
import java.util.Optional;

/**
 * How far an event had come on its way to one trigger.
 *
 * @param attempts requests to the subscriber so far
 * @param firstAttemptMillis when the first of them began, in milliseconds since 1970; 0 if there was none
 * @param failure why it was on its way to the dead letter sink; empty while it is not
 * @param reply what its subscriber answered and the broker has not kept yet
 */
public record Place(
        ResourceName trigger,
        String triggerUid,
        int attempts,
        long firstAttemptMillis,
        Optional<Cause> failure,
        Optional<CloudEvent> reply) {

    public Place {
        requireNonNull(trigger, "trigger");
        requireNonNull(triggerUid, "triggerUid");
        requireNonNull(failure, "failure");
        requireNonNull(reply, "reply");
    }
}
