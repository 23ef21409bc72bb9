/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.ConditionTypes.ADDRESSABLE;
import static dev.sluice.control.reconcile.ConditionTypes.BROKER_READY;
import static dev.sluice.control.reconcile.ConditionTypes.DEAD_LETTER_SINK_RESOLVED;
import static dev.sluice.control.reconcile.ConditionTypes.DEPENDENCY_READY;
import static dev.sluice.control.reconcile.ConditionTypes.EVENT_POLICIES_READY;
import static dev.sluice.control.reconcile.ConditionTypes.FILTER_READY;
import static dev.sluice.control.reconcile.ConditionTypes.INGRESS_READY;
import static dev.sluice.control.reconcile.ConditionTypes.OIDC_IDENTITY_CREATED;
import static dev.sluice.control.reconcile.ConditionTypes.SUBSCRIBER_RESOLVED;
import static dev.sluice.control.reconcile.ConditionTypes.SUBSCRIPTION_READY;
import static dev.sluice.control.reconcile.ConditionTypes.TRIGGER_CHANNEL_READY;

import dev.sluice.api.filter.Filter;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.control.filter.CompiledFilter;
import dev.sluice.control.filter.FilterCompiler;
import dev.sluice.control.filter.FilterProblem;
import dev.sluice.control.reconcile.Conditions.Mark;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.DeliverySpec;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.store.References;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.TargetKey;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what should be in force. Pure: the same resources after the same table give the same result. Safe for any
 * thread.
 *
 * <p>The previous table counts in one way only: what was in force of a Broker or Trigger (the same UID) and can't be
 * resolved any more stays as it was, so that a mistake never takes down what works.
 */
public final class Reconciler {

    /** The reason of what only processes with other roles know. */
    static final String ELSEWHERE = "InOtherProcesses";

    private static final String STAYS_IN_FORCE = "; the last good version stays in force";
    private static final String STAYS_AS_IT_WAS =
            "; what it was counts on, and everything else of the resource counts as it is written";

    private static final Mark TAKEN_IN_ELSEWHERE =
            Mark.isTrue(ELSEWHERE, "events are taken in by processes with --role=broker");
    private static final Mark DELIVERED_ELSEWHERE =
            Mark.isTrue(ELSEWHERE, "events are delivered by processes with --role=dispatcher");
    private static final Mark KNOWN_ELSEWHERE =
            Mark.unknown(ELSEWHERE, "whether it gets events is known to the processes with --role=dispatcher");

    private final ReconcilerSettings settings;
    private final IngressAddress ingress;

    public Reconciler(ReconcilerSettings settings) {
        this.settings = settings;
        ingress = new IngressAddress(settings.ingressUrl());
    }

    /** The channel that a Broker asks for, whether it can be had or not; empty if its ConfigMap is not there to say. */
    public Optional<ChannelSpec> channelOf(Broker broker, Resources resources) {
        ChannelChoice choice = ChannelChoice.of(
                ResourceKey.nameOf(broker), broker, resources, settings.defaultChannel(), settings.channelTypes());
        return choice.isKnown() ? Optional.of(choice.spec()) : Optional.empty();
    }

    /** @param previous the table that is in force */
    Reconciliation reconcile(Resources resources, RoutingTable previous) {
        return new Run(resources, previous, Reconciliation.NOTHING).reconcile();
    }

    /**
     * As if everything were decided anew; what was decided about a Trigger that has not changed is taken over.
     *
     * @param previous what is in force
     */
    Reconciliation reconcile(Resources resources, Reconciliation previous) {
        return new Run(resources, previous.table(), previous).reconcile();
    }

    private final class Run {

        private final Resources resources;
        private final RoutingTable previous;
        private final Reconciliation last;
        /** What is decided about a Trigger depends on nothing else than itself, the Brokers, and what it refers to. */
        private final boolean sameBrokers;

        private final Set<TargetKey> changedTargets;
        /** One for all that are equal: most Triggers have the same. Nobody changes them any more. */
        private final Map<Map<String, Mark>, Conditions> shared = new HashMap<>();

        private final Destinations destinations;
        private final Map<ResourceName, BrokerDraft> brokers = new HashMap<>();
        private final Map<ResourceName, TriggerDraft> triggers = new HashMap<>();
        private final Map<ResourceName, Map<ResourceName, TriggerRoute>> routes = new HashMap<>();
        private final Set<String> awaited;

