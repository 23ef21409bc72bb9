/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ResourceName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a dispatcher knows of one trigger, counted since the trigger came into force in this process. When nothing moves,
 * {@code matched + takenOver} is the sum of {@code ended}, {@code handedOver} and {@code inFlight}; a snapshot taken in
 * between may be off by what moves.
 *
 * @param uid the identity of the trigger
 * @param broker the broker whose events it gets
 * @param matched events that its filter passed
 * @param takenOver events that came into flight otherwise: read back after a restart, or from a log that they had been left
 *     to, or parked and sent again
 * @param ended events by the end they came to; every end has an entry
 * @param handedOver events in flight that a stop has written down, or that were left to a log
 * @param inFlight events that are matched and at no end yet, waiting or being sent
 * @param parkingBlocked events that were given up and wait for room in the dead-letter store; the trigger begins nothing
 *     while there are any
 * @param requests requests that run now
 * @param retries attempts after the first of an event
 * @param replies events that its subscriber answered and that entered the broker
 * @param unusableReplies responses with a body that made no claim to be a CloudEvent
 * @param hold what keeps events from being begun, if anything does
 * @param holdChanged when that began or ended, or when the trigger came into force
 * @param lastFailure the newest failed attempt
 * @param lastUnusableReply the beginning of the newest such body
 * @param skipped records of a log that retention took before the trigger had looked at them
 * @param lag events that are left to do, as far as is known: those in flight and, of a log, those left in it and the records
 *     that the trigger has not looked at, in the partitions that this process has
 * @param lastLoss what retention took last
 * @param nearRetention that the trigger needs something which its log gives up soon, since when it does
 */
public record TriggerStats(
        ResourceName trigger,
        String uid,
        ResourceName broker,
        long matched,
        long takenOver,
        Map<End, Long> ended,
        long handedOver,
        long inFlight,
        long parkingBlocked,
        long requests,
        long retries,
        long replies,
        long unusableReplies,
        Optional<Hold> hold,
        Instant holdChanged,
        Optional<Note> lastFailure,
        Optional<Note> lastUnusableReply,
        long skipped,
        long lag,
        Optional<Note> lastLoss,
        Optional<Note> nearRetention) {

    public TriggerStats {
        requireNonNull(trigger, "trigger");
        requireNonNull(uid, "uid");
        requireNonNull(broker, "broker");
        ended = Map.copyOf(ended);
        requireNonNull(hold, "hold");
        requireNonNull(holdChanged, "holdChanged");
        requireNonNull(lastFailure, "lastFailure");
        requireNonNull(lastUnusableReply, "lastUnusableReply");
        requireNonNull(lastLoss, "lastLoss");
        requireNonNull(nearRetention, "nearRetention");
    }

    /** Why a trigger begins no events, though there are some. */
    public enum HoldReason {
        /** Somebody wants it so. */
        PAUSED,
        /** Events that were given up find no room in the dead-letter store. */
        DEAD_LETTER_STORE_FULL,
        /** Its breaker is open: the subscriber is out of order, and only probed now and then. */
        SUBSCRIBER_UNAVAILABLE,
        /** As many events as may be wait in the log behind others of their keys that fail; nothing new is looked at. */
        KEYS_BLOCKED
    }

    /**
     * That a trigger begins no events.
     *
     * @param text what is wrong, in one line without control characters; empty if nothing is
     */
    public record Hold(HoldReason reason, String text) {
        public Hold {
            requireNonNull(reason, "reason");
            requireNonNull(text, "text");
        }
    }

    /** What was said, in one line without control characters, and when. */
    public record Note(Instant at, String text) {
        public Note {
            requireNonNull(at, "at");
            requireNonNull(text, "text");
        }
    }
}
