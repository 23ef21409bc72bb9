/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.explain;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.filter.Explanation.Reason;
import dev.sluice.api.routing.ResourceName;
import java.util.List;
import java.util.Optional;

/**
 * What one Trigger does with an event, or, where there is no event, with those that it wants.
 *
 * @param matches whether its filter passes the event; empty without an event
 * @param delivers whether an event that matches is sent to the subscriber now
 * @param reasons why the filter does what it does; without an event what it wants
 * @param notes what else keeps it from delivering, or is worth a look
 */
public record TriggerExplanation(
        ResourceName trigger, Optional<Boolean> matches, boolean delivers, List<Reason> reasons, List<String> notes) {

    public TriggerExplanation {
        requireNonNull(trigger, "trigger");
        requireNonNull(matches, "matches");
        reasons = List.copyOf(reasons);
        notes = List.copyOf(notes);
    }
}