        Run(Resources resources, RoutingTable previous, Reconciliation last) {
            this.resources = resources;
            this.previous = previous;
            this.last = last;
            sameBrokers = areSame(resources.brokers(), last.resources().brokers())
                    && rejectedBrokers(resources).equals(rejectedBrokers(last.resources()));
            changedTargets = resources.targets().differencesTo(last.resources().targets());
            destinations = new Destinations(resources, ingress);
            awaited = new HashSet<>(resources.awaited());
        }

        Reconciliation reconcile() {
            resources.brokers().forEach((name, broker) -> {
                if (Annotations.isOurs(broker)) {
                    brokers.put(name, broker(name, broker));
                }
            });
            resources.rejected().forEach((key, rejected) -> {
                if (key.kind().equals("Broker")) {
                    brokers.compute(key.name(), (name, draft) -> rejected(name, rejected, draft));
                }
            });
            resources.triggers().forEach(this::trigger);
            resources.rejected().forEach((key, rejected) -> {
                if (key.kind().equals("Trigger")) {
                    rejectedTrigger(key.name(), rejected);
                }
            });
            Map<ResourceName, BrokerRoute> table = new HashMap<>();
            brokers.forEach((name, draft) -> table.put(
                    name,
                    new BrokerRoute(
                            name,
                            draft.uid(),
                            draft.channel(),
                            draft.notReady(),
                            routes.getOrDefault(name, Map.of()))));
            SourceDecisions sources = new SourceReconciler(resources, destinations, last.sources(), settings).decide();
            // What can't be read in a file may be anything; an object of a cluster has its name and its UID all the
            // same.
            boolean complete = resources.current()
                    && (resources.targets().canLookUp()
                            || resources.problems().stream()
                                    .noneMatch(problem -> problem.severity() == Severity.ERROR));
            return new Reconciliation(
                    resources, new RoutingTable(table, awaited, complete), brokers, triggers, sources);
        }

        private static boolean areSame(Map<ResourceName, Broker> some, Map<ResourceName, Broker> others) {
            if (some.size() != others.size()) {
                return false;
            }
            for (Map.Entry<ResourceName, Broker> entry : some.entrySet()) {
                if (!isSameObject(entry.getValue(), others.get(entry.getKey()))) {
                    return false;
                }
            }
            return true;
        }

        private BrokerDraft broker(ResourceName name, Broker broker) {
            String uid = broker.getMetadata().getUid();
            BrokerRoute before = previous.broker(name);
            ChannelSpec inForce = before != null
                            && before.uid().equals(uid)
                            && before.notReady().isEmpty()
                    ? before.channel()
                    : null;
            Conditions conditions = new Conditions(ConditionTypes.OF_BROKER);
            conditions.mark(INGRESS_READY, settings.takesIn() ? Mark.TRUE : TAKEN_IN_ELSEWHERE);
            conditions.mark(FILTER_READY, settings.delivers() ? Mark.TRUE : DELIVERED_ELSEWHERE);
            conditions.mark(ADDRESSABLE, Mark.TRUE);
            conditions.mark(
                    EVENT_POLICIES_READY,
                    Mark.isTrue("OIDCDisabled", "authentication is off; every sender is allowed"));

            ChannelChoice choice =
                    ChannelChoice.of(name, broker, resources, settings.defaultChannel(), settings.channelTypes());
            ChannelSpec channel = choice.problem().isEmpty() || inForce == null ? choice.spec() : inForce;
            conditions.mark(TRIGGER_CHANNEL_READY, choice.problem().orElse(Mark.TRUE));
            DestinationSpec sinkSpec = deadLetterSink(broker.getSpec().getDelivery());
            Optional<Destination> sink = Optional.empty();
            if (sinkSpec == null) {
                conditions.mark(DEAD_LETTER_SINK_RESOLVED, Mark.isTrue("DeadLetterSinkNotConfigured", ""));
            } else {
                Resolution resolution =
                        destinations.resolve(sinkSpec, name.namespace(), "spec.delivery.deadLetterSink");
                sink = resolved(resolution);
                conditions.mark(DEAD_LETTER_SINK_RESOLVED, mark(resolution));
            }
            if (inForce != null) {
                conditions.addToFailures("; what was in force of the Broker before stays in force");
            }
            Mark ready = conditions.ready();
            Optional<String> notReady = ready.state() == Conditions.State.TRUE || inForce != null
                    ? Optional.empty()
                    : Optional.of(ready.reason() + ": " + ready.message());
            return new BrokerDraft(uid, generation(broker), conditions, channel, notReady, ingress.of(name), sink);
        }

