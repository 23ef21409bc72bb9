/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.ConditionTypes.BROKER_READY;
import static dev.sluice.control.reconcile.ConditionTypes.INGRESS_READY;
import static dev.sluice.control.reconcile.ConditionTypes.SUBSCRIPTION_READY;
import static dev.sluice.control.reconcile.ConditionTypes.TRIGGER_CHANNEL_READY;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.reconcile.Conditions.Mark;
import dev.sluice.control.reconcile.Conditions.State;
import dev.sluice.control.resource.Addressable;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.KnativeStatus;
import dev.sluice.control.resource.TriggerStatus;
import dev.sluice.control.store.Resources;
import dev.sluice.control.text.Credentials;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the reconciler decided: the table, and the statuses that hold once the data plane has it in force. */
final class Reconciliation {

    /** What a channel keeps is not to be left behind, and the clients of one are there for as long as it is open. */
    private static final Mark CHANNEL_CHANGED = Mark.isTrue(
            "ChannelChanged",
            "what the Broker asks of its channel has changed since that was opened; it counts from the next start on");

    /** As the reconciler leaves it to the data plane. */
    private static final Mark UNDECIDED = Mark.unknown("", "");

    /** Of no resources at all, since nobody has looked yet: what is not here may be there. */
    static final Reconciliation NOTHING = new Reconciliation(
            Resources.none(), new RoutingTable(Map.of(), Set.of(), false), Map.of(), Map.of(), SourceDecisions.NOTHING);

    private final Resources resources;
    private final RoutingTable table;
    private final Map<ResourceName, BrokerDraft> brokers;
    private final Map<ResourceName, TriggerDraft> triggers;
    private final SourceDecisions sources;

    /** @param resources what it was decided from */
    Reconciliation(
            Resources resources,
            RoutingTable table,
            Map<ResourceName, BrokerDraft> brokers,
            Map<ResourceName, TriggerDraft> triggers,
            SourceDecisions sources) {
        this.resources = resources;
        this.table = table;
        this.brokers = Map.copyOf(brokers);
        this.triggers = Map.copyOf(triggers);
        this.sources = sources;
    }

    RoutingTable table() {
        return table;
    }

    /** The sources that are to run. */
    SourceTable sources() {
        return sources.table();
    }

    /** The sources that the cluster runs, with their sinks. */
    Map<SourceName, SourceRoute> bound() {
        return sources.bound();
    }

    Resources resources() {
        return resources;
    }

    /** What was decided about the Trigger; null if it is not ours. */
    @Nullable
    TriggerDraft trigger(ResourceName name) {
        return triggers.get(name);
    }

    /**
     * @param report what the data plane says of the table
     * @param previous the statuses published last, for the times of transitions
     */
    Statuses statuses(DataPlaneReport report, Statuses previous, Instant now) {
        return statuses(report, new InForce(NOTHING, report, previous), now);
    }

    /**
     * What decides nothing new about a Trigger takes its status over as it is, so that an edit of one among thousands
     * costs little more than that one.
     *
     * @param report what the data plane says of the table
     * @param last what was in force before, with the statuses of the resources that are still the same ones
     */
    Statuses statuses(DataPlaneReport report, InForce last, Instant now) {
        Statuses previous = last.statuses();
        Map<ResourceName, Mark> ready = new HashMap<>();
        Map<ResourceName, BrokerStatus> brokerStatuses = new HashMap<>();
        brokers.forEach((name, draft) -> {
            Conditions conditions = conditions(name, draft, report);
            ready.put(name, conditions.ready());
            BrokerStatus before = previous.brokers().get(name);
            brokerStatuses.put(
                    name, broker(draft, conditions.written(before == null ? null : before.getConditions(), now)));
        });
        Map<ResourceName, Mark> readyBefore = last.reconciliation().brokersReady(last.report());
        SharedConditions shared = new SharedConditions(now);
        Map<ResourceName, TriggerStatus> triggerStatuses = new HashMap<>();
        triggers.forEach((name, draft) -> {
            ResourceName brokerName = draft.broker();
            Mark broker = ready.get(brokerName);
            TriggerStatus before = previous.triggers().get(name);
            boolean same = before != null
                    && Reconciler.isSameObject(last.reconciliation().triggers.get(name), draft)
                    && Objects.equals(broker, readyBefore.get(brokerName))
                    && report.channelFailures().containsKey(brokerName)
                            == last.report().channelFailures().containsKey(brokerName)
                    && Objects.equals(
                            report.triggerFailures().get(name),
                            last.report().triggerFailures().get(name));
            if (same) {
                triggerStatuses.put(name, before);
                return;
            }
            Conditions conditions = new Conditions(draft.conditions());
            if (broker != null) {
                conditions.mark(BROKER_READY, propagated(brokerName, broker));
            }
            if (conditions.get(SUBSCRIPTION_READY).equals(UNDECIDED)) {
                conditions.mark(SUBSCRIPTION_READY, subscription(name, draft, report));
            }
            triggerStatuses.put(
                    name, trigger(draft, shared.written(conditions, before == null ? null : before.getConditions())));
        });
        return new Statuses(brokerStatuses, triggerStatuses, sources.statuses(previous.sources(), now));
    }

