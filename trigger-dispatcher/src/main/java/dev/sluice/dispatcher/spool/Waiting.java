/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.spool;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import java.util.List;

/**
 * An event that had not ended when the process stopped.
 *
 * @param places one for each trigger that it matched and that was not done with it; at least one
 */
public record Waiting(CloudEvent event, List<Place> places) {

    public Waiting {
        requireNonNull(event, "event");
        places = List.copyOf(places);
    }
}
