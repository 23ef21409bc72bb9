/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.ConditionTypes.BROKER_READY;
import static dev.sluice.control.reconcile.ConditionTypes.SUBSCRIPTION_READY;
import static dev.sluice.control.reconcile.ConditionTypes.TRIGGER_CHANNEL_READY;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.control.reconcile.Conditions.Mark;
import dev.sluice.control.reconcile.Conditions.State;
import dev.sluice.control.resource.Addressable;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.KnativeStatus;
import dev.sluice.control.resource.TriggerStatus;
import dev.sluice.control.text.Credentials;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the reconciler decided: the table, and the statuses that hold once the data plane has it in force. */
final class Reconciliation {

    /** What a channel keeps is not to be left behind, and the clients of one are there for as long as it is open. */
    private static final Mark CHANNEL_CHANGED = Mark.isTrue(
            "ChannelChanged",
            "what the Broker asks of its channel has changed since that was opened; it counts from the next start on");

    /** As the reconciler leaves it to the data plane. */
    private static final Mark UNDECIDED = Mark.unknown("", "");

    private final RoutingTable table;
    private final Map<ResourceName, BrokerDraft> brokers;
    private final Map<ResourceName, TriggerDraft> triggers;

    Reconciliation(
            RoutingTable table, Map<ResourceName, BrokerDraft> brokers, Map<ResourceName, TriggerDraft> triggers) {
        this.table = table;
        this.brokers = Map.copyOf(brokers);
        this.triggers = Map.copyOf(triggers);
    }

    RoutingTable table() {
        return table;
    }

    /**
     * @param report what the data plane says of the table
     * @param previous the statuses published last, for the times of transitions
     */
    Statuses statuses(DataPlaneReport report, Statuses previous, Instant now) {
        Map<ResourceName, Mark> ready = new HashMap<>();
        Map<ResourceName, BrokerStatus> brokerStatuses = new HashMap<>();
        brokers.forEach((name, draft) -> {
            Conditions conditions = new Conditions(draft.conditions());
            String failure = report.channelFailures().get(name);
            if (failure != null && conditions.get(TRIGGER_CHANNEL_READY).state() == State.TRUE) {
                conditions.mark(
                        TRIGGER_CHANNEL_READY,
                        Mark.isFalse("ChannelFailure", "the channel can't be opened: " + failure + "; trying again"));
            } else if (report.earlierChannels().contains(name)
                    && conditions.get(TRIGGER_CHANNEL_READY).state() == State.TRUE) {
                conditions.mark(TRIGGER_CHANNEL_READY, CHANNEL_CHANGED);
            }
            ready.put(name, conditions.ready());
            brokerStatuses.put(
                    name, broker(draft, conditions, previous.brokers().get(name), now));
        });
        Map<ResourceName, TriggerStatus> triggerStatuses = new HashMap<>();
        triggers.forEach((name, draft) -> {
            Conditions conditions = new Conditions(draft.conditions());
            Mark broker = ready.get(draft.broker());
            if (broker != null) {
                conditions.mark(BROKER_READY, propagated(draft.broker(), broker));
            }
            if (conditions.get(SUBSCRIPTION_READY).equals(UNDECIDED)) {
                conditions.mark(SUBSCRIPTION_READY, subscription(name, draft, report));
            }
            triggerStatuses.put(
                    name, trigger(draft, conditions, previous.triggers().get(name), now));
        });
        return new Statuses(brokerStatuses, triggerStatuses);
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

    private static BrokerStatus broker(
            BrokerDraft draft, Conditions conditions, @Nullable BrokerStatus before, Instant now) {
        BrokerStatus status = new BrokerStatus();
        common(status, draft.generation(), conditions, before, draft.deadLetterSink(), now);
        Addressable address = new Addressable();
        address.setName(draft.address().getScheme());
        address.setUrl(draft.address().toString());
        status.setAddress(address);
        status.setAddresses(List.of(address));
        return status;
    }

    private static TriggerStatus trigger(
            TriggerDraft draft, Conditions conditions, @Nullable TriggerStatus before, Instant now) {
        TriggerStatus status = new TriggerStatus();
        Optional<Destination> sink =
                draft.route().flatMap(route -> route.delivery().deadLetterSink());
        common(status, draft.generation(), conditions, before, sink, now);
        draft.route().map(TriggerRoute::subscriber).or(draft::subscriber).ifPresent(subscriber -> {
            status.setSubscriberUri(Credentials.hiddenIn(subscriber.uri().toString()));
            status.setSubscriberCACerts(subscriber.caCerts().orElse(null));
            status.setSubscriberAudience(subscriber.audience().orElse(null));
        });
        return status;
    }

    private static void common(
            KnativeStatus status,
            long generation,
            Conditions conditions,
            @Nullable KnativeStatus before,
            Optional<Destination> sink,
            Instant now) {
        status.setObservedGeneration(generation);
        status.setConditions(conditions.written(before == null ? null : before.getConditions(), now));
        sink.ifPresent(destination -> {
            status.setDeadLetterSinkUri(Credentials.hiddenIn(destination.uri().toString()));
            status.setDeadLetterSinkCACerts(destination.caCerts().orElse(null));
            status.setDeadLetterSinkAudience(destination.audience().orElse(null));
        });
    }
}
