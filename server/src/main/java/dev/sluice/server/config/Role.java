/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import java.util.Locale;

/** Which parts of Sluice a process runs. */
public enum Role {
    /** All that there are. */
    ALL,
    /** Takes events in. */
    BROKER,
    /** Delivers them. */
    DISPATCHER,
    /** Turns what happens elsewhere into events. */
    SOURCES,
    /** Writes statuses into a cluster. */
    CONTROL;

    /** Whether events are taken in here. */
    public boolean takesIn() {
        return this == ALL || this == BROKER;
    }

    /** Whether events are delivered from here. */
    public boolean delivers() {
        return this == ALL || this == DISPATCHER;
    }

    /** Whether it is decided and written down here what becomes of the resources of a cluster. */
    public boolean controls() {
        return this == ALL || this == CONTROL;
    }

    /** Whether sources run here. */
    public boolean runsSources() {
        return this == ALL || this == SOURCES;
    }

    /** As it is written as an option. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