        /** A Broker with something wrong goes on as it was, or can't begin. */
        private BrokerDraft rejected(ResourceName name, Rejected rejected, @Nullable BrokerDraft inForce) {
            if (inForce != null) {
                Conditions conditions = new Conditions(inForce.conditions());
                conditions.mark(TRIGGER_CHANNEL_READY, mark(rejected, whatCounts(rejected)));
                return new BrokerDraft(
                        inForce.uid(),
                        rejected.generation(),
                        conditions,
                        inForce.channel(),
                        inForce.notReady(),
                        inForce.address(),
                        inForce.deadLetterSink());
            }
            Conditions conditions = new Conditions(ConditionTypes.OF_BROKER);
            Mark mark = mark(rejected, "");
            conditions.mark(TRIGGER_CHANNEL_READY, mark);
            var nowhere = new ChannelSpec(settings.defaultChannel(), name, rejected.uid(), Map.of(), Map.of());
            return new BrokerDraft(
                    rejected.uid(),
                    rejected.generation(),
                    conditions,
                    nowhere,
                    Optional.of(mark.reason() + ": " + mark.message()),
                    ingress.of(name),
                    Optional.empty());
        }

        /** The same for a Trigger, which keeps its position meanwhile. */
        private void rejectedTrigger(ResourceName name, Rejected rejected) {
            TriggerDraft inForce = triggers.get(name);
            if (inForce == null) {
                ResourceName brokerName = rejected.broker().orElse(null);
                if (brokerName != null
                        && !brokers.containsKey(brokerName)
                        && resources.brokers().containsKey(brokerName)) {
                    return; // Its Broker is of another class, and so it is not ours either.
                }
                Conditions conditions = new Conditions(ConditionTypes.OF_TRIGGER);
                conditions.mark(SUBSCRIPTION_READY, mark(rejected, ""));
                triggers.put(
                        name,
                        new TriggerDraft(
                                brokerName == null ? name : brokerName,
                                rejected.generation(),
                                conditions,
                                Optional.empty(),
                                Optional.empty()));
                awaited.add(rejected.uid());
                return;
            }
            Conditions conditions = new Conditions(inForce.conditions());
            conditions.mark(SUBSCRIPTION_READY, mark(rejected, whatCounts(rejected)));
            triggers.put(
                    name,
                    new TriggerDraft(
                            inForce.broker(),
                            rejected.generation(),
                            conditions,
                            inForce.route(),
                            inForce.subscriber()));
        }

        private void trigger(ResourceName name, Trigger trigger) {
            TriggerDraft decided = sameBrokers
                            && !refersToChanged(trigger)
                            && !isRejected(name)
                            && isSameObject(trigger, last.resources().triggers().get(name))
                    ? last.trigger(name)
                    : null;
            TriggerDraft draft = decided == null ? decide(name, trigger) : decided;
            if (draft == null) {
                return;
            }
            triggers.put(name, draft);
            if (draft.route().isPresent()) {
                routes.computeIfAbsent(draft.broker(), key -> new HashMap<>())
                        .put(name, draft.route().get());
            } else if (brokers.containsKey(draft.broker())) {
                awaited.add(trigger.getMetadata().getUid());
            }
        }

        private boolean isRejected(ResourceName name) {
            ResourceKey key = new ResourceKey("Trigger", name);
            return resources.rejected().containsKey(key)
                    || last.resources().rejected().containsKey(key);
        }

        private boolean refersToChanged(Trigger trigger) {
            if (changedTargets.isEmpty()) {
                return false;
            }
            Broker broker = resources
                    .brokers()
                    .get(new ResourceName(
                            trigger.getMetadata().getNamespace(),
                            trigger.getSpec().brokerName()));
            return !Collections.disjoint(References.of(trigger), changedTargets)
                    || (broker != null && !Collections.disjoint(References.of(broker), changedTargets));
        }

