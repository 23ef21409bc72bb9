/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.ledger;

/**
 * The ends of an event for one trigger that it matched: the one list for code, counters and docs. An event that was
 * matched and is at none of these is <em>in flight</em>, and at every moment, for every trigger,
 * {@code matched = sum of ends + in flight}.
 */
public enum End {
    /** The subscriber answered 2xx, and the reply, if there was one, is kept. */
    DELIVERED("delivered"),
    /** The dead letter sink answered 2xx. */
    DEAD_LETTERED("dead-lettered"),
    /** The event's {@code expirytime} had passed before an attempt. The dead letter sink has it, if there is one. */
    EXPIRED("expired"),
    /** The trigger or its broker was deleted while the event waited. */
    DISCARDED("discarded");

    private final String label;

    End(String label) {
        this.label = label;
    }

    /** The value of the meter tag {@code end}. */
    public String label() {
        return label;
    }
}
