/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.observation;

import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Loss;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What processes know of how Triggers and sources do at one moment.
 *
 * @param triggers by UID; those alone of which there is something that a person should notice
 * @param sources those that run there, or can't
 */
record Observations(Map<String, TriggerObservation> triggers, Map<SourceName, SourceObservation> sources) {

    static final Observations NONE = new Observations(Map.of(), Map.of());

    /** Of what stands so, that which has done so for longer. Else of two the same each time, so that nothing flutters. */
    private static final Comparator<Map.Entry<SourceCondition, Instant>> WORST_FIRST = Comparator.comparing(
                    (Map.Entry<SourceCondition, Instant> entry) -> rank(entry.getKey()))
            .thenComparing(Map.Entry::getValue)
            .thenComparing(entry -> entry.getKey().reason())
            .thenComparing(entry -> entry.getKey().message());

    Observations {
        triggers = Map.copyOf(triggers);
        sources = Map.copyOf(sources);
    }

    /** As they are seen in one process. */
    static Observations of(View view, TriggerObserver ofTriggers, SourceObserver ofSources) {
        Map<String, TriggerObservation> triggers = new HashMap<>();
        view.resources().triggers().values().forEach(trigger -> {
            String uid = trigger.getMetadata().getUid();
            ofTriggers
                    .observe(uid)
                    .filter(seen -> !seen.reasons().isEmpty())
                    .ifPresent(seen -> triggers.put(uid, seen));
        });
        Map<SourceName, SourceObservation> sources = new HashMap<>();
        view.resources()
                .sources()
                .keySet()
                .forEach(name -> ofSources.observe(name).ifPresent(seen -> sources.put(name, seen)));
        return new Observations(triggers, sources);
    }

    /** What all of them know. Where they do not agree, the worst counts: who is well takes no harm from others. */
    static Observations merged(Collection<Observations> all) {
        Map<String, TriggerObservation> triggers = new HashMap<>();
        Map<SourceName, SourceObservation> sources = new HashMap<>();
        for (Observations each : all) {
            each.triggers().forEach((uid, seen) -> triggers.merge(uid, seen, Observations::merged));
            each.sources().forEach((name, seen) -> sources.merge(name, seen, Observations::merged));
        }
        return new Observations(triggers, sources);
    }

    private static TriggerObservation merged(TriggerObservation one, TriggerObservation other) {
        boolean first = other.standstill().isEmpty()
                || (one.standstill().isPresent() && isBefore(one.since(), reason(one), other.since(), reason(other)));
        TriggerObservation longer = first ? one : other;
        return new TriggerObservation(
                one.inFlight() + other.inFlight(),
                longer.standstill(),
                longer.since(),
                one.lastFailure().or(other::lastFailure),
                one.lastUnusableReply().or(other::lastUnusableReply),
                earlier(one.lastLoss(), other.lastLoss()),
                earlier(one.nearRetention(), other.nearRetention()));
    }

    private static String reason(TriggerObservation seen) {
        return seen.standstill().map(Standstill::reason).orElse("");
    }

    private static boolean isBefore(Instant one, String name, Instant other, String otherName) {
        int order = one.compareTo(other);
        return order < 0 || (order == 0 && name.compareTo(otherName) <= 0);
    }

    private static Optional<Loss> earlier(Optional<Loss> one, Optional<Loss> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        return isBefore(
                        one.get().at(),
                        one.get().message(),
                        other.get().at(),
                        other.get().message())
                ? one
                : other;
    }

    private static SourceObservation merged(SourceObservation one, SourceObservation other) {
        Map<String, Map.Entry<SourceCondition, Instant>> byType = new HashMap<>();
        for (SourceObservation each : new SourceObservation[] {one, other}) {
            each.conditions()
                    .entrySet()
                    .forEach(entry -> byType.merge(
                            entry.getKey().type(), entry, (a, b) -> WORST_FIRST.compare(a, b) <= 0 ? a : b));
        }
        Map<SourceCondition, Instant> conditions = new HashMap<>();
        byType.values().forEach(entry -> conditions.put(entry.getKey(), entry.getValue()));
        boolean first = other.problem().isEmpty()
                || (one.problem().isPresent()
                        && isBefore(
                                one.since(),
                                one.problem().get(),
                                other.since(),
                                other.problem().get()));
        SourceObservation worse = first ? one : other;
        return new SourceObservation(
                conditions, worse.problem(), worse.since(), one.webhook().or(other::webhook));
    }

    private static int rank(SourceCondition condition) {
        return switch (condition.state()) {
            case FALSE -> 0;
            case UNKNOWN -> 1;
            case TRUE -> 2;
        };
    }
}
