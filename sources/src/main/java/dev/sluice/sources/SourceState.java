/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceCondition;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What can be seen of a source at one moment.
 *
 * @param conditions as its adapter said last, and since when each stands so
 * @param problem why it does not run as its resource says; tried again all the time
 * @param webhook how the outside reaches it, if that is known
 */
public record SourceState(Map<SourceCondition, Instant> conditions, Optional<Problem> problem, Optional<URI> webhook) {

    /**
     * What is wrong.
     *
     * @param text for people
     */
    public record Problem(String text, Instant since) {
        public Problem {
            requireNonNull(text, "text");
            requireNonNull(since, "since");
        }
    }

    public SourceState {
        conditions = Map.copyOf(conditions);
        requireNonNull(problem, "problem");
        requireNonNull(webhook, "webhook");
    }
}
