/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.ledger;

/**
 * The ends of an event for one trigger that it matched: the one list for code, counters and docs. An event that was
 * matched and is at none of these is <em>in flight</em>, and at every moment, for every trigger,
 * {@code matched + taken over = sum of ends + handed over + in flight}. Taken over is what came into flight without being
 * matched now: read back after a restart, read again from a log, or sent again after it was parked. Handed over is the
 * opposite: what was in flight when the process stopped and was written down, or was left to a log.
 */
public enum End {
    /** The subscriber answered 2xx, and the reply, if there was one, is kept. */
    DELIVERED("delivered"),
    /** The dead letter sink answered 2xx. */
    DEAD_LETTERED("dead-lettered"),
    /** The event's {@code expirytime} had passed before an attempt. The dead letter sink has it, if there is one. */
    EXPIRED("expired"),
    /**
     * The event could not be delivered and no dead letter sink took it, so it is kept in the dead-letter store. From there
     * a person may send it again, which takes it over into flight, or discard it.
     */
    PARKED("parked"),
    /** The trigger or its broker was deleted while the event waited, or a person took it out of the dead-letter store. */
    DISCARDED("discarded"),
    /** A log gave up the event by its own rules before the trigger had it, because the trigger was too slow or paused. */
    LOST_TO_RETENTION("lost-to-retention"),
    /** A log has the records before and after the event, and has it no more, or no more as an event. */
    UNREADABLE("unreadable");

    private final String label;

    End(String label) {
        this.label = label;
    }

    /** The value of the meter tag {@code end}. */
    public String label() {
        return label;
    }
}
