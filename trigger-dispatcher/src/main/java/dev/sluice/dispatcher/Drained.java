/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.routing.ResourceName;
import java.util.Map;

/**
 * What is left when a dispatcher has drained.
 *
 * @param undelivered events in flight for each trigger that has any, by its name
 * @param unread events for each broker that has any, that its channel keeps and that no trigger has been asked about yet
 */
public record Drained(Map<ResourceName, Long> undelivered, Map<ResourceName, Long> unread) {

    public Drained {
        undelivered = Map.copyOf(undelivered);
        unread = Map.copyOf(unread);
    }

    /** Whether every event has come to its end. */
    public boolean complete() {
        return undelivered.isEmpty() && unread.isEmpty();
    }
}
