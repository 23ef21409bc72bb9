/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.sources.SourceState;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/** Tells the statuses of sources what is known of them where they run. */
public final class LiveSourceObserver implements SourceObserver {

    private final Function<SourceName, Optional<SourceState>> states;

    /** @param states {@code sources::state} */
    public LiveSourceObserver(Function<SourceName, Optional<SourceState>> states) {
        this.states = requireNonNull(states, "states");
    }

    @Override
    public Optional<SourceObservation> observe(SourceName name) {
        return states.apply(name)
                .map(state -> new SourceObservation(
                        state.conditions(),
                        state.problem().map(SourceState.Problem::text),
                        state.problem().map(SourceState.Problem::since).orElse(Instant.EPOCH),
                        state.webhook()));
    }
}