        /** Answers null if the Trigger is not ours. */
        private @Nullable TriggerDraft decide(ResourceName name, Trigger trigger) {
            ResourceName brokerName =
                    new ResourceName(name.namespace(), trigger.getSpec().brokerName());
            BrokerDraft broker = brokers.get(brokerName);
            if (!brokers.containsKey(brokerName) && resources.brokers().containsKey(brokerName)) {
                return null; // Its Broker is of another class, and so it is not ours either.
            }
            String uid = trigger.getMetadata().getUid();
            // Nothing is in force of a Trigger whose Broker is gone.
            TriggerRoute before = broker == null ? null : before(brokerName, name, uid);
            Conditions conditions = new Conditions(ConditionTypes.OF_TRIGGER);
            conditions.mark(
                    OIDC_IDENTITY_CREATED, Mark.isTrue("OIDCDisabled", "authentication is off; no identity is needed"));
            dependency(name, trigger, conditions);

            Filter filter = filter(trigger, conditions);
            Resolution resolution = destinations.resolve(
                    Objects.requireNonNullElseGet(trigger.getSpec().getSubscriber(), DestinationSpec::new),
                    name.namespace(),
                    "spec.subscriber");
            conditions.mark(SUBSCRIBER_RESOLVED, mark(resolution));
            Optional<Destination> subscriber = resolved(resolution);
            Optional<Delivery> delivery = delivery(name, trigger, brokerName, conditions);
            Optional<Policies> policies = delivery.flatMap(resolved -> policies(trigger, resolved, conditions));

            TriggerRoute route = null;
            if (filter != null && subscriber.isPresent() && delivery.isPresent() && policies.isPresent()) {
                route = new TriggerRoute(
                        name,
                        uid,
                        generation(trigger),
                        filter,
                        subscriber.get(),
                        delivery.get(),
                        reply(trigger),
                        policies.get().ordering(),
                        policies.get().pacing(),
                        policies.get().startFrom());
            } else if (before != null) {
                route = before;
                conditions.addToFailures(
                        "; the last good version (generation " + before.generation() + ") stays in force");
            }
            if (route != null && !settings.delivers()) {
                conditions.mark(SUBSCRIPTION_READY, KNOWN_ELSEWHERE);
            }
            if (broker == null) {
                conditions.mark(
                        BROKER_READY,
                        Mark.isFalse(
                                "BrokerDoesNotExist",
                                "there is no Broker " + brokerName + "; create it, or correct spec.broker"));
            }
            return new TriggerDraft(
                    brokerName,
                    generation(trigger),
                    shared.computeIfAbsent(conditions.marks(), first -> conditions),
                    Optional.ofNullable(broker == null ? null : route),
                    subscriber);
        }

        private @Nullable TriggerRoute before(ResourceName broker, ResourceName trigger, String uid) {
            BrokerRoute route = previous.broker(broker);
            TriggerRoute before = route == null ? null : route.triggers().get(trigger);
            return before != null && before.uid().equals(uid) ? before : null;
        }

        private static @Nullable Filter filter(Trigger trigger, Conditions conditions) {
            CompiledFilter compiled = FilterCompiler.compile(trigger.getSpec());
            if (compiled.filter().isPresent()) {
                return compiled.filter().get();
            }
            List<String> messages = new ArrayList<>();
            for (FilterProblem problem : compiled.problems()) {
                messages.add(problem.message());
            }
            conditions.mark(SUBSCRIPTION_READY, Mark.isFalse("InvalidFilter", String.join(" | ", messages)));
            return null;
        }

        private void dependency(ResourceName name, Trigger trigger, Conditions conditions) {
            TargetKey dependency = References.dependency(trigger).orElse(null);
            if (dependency == null) {
                conditions.mark(DEPENDENCY_READY, Mark.TRUE);
            } else if (resources.targets().canLookUp()) {
                conditions.mark(
                        DEPENDENCY_READY,
                        Dependency.mark(dependency, resources.targets().get(dependency)));
            } else {
                conditions.mark(
                        DEPENDENCY_READY,
                        Mark.isFalse(
                                "DependencyDoesNotExist",
                                "the annotation " + Annotations.DEPENDENCY + " of " + name
                                        + " names a resource that can't be looked up without a Kubernetes cluster;"
                                        + " remove the annotation"));
            }
        }

