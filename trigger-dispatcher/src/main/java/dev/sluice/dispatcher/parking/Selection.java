/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.routing.ResourceName;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which parked events are meant: those that pass every condition that is given. Immutable and safe for any thread.
 *
 * @param since only those whose last attempt was then or later
 * @param until only those whose last attempt was before then
 * @param code only those whose last response had this status; 0 for those without a response
 * @param filter only events that this expression is true for
 * @param ids only these dead letters; empty for all
 */
public record Selection(
        Optional<ResourceName> broker,
        Optional<ResourceName> trigger,
        Optional<Instant> since,
        Optional<Instant> until,
        OptionalInt code,
        Optional<CesqlExpression> filter,
        Set<String> ids) {

    private static final Selection EVERYTHING = new Selection(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Set.of());

    public Selection {
        requireNonNull(broker, "broker");
        requireNonNull(trigger, "trigger");
        requireNonNull(since, "since");
        requireNonNull(until, "until");
        requireNonNull(code, "code");
        requireNonNull(filter, "filter");
        ids = Set.copyOf(ids);
    }

    /** No condition at all. */
    public static Selection everything() {
        return EVERYTHING;
    }

    public boolean isEverything() {
        return equals(EVERYTHING);
    }

    public boolean matches(ParkedEvent parked) {
        // The expression last: it alone costs more than a comparison.
        return (broker.isEmpty() || broker.get().equals(parked.broker()))
                && (trigger.isEmpty() || trigger.get().equals(parked.trigger()))
                && (since.isEmpty() || since.get().toEpochMilli() <= parked.lastAttemptMillis())
                && (until.isEmpty() || until.get().toEpochMilli() > parked.lastAttemptMillis())
                && (code.isEmpty() || code.getAsInt() == parked.cause().status())
                && (ids.isEmpty() || ids.contains(parked.id()))
                && (filter.isEmpty() || filter.get().matches(parked.event()));
    }
}
