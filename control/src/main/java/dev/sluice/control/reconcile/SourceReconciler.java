/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.ConditionTypes.DEAD_LETTER_SINK_RESOLVED;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.reconcile.Conditions.Mark;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.Source;
import dev.sluice.control.store.Resources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides which sources are to run, and with what. Pure. As with Triggers, what was in force of a source (the same UID)
 * and can't be resolved any more stays as it was.
 */
final class SourceReconciler {

    static final String SINK_PROVIDED = "SinkProvided";
    static final String SECRETS_PROVIDED = "SecretsProvided";

    /** Knative's; nothing of the kind is needed while authentication is off. */
    private static final String OIDC_IDENTITY_CREATED = "OIDCIdentityCreated";

    private static final Mark ELSEWHERE =
            Mark.unknown("InOtherProcesses", "sources run in processes with --role=sources");

    private final Resources resources;
    private final Destinations destinations;
    private final SourceTable previous;
    private final ReconcilerSettings settings;
    /** Whether sources run in this process; else others have them. */
    private final boolean runHere;

    private final Map<SourceName, SourceRoute> routes = new HashMap<>();
    private final Map<SourceName, String> waiting = new HashMap<>();
    private final Map<SourceName, SourceDraft> drafts = new HashMap<>();
    /** Who has the webhook of a name: of two kinds that ask for one, the older resource. */
    private final Map<ResourceName, SourceName> webhooks = new HashMap<>();

    /** @param previous the table that is in force */
    SourceReconciler(
            Resources resources, Destinations destinations, SourceTable previous, ReconcilerSettings settings) {
        this.resources = resources;
        this.destinations = destinations;
        this.previous = previous;
        this.settings = settings;
        runHere = settings.runsSources();
    }

    SourceDecisions decide() {
        List<Map.Entry<SourceName, Source>> oldestFirst =
                new ArrayList<>(resources.sources().entrySet());
        oldestFirst.sort(Comparator.comparing((Map.Entry<SourceName, Source> entry) -> created(entry.getValue()))
                .thenComparing(Map.Entry::getKey));
        oldestFirst.forEach(entry -> decide(entry.getKey(), entry.getValue()));
        return new SourceDecisions(new SourceTable(routes, waiting), drafts);
    }

    private static String created(Source source) {
        String time = source.getMetadata().getCreationTimestamp();
        return time == null ? "" : time;
    }

    private void decide(SourceName name, Source source) {
        List<String> types = new ArrayList<>(source.sourceKind().conditions());
        if (!source.definition().secrets().isEmpty() && !types.contains(SECRETS_PROVIDED)) {
            types.add(SECRETS_PROVIDED);
        }
        DestinationSpec deadLetterSink =
                source.delivery() == null ? null : source.delivery().getDeadLetterSink();
        if (deadLetterSink != null) {
            types.add(DEAD_LETTER_SINK_RESOLVED);
        }
        types.add(SINK_PROVIDED);
        Conditions conditions = new Conditions(types);
        for (String type : types) {
            conditions.mark(type, runHere ? Mark.TRUE : ELSEWHERE);
        }
        if (types.contains(OIDC_IDENTITY_CREATED)) {
            conditions.mark(
                    OIDC_IDENTITY_CREATED, Mark.isTrue("OIDCDisabled", "authentication is off; no identity is needed"));
        }
        Optional<Destination> sink = resolved(source, source.sink(), "spec.sink", SINK_PROVIDED, conditions);
        Optional<Destination> letters = deadLetterSink == null
                ? Optional.empty()
                : resolved(
                        source, deadLetterSink, "spec.delivery.deadLetterSink", DEAD_LETTER_SINK_RESOLVED, conditions);
        // Without its sink a dead letter would be lost.
        boolean lettersGo = deadLetterSink == null || letters.isPresent();
        SecretValues secrets = secrets(source, conditions);
        boolean hasPlace = hasPlace(name, source, conditions);

        SourceRoute before = previous.source(name);
        String uid = source.getMetadata().getUid();
        if (before != null && !before.uid().equals(uid)) {
            before = null;
        }
        if (hasPlace && sink.isPresent() && lettersGo && secrets != null) {
            routes.put(
                    name,
                    new SourceRoute(
                            name,
                            uid,
                            generation(source),
                            source.definition(),
                            sink.get(),
                            source.overrides(),
                            secrets,
                            source.sourceKind().hasDelivery()
                                    ? Optional.of(Deliveries.ofSource(source.delivery(), letters, settings))
                                    : Optional.empty()));
        } else if (hasPlace && before != null) {
            routes.put(name, before);
            conditions.addToFailures("; the last good version (generation " + before.generation() + ") stays in force");
        } else if (hasPlace) {
            waiting.put(name, conditions.ready().message());
        }
        drafts.put(
                name,
                new SourceDraft(
                        generation(source),
                        conditions,
                        sink,
                        source.definition().events()));
    }

    private Optional<Destination> resolved(
            Source source, DestinationSpec spec, String field, String condition, Conditions conditions) {
        Resolution resolution = destinations.resolve(spec, source.getMetadata().getNamespace(), field);
        if (resolution instanceof Resolution.Resolved resolved) {
            conditions.mark(condition, Mark.TRUE);
            return Optional.of(resolved.destination());
        }
        conditions.mark(
                condition,
                resolution instanceof Resolution.Unresolved unresolved
                        ? Mark.isFalse(unresolved.reason(), unresolved.message())
                        : Mark.unknown("NotYetKnown", field + " is being looked up"));
        return Optional.empty();
    }

    /** Whether no older source has the path of its webhook. */
    private boolean hasPlace(SourceName name, Source source, Conditions conditions) {
        if (!source.definition().hasWebhook()) {
            return true;
        }
        SourceName owner = webhooks.putIfAbsent(name.name(), name);
        if (owner == null) {
            return true;
        }
        conditions.mark(
                SINK_PROVIDED,
                Mark.isFalse(
                        "PathTaken",
                        "requests to /" + name.name() + " are for " + owner
                                + ", which is older; rename one of the two"));
        return false;
    }

    /** Null if one is not there. */
    private @Nullable SecretValues secrets(Source source, Conditions conditions) {
        if (source.definition().secrets().isEmpty()) {
            return SecretValues.none();
        }
        try {
            SecretValues values = SourceSecrets.of(source, resources.secrets());
            conditions.mark(SECRETS_PROVIDED, Mark.TRUE);
            return values;
        } catch (SourceSecrets.MissingException e) {
            conditions.mark(SECRETS_PROVIDED, Mark.isFalse(e.reason(), String.valueOf(e.getMessage())));
            return null;
        }
    }

    private static long generation(Source source) {
        Long generation = source.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }
}