        private Optional<Delivery> delivery(
                ResourceName name, Trigger trigger, ResourceName brokerName, Conditions conditions) {
            Broker broker = resources.brokers().get(brokerName);
            DeliverySpec own = trigger.getSpec().getDelivery();
            DeliverySpec brokers = broker == null ? null : broker.getSpec().getDelivery();
            Optional<Destination> sink = Optional.empty();
            DestinationSpec ownSink = deadLetterSink(own);
            DestinationSpec sinkSpec = ownSink == null ? deadLetterSink(brokers) : ownSink;
            if (sinkSpec == null) {
                conditions.mark(DEAD_LETTER_SINK_RESOLVED, Mark.isTrue("DeadLetterSinkNotConfigured", ""));
            } else {
                Resolution resolution = destinations.resolve(
                        sinkSpec,
                        name.namespace(),
                        (ownSink == null
                                ? "spec.delivery.deadLetterSink of the Broker"
                                : "spec.delivery.deadLetterSink"));
                conditions.mark(DEAD_LETTER_SINK_RESOLVED, mark(resolution));
                sink = resolved(resolution);
                if (sink.isEmpty()) {
                    return Optional.empty();
                }
            }
            try {
                return Optional.of(Deliveries.resolve(own == null ? brokers : own, trigger, broker, sink, settings));
            } catch (IllegalArgumentException e) {
                conditions.mark(
                        SUBSCRIPTION_READY,
                        Mark.isFalse("InvalidDelivery", "spec.delivery can't be used: " + e.getMessage()));
                return Optional.empty();
            }
        }
    }

    private static Optional<Policies> policies(Trigger trigger, Delivery delivery, Conditions conditions) {
        try {
            return Optional.of(Policies.of(trigger, delivery.deadLetterSink().isPresent()));
        } catch (IllegalArgumentException e) {
            conditions.mark(
                    SUBSCRIPTION_READY,
                    Mark.isFalse("InvalidDelivery", "metadata.annotations can't be used: " + e.getMessage()));
            return Optional.empty();
        }
    }

    private static TriggerRoute.ReplyPolicy reply(Trigger trigger) {
        String policy = Annotations.get(trigger, Annotations.REPLY);
        if ("strict".equals(policy)) {
            return TriggerRoute.ReplyPolicy.STRICT;
        }
        return "ignore".equals(policy) ? TriggerRoute.ReplyPolicy.IGNORE : TriggerRoute.ReplyPolicy.DEFAULT;
    }

    private static @Nullable DestinationSpec deadLetterSink(@Nullable DeliverySpec delivery) {
        return delivery == null ? null : delivery.getDeadLetterSink();
    }

    private static Optional<Destination> resolved(Resolution resolution) {
        return resolution instanceof Resolution.Resolved resolved
                ? Optional.of(resolved.destination())
                : Optional.empty();
    }

    private static String whatCounts(Rejected rejected) {
        return switch (rejected.cause()) {
            case INVALID -> STAYS_IN_FORCE;
            case IMMUTABLE_FIELD_CHANGED -> STAYS_AS_IT_WAS;
        };
    }

    /** @param more what becomes of the resource meanwhile */
    private static Mark mark(Rejected rejected, String more) {
        List<String> texts = new ArrayList<>();
        for (Problem problem : rejected.problems()) {
            texts.add(problem.aboutField());
        }
        return Mark.isFalse(reason(rejected), String.join(" | ", texts) + more);
    }

    /** By the first field that is wrong: what is to be mended first. */
    private static String reason(Rejected rejected) {
        if (rejected.cause() == Rejected.Cause.IMMUTABLE_FIELD_CHANGED) {
            return "ImmutableFieldChanged";
        }
        String field = rejected.problems().get(0).field();
        if (field.startsWith("spec.filter")) {
            return "InvalidFilter";
        }
        if (field.startsWith("spec.delivery") || field.startsWith("metadata.annotations")) {
            return "InvalidDelivery";
        }
        return field.startsWith("spec.subscriber") ? "InvalidDestination" : "InvalidSpec";
    }

    private static Map<ResourceName, Rejected> rejectedBrokers(Resources resources) {
        Map<ResourceName, Rejected> rejected = new HashMap<>();
        resources.rejected().forEach((key, value) -> {
            if (key.kind().equals("Broker")) {
                rejected.put(key.name(), value);
            }
        });
        return rejected;
    }

    private static Mark mark(Resolution resolution) {
        if (resolution instanceof Resolution.Pending pending) {
            return Mark.unknown(pending.reason(), pending.message());
        }
        return resolution instanceof Resolution.Unresolved unresolved
                ? Mark.isFalse(unresolved.reason(), unresolved.message())
                : Mark.TRUE;
    }

    /** A store makes an object anew with every change, and to compare thousands would cost what is to be saved. */
    static boolean isSameObject(@Nullable Object one, @Nullable Object other) {
        return one == other;
    }

    private static long generation(HasMetadata resource) {
        Long generation = resource.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }
}