    private Map<ResourceName, Mark> brokersReady(DataPlaneReport report) {
        Map<ResourceName, Mark> ready = new HashMap<>();
        brokers.forEach(
                (name, draft) -> ready.put(name, conditions(name, draft, report).ready()));
        return ready;
    }

    private static Conditions conditions(ResourceName name, BrokerDraft draft, DataPlaneReport report) {
        Conditions conditions = new Conditions(draft.conditions());
        String failure = report.channelFailures().get(name);
        if (failure != null && conditions.get(TRIGGER_CHANNEL_READY).state() == State.TRUE) {
            conditions.mark(
                    TRIGGER_CHANNEL_READY,
                    Mark.isFalse("ChannelFailure", "the channel can't be opened: " + failure + "; trying again"));
        } else if (report.earlierChannels().contains(name)
                && conditions.get(TRIGGER_CHANNEL_READY).state() == State.TRUE) {
            conditions.mark(TRIGGER_CHANNEL_READY, CHANNEL_CHANGED);
        } else if (report.refusedSecrets().containsKey(name)
                && conditions.get(TRIGGER_CHANNEL_READY).state() == State.TRUE) {
            conditions.mark(
                    TRIGGER_CHANNEL_READY,
                    Mark.isTrue(
                            "AccessRefused",
                            "what leads to the channel has changed, its Secret or its addresses, and so it can't be opened: "
                                    + report.refusedSecrets().get(name)
                                    + "; it goes on as before; trying again"));
        }
        String notServed = report.ingressFailures().get(name);
        if (notServed != null && conditions.get(INGRESS_READY).state() == State.TRUE) {
            conditions.mark(INGRESS_READY, Mark.isFalse("IngressNotReady", notServed + "; asking again"));
        }
        return conditions;
    }

    private static Mark propagated(ResourceName name, Mark broker) {
        if (broker.state() == State.TRUE) {
            return Mark.TRUE;
        }
        String message = "Broker " + name + " is not Ready: " + broker.message();
        return new Mark(broker.state(), broker.reason(), message);
    }

    private static Mark subscription(ResourceName name, TriggerDraft draft, DataPlaneReport report) {
        if (draft.route().isEmpty()) {
            return Mark.unknown("SubscriptionNotConfigured", "it gets no events until the other conditions are True");
        }
        if (report.channelFailures().containsKey(draft.broker())) {
            return Mark.isFalse("NotSubscribed", "the channel of Broker " + draft.broker() + " is not open");
        }
        String failure = report.triggerFailures().get(name);
        return failure == null ? Mark.TRUE : Mark.isFalse("NotSubscribed", failure + "; trying again");
    }

    private static BrokerStatus broker(BrokerDraft draft, List<Condition> conditions) {
        BrokerStatus status = new BrokerStatus();
        common(status, draft.generation(), conditions, draft.deadLetterSink());
        Addressable address = new Addressable();
        address.setName(draft.address().getScheme());
        address.setUrl(draft.address().toString());
        status.setAddress(address);
        status.setAddresses(List.of(address));
        return status;
    }

    private static TriggerStatus trigger(TriggerDraft draft, List<Condition> conditions) {
        TriggerStatus status = new TriggerStatus();
        Optional<Destination> sink =
                draft.route().flatMap(route -> route.delivery().deadLetterSink());
        common(status, draft.generation(), conditions, sink);
        draft.route().map(TriggerRoute::subscriber).or(draft::subscriber).ifPresent(subscriber -> {
            status.setSubscriberUri(Credentials.hiddenIn(subscriber.uri().toString()));
            status.setSubscriberCACerts(subscriber.caCerts().orElse(null));
            status.setSubscriberAudience(subscriber.audience().orElse(null));
        });
        return status;
    }

    private static void common(
            KnativeStatus status, long generation, List<Condition> conditions, Optional<Destination> sink) {
        status.setObservedGeneration(generation);
        status.setConditions(conditions);
        sink.ifPresent(destination -> {
            status.setDeadLetterSinkUri(Credentials.hiddenIn(destination.uri().toString()));
            status.setDeadLetterSinkCACerts(destination.caCerts().orElse(null));
            status.setDeadLetterSinkAudience(destination.audience().orElse(null));
        });
    }
}
