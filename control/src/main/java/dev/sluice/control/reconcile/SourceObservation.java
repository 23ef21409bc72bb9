/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceCondition;
import dev.sluice.control.resource.SourceStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What its status shows of a source that runs, at one moment.
 *
 * @param conditions as its adapter said last, and since when each stands so
 * @param problem why it does not run as it should, for people; empty if it does
 * @param since when that began; of no matter where there is no problem
 * @param webhook where requests to it go
 */
public record SourceObservation(
        Map<SourceCondition, Instant> conditions, Optional<String> problem, Instant since, Optional<URI> webhook) {

    /** Key of {@code status.annotations}. */
    private static final String WEBHOOK = "sluice.dev/webhook";

    public SourceObservation {
        conditions = Map.copyOf(conditions);
        requireNonNull(problem, "problem");
        requireNonNull(since, "since");
        requireNonNull(webhook, "webhook");
    }

    /** The status with what was seen in it, and what follows for {@code Ready}. */
    public SourceStatus shownIn(SourceStatus status) {
        SourceStatus shown = status.copy();
        Map<String, Condition> byType = new TreeMap<>();
        List<Condition> before = status.getConditions() == null ? List.of() : status.getConditions();
        before.forEach(condition -> byType.put(condition.getType(), condition));
        conditions.forEach((condition, since) -> {
            Condition decided = byType.get(condition.type());
            if (decided == null) {
                Condition more = written(condition, since);
                // Knative's word for a condition that Ready does not depend on.
                more.setAdditionalProperty("severity", "Info");
                byType.put(condition.type(), more);
            } else if ("True".equals(decided.getStatus())) {
                byType.put(condition.type(), written(condition, since));
            }
        });
        Condition ready = byType.get(Conditions.READY);
        Condition worst = worst(byType);
        if (ready != null && worst != null && "True".equals(ready.getStatus())) {
            byType.put(Conditions.READY, copied(worst));
        } else if (ready != null && "True".equals(ready.getStatus())) {
            problem.ifPresent(text -> byType.put(
                    Conditions.READY, written(SourceCondition.isFalse(Conditions.READY, "NotRunning", text), since)));
        }
        List<Condition> sorted = new ArrayList<>(byType.values());
        sorted.sort(Comparator.comparing(Condition::getType));
        shown.setConditions(List.copyOf(sorted));
        webhook.ifPresent(url -> {
            Map<String, String> annotations = new TreeMap<>();
            if (status.getAnnotations() != null) {
                annotations.putAll(status.getAnnotations());
            }
            annotations.put(WEBHOOK, url.toString());
            shown.setAnnotations(annotations);
        });
        return shown;
    }

    /** One that keeps it from being Ready; null if there is none. */
    private static @Nullable Condition worst(Map<String, Condition> byType) {
        Condition worst = null;
        for (Condition condition : byType.values()) {
            boolean counts = !condition.getType().equals(Conditions.READY)
                    && !condition.getAdditionalProperties().containsKey("severity")
                    && !"True".equals(condition.getStatus());
            if (counts && (worst == null || "False".equals(condition.getStatus()))) {
                worst = condition;
            }
        }
        return worst;
    }

    private static Condition copied(Condition cause) {
        Condition ready = new Condition();
        ready.setType(Conditions.READY);
        ready.setStatus(cause.getStatus());
        ready.setReason(cause.getReason());
        ready.setMessage(cause.getMessage());
        ready.setLastTransitionTime(cause.getLastTransitionTime());
        return ready;
    }

    private static Condition written(SourceCondition condition, Instant since) {
        Condition written = new Condition();
        written.setType(condition.type());
        written.setStatus(
                switch (condition.state()) {
                    case TRUE -> "True";
                    case FALSE -> "False";
                    case UNKNOWN -> "Unknown";
                });
        written.setReason(condition.reason().isEmpty() ? null : condition.reason());
        written.setMessage(condition.message().isEmpty() ? null : condition.message());
        written.setLastTransitionTime(since.truncatedTo(ChronoUnit.SECONDS).toString());
        return written;
    }
}
