/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

/**
 * Where an event is on its way to one trigger.
 *
 * <pre>
 *                   ┌──────────────────────────────────────────────┐
 *                   ▼                                              │ due
 *  matched ──▶ WAITING ──▶ SENDING ──┬─▶ RETRY_WAIT ───────────────┤
 *                │            │      │                             │
 *                │            │      └─▶ APPENDING_REPLY ◀─▶ REPLY_WAIT
 *                │            ▼             │                      │
 *                ├───▶ DEAD_LETTERING ◀─────┘                      │
 *                │            ├─────────────▶ DEAD_LETTER_WAIT ────┤
 *                ▼            ▼                                    │ changed route
 *              ENDED     PARKING_WAIT ─────────────────────────────┘
 *    (from every state)  (from SENDING and APPENDING_REPLY too)
 * </pre>
 *
 * SENDING, APPENDING_REPLY, REPLY_WAIT and DEAD_LETTERING take one of the trigger's places in flight. Waiting for a retry
 * takes none. Waiting to append a reply does: replies are as large as their subscriber makes them, and this bounds them.
 * An event that holds its lane goes to RETRY_WAIT from APPENDING_REPLY too, if its reply can never be kept.
 */
enum DispatchState {
    WAITING,
    SENDING,
    RETRY_WAIT,
    APPENDING_REPLY,
    REPLY_WAIT,
    DEAD_LETTERING,
    DEAD_LETTER_WAIT,
    /** Given up, and the dead-letter store is full. */
    PARKING_WAIT,
    ENDED;

    boolean mayBecome(DispatchState next) {
        return switch (next) {
            case WAITING -> this == RETRY_WAIT || this == DEAD_LETTER_WAIT || this == PARKING_WAIT;
            case SENDING -> this == WAITING;
            case RETRY_WAIT -> this == SENDING || this == APPENDING_REPLY;
            // From WAITING only after a stop, when the reply was read back.
            case APPENDING_REPLY -> this == SENDING || this == REPLY_WAIT || this == WAITING;
            case REPLY_WAIT -> this == APPENDING_REPLY;
            case DEAD_LETTERING -> this == WAITING || this == SENDING || this == APPENDING_REPLY;
            case DEAD_LETTER_WAIT -> this == DEAD_LETTERING;
            case PARKING_WAIT -> this == SENDING || this == APPENDING_REPLY || this == DEAD_LETTERING;
            case ENDED -> this != ENDED;
        };
    }
}
