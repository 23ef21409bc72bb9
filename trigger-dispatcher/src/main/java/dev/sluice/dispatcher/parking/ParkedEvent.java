/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.EventFootprint;
import dev.sluice.api.routing.ResourceName;
import io.cloudevents.CloudEvent;

/**
 * An event that one trigger could not deliver, as it is kept. Immutable.
 *
 * @param id of the dead letter, not of the event: unique, and in the order of time (UUID version 7)
 * @param brokerUid the identity of the broker, which tells it from another of the same name
 * @param triggerUid the identity of the trigger that failed; only the trigger with this UID gets the event again
 * @param event as the trigger matched it
 * @param cause the newest failure
 * @param attempts requests to the subscriber, over all redrives, 1 or more
 * @param firstAttemptMillis when the first of them began, in milliseconds since 1970
 * @param lastAttemptMillis when the last of them had failed, in milliseconds since 1970
 */
public record ParkedEvent(
        String id,
        ResourceName broker,
        String brokerUid,
        ResourceName trigger,
        String triggerUid,
        CloudEvent event,
        Cause cause,
        int attempts,
        long firstAttemptMillis,
        long lastAttemptMillis) {

    /** This object, its id, its entry in the store and its places in the maps there, rounded up. */
    private static final long OWN_BYTES = 400;

    public ParkedEvent {
        requireNonNull(id, "id");
        requireNonNull(broker, "broker");
        requireNonNull(brokerUid, "brokerUid");
        requireNonNull(trigger, "trigger");
        requireNonNull(triggerUid, "triggerUid");
        requireNonNull(event, "event");
        requireNonNull(cause, "cause");
    }

    /** The same event after it failed once more. */
    ParkedEvent failedAgain(Cause newCause, int moreAttempts, long atMillis) {
        return new ParkedEvent(
                id,
                broker,
                brokerUid,
                trigger,
                triggerUid,
                event,
                newCause,
                attempts + moreAttempts,
                firstAttemptMillis,
                atMillis);
    }

    /** Estimates its heap, from above, as if it shared nothing with anybody. */
    long bytes() {
        return OWN_BYTES + EventFootprint.of(event) + cause.bytes();
    }
}
