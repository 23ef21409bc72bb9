/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

/** How far the process is. Written by the thread that starts and stops it, read by any. */
public final class Health {

    /** In the order in which a process passes through them. */
    public enum Phase {
        STARTING("the resources are not loaded yet"),
        READY(""),
        STOPPING("the process is stopping");

        private final String reason;

        Phase(String reason) {
            this.reason = reason;
        }

        /** Why events are not taken in; empty if they are. */
        public String reason() {
            return reason;
        }
    }

    private volatile Phase phase = Phase.STARTING;

    public Phase phase() {
        return phase;
    }

    /** The resources were loaded and are in force. */
    public void ready() {
        phase = Phase.READY;
    }

    /** Nothing is taken in any more. */
    public void stopping() {
        phase = Phase.STOPPING;
    }
}
