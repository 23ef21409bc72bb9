/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.validation.Problem;
import java.util.List;
import java.util.Optional;

/**
 * A Broker, Trigger or source that stands in the cluster and does not count as it is written. Something else of it may be in force:
 * its last good version, or what it was before somebody changed what must not be changed.
 *
 * @param generation of what is written
 * @param broker the Broker of a Trigger, as far as the Trigger says which
 * @param problems why; at least one
 */
public record Rejected(
        String uid, long generation, Optional<ResourceName> broker, Cause cause, List<Problem> problems) {

    /** Why it does not count. */
    public enum Cause {
        /** Something is wrong with it. */
        INVALID,
        /** It changes a field that it keeps for life. */
        IMMUTABLE_FIELD_CHANGED
    }

    public Rejected {
        requireNonNull(uid, "uid");
        requireNonNull(broker, "broker");
        requireNonNull(cause, "cause");
        problems = List.copyOf(problems);
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("nothing is wrong with it");
        }
    }
}
