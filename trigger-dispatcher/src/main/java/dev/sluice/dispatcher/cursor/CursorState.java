/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

/**
 * From where a trigger gets the events of one partition.
 *
 * <pre>
 *                     window full, or a gap
 *            ┌──────────────────────────────────────┐
 *            │                                      ▼
 *         SHARED ◀── caught up to J ── JOINING ◀─ CATCHING_UP
 *            │                            │   near   ▲  │
 *            │                            └──────────┤  │
 *            │                       window full     │  │
 *            │                               resumed │  │ paused
 *            │                                       │  ▼
 *            └────────────── paused ───────────────▶ PAUSED   (from JOINING too)
 * </pre>
 */
enum CursorState {
    /** From the shared read, at whose position it is. */
    SHARED,
    /** From catch-up reads, at its own position, behind the shared one. */
    CATCHING_UP,
    /** From catch-up reads up to an offset J; what the shared read finds from J on waits for that. */
    JOINING,
    /** From nowhere; its position stays. */
    PAUSED;

    boolean mayBecome(CursorState next) {
        return switch (next) {
            case SHARED -> this == JOINING;
            case CATCHING_UP -> this != CATCHING_UP;
            case JOINING -> this == CATCHING_UP;
            case PAUSED -> this != PAUSED;
        };
    }
}
