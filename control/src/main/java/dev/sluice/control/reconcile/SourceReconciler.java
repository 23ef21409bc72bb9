/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.ConditionTypes.DEAD_LETTER_SINK_RESOLVED;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.binding.WorkloadKind;
import dev.sluice.control.reconcile.Conditions.Mark;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.SourceKinds;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
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

    private static final String OIDC_TOKEN_SECRET_CREATED = "OIDCTokenSecretCreated";

    /** Knative's: whether a workload has been told its sink, of which nothing can be said before that is known. */
    private static final String SINK_BINDING_READY = "SinkBindingReady";

    private static final Mark NO_OIDC = Mark.isTrue("OIDCDisabled", "authentication is off; no identity is needed");

    private static final String STAYS_IN_FORCE = "; the last good version stays in force";
    private static final String STAYS_AS_IT_WAS =
            "; what it was counts on, and everything else of the resource counts as it is written";

    private static final Mark ELSEWHERE =
            Mark.unknown(Reconciler.ELSEWHERE, "sources run in processes with --role=sources");
    private static final Mark KNOWN_ELSEWHERE = Mark.isTrue(
            Reconciler.ELSEWHERE, "how it does is known to the processes with --role=sources, which run it");

    private final Resources resources;
    private final Destinations destinations;
    private final SourceTable previous;
    private final ReconcilerSettings settings;
    private final Map<SourceName, SourceRoute> routes = new HashMap<>();
    /** The same of those that the cluster runs. */
    private final Map<SourceName, SourceRoute> bound = new HashMap<>();

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
    }

    SourceDecisions decide() {
        List<Map.Entry<SourceName, Source>> oldestFirst =
                new ArrayList<>(resources.sources().entrySet());
        oldestFirst.sort(Comparator.comparing((Map.Entry<SourceName, Source> entry) -> created(entry.getValue()))
                .thenComparing(Map.Entry::getKey));
        oldestFirst.forEach(entry -> decide(entry.getKey(), entry.getValue()));
        resources
                .rejected()
                .forEach((key, rejected) -> SourceKinds.find(key.kind())
                        .ifPresent(kind -> reject(new SourceName(key.kind(), key.name()), kind, rejected)));
        return new SourceDecisions(new SourceTable(routes, waiting), bound, drafts);
    }

    /** What does not count as it is written goes on as it was, or can't begin. */
    private void reject(SourceName name, SourceKind kind, Rejected rejected) {
        SourceDraft inForce = drafts.get(name);
        boolean ofSink = rejected.problems().get(0).field().startsWith("spec.sink");
        StringJoiner why = new StringJoiner(" | ");
        rejected.problems().forEach(problem -> why.add(problem.aboutField()));
        Conditions conditions =
                inForce == null ? new Conditions(dependents(kind, false)) : new Conditions(inForce.conditions());
        // There is no condition for it among Knative's. Ready shows it, whichever it is.
        boolean isChanged = rejected.cause() == Rejected.Cause.IMMUTABLE_FIELD_CHANGED;
        String reason = isChanged ? "ImmutableFieldChanged" : ofSink ? "InvalidDestination" : "InvalidSpec";
        String meanwhile = isChanged ? STAYS_AS_IT_WAS : STAYS_IN_FORCE;
        conditions.mark(
                ofSink || kind.conditions().isEmpty()
                        ? SINK_PROVIDED
                        : kind.conditions().get(0),
                Mark.isFalse(reason, why + (inForce == null ? "" : meanwhile)));
        if (inForce == null && !(kind instanceof WorkloadKind)) {
            waiting.put(name, conditions.ready().message());
        }
        drafts.put(
                name,
                new SourceDraft(
                        rejected.generation(),
                        conditions,
                        inForce == null ? Optional.empty() : inForce.sink(),
                        inForce == null ? List.of() : inForce.events()));
    }

    private static List<String> dependents(SourceKind kind, boolean hasSecrets) {
        List<String> types = new ArrayList<>(kind.conditions());
        if (hasSecrets && !types.contains(SECRETS_PROVIDED)) {
            types.add(SECRETS_PROVIDED);
        }
        types.add(SINK_PROVIDED);
        return types;
    }

    private static String created(Source source) {
        String time = source.getMetadata().getCreationTimestamp();
        return time == null ? "" : time;
    }

    private void decide(SourceName name, Source source) {
        if (source.sourceKind() instanceof WorkloadKind) {
            decideOfCluster(name, source);
        } else {
            decideHere(name, source);
        }
    }

    /** Of one that the cluster runs: how its workloads are is added by who looks at them. */
    private void decideOfCluster(SourceName name, Source source) {
        List<String> types = dependents(source.sourceKind(), false);
        Conditions conditions = new Conditions(types);
        types.forEach(type -> conditions.mark(type, Mark.TRUE));
        for (String type : List.of(OIDC_IDENTITY_CREATED, OIDC_TOKEN_SECRET_CREATED)) {
            if (types.contains(type)) {
                conditions.mark(type, NO_OIDC);
            }
        }
        Optional<Destination> sink = resolved(source, source.sink(), "spec.sink", SINK_PROVIDED, conditions);
        if (sink.isPresent()) {
            bound.put(
                    name,
                    new SourceRoute(
                            name,
                            source.getMetadata().getUid(),
                            generation(source),
                            source.definition(),
                            sink.get(),
                            source.overrides(),
                            SecretValues.none()));
        } else {
            conditions.addToFailures("; what its workloads have been told stays as it is");
            if (types.contains(SINK_BINDING_READY)) {
                conditions.mark(SINK_BINDING_READY, conditions.get(SINK_PROVIDED));
            }
        }
        drafts.put(name, new SourceDraft(generation(source), conditions, sink, List.of()));
    }

    private void decideHere(SourceName name, Source source) {
        List<String> types =
                dependents(source.sourceKind(), !source.definition().secrets().isEmpty());
        DestinationSpec deadLetterSink =
                source.delivery() == null ? null : source.delivery().getDeadLetterSink();
        if (deadLetterSink != null) {
            types.add(types.indexOf(SINK_PROVIDED), DEAD_LETTER_SINK_RESOLVED);
        }
        Conditions conditions = new Conditions(types);
        for (String type : types) {
            conditions.mark(type, untold());
        }
        if (types.contains(OIDC_IDENTITY_CREATED)) {
            conditions.mark(OIDC_IDENTITY_CREATED, NO_OIDC);
        }
        if (types.contains(SECRETS_PROVIDED)) {
            conditions.mark(SECRETS_PROVIDED, Mark.TRUE);
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

    /** What is to be said of a source as long as it says nothing of itself. */
    private Mark untold() {
        return switch (settings.sources()) {
            case HERE -> Mark.TRUE;
            case ELSEWHERE_AND_TOLD_HERE -> KNOWN_ELSEWHERE;
            case ELSEWHERE -> ELSEWHERE;
        };
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
            return SourceSecrets.of(source, resources.secrets());
        } catch (SourceSecrets.MissingException e) {
            conditions.mark(SECRETS_PROVIDED, missing(e));
            return null;
        }
    }

    private Mark missing(SourceSecrets.MissingException missing) {
        ResourceName secret = missing.secret();
        Target known = resources.targets().get(TargetKey.secret(secret));
        if (resources.targets().canLookUp() && !resources.secrets().containsKey(secret)) {
            if (known instanceof Target.Unseen) {
                return Mark.unknown("NotYetKnown", "Secret " + secret + " is being looked up");
            }
            if (known instanceof Target.Forbidden) {
                return Mark.isFalse(
                        "SecretForbidden",
                        "Sluice may not read Secret " + secret + "; allow its service accounts to get, list and watch"
                                + " the Secrets of namespace " + secret.namespace());
            }
        }
        return Mark.isFalse(missing.reason(), String.valueOf(missing.getMessage()));
    }

    private static long generation(Source source) {
        Long generation = source.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }
}
