/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import java.util.List;

/** The conditions of the kinds, as Knative's MTChannelBasedBroker has them. */
final class ConditionTypes {

    static final String INGRESS_READY = "IngressReady";
    static final String TRIGGER_CHANNEL_READY = "TriggerChannelReady";
    static final String FILTER_READY = "FilterReady";
    static final String ADDRESSABLE = "Addressable";
    static final String EVENT_POLICIES_READY = "EventPoliciesReady";
    static final String BROKER_READY = "BrokerReady";
    static final String SUBSCRIPTION_READY = "SubscriptionReady";
    static final String DEPENDENCY_READY = "DependencyReady";
    static final String SUBSCRIBER_RESOLVED = "SubscriberResolved";
    static final String OIDC_IDENTITY_CREATED = "OIDCIdentityCreated";
    static final String DEAD_LETTER_SINK_RESOLVED = "DeadLetterSinkResolved";

    /** Of a Trigger, for information: Ready does not depend on it. */
    static final String DELIVERING = "Delivering";

    /** The same, and there only when it is false: its log gave up what the Trigger had not had. */
    static final String RETAINED = "Retained";

    /** The same: it is so far behind that its log gives up soon what it has not had. */
    static final String WITHIN_RETENTION = "WithinRetention";

    static final List<String> OF_BROKER = List.of(
            TRIGGER_CHANNEL_READY,
            INGRESS_READY,
            FILTER_READY,
            ADDRESSABLE,
            DEAD_LETTER_SINK_RESOLVED,
            EVENT_POLICIES_READY);

    static final List<String> OF_TRIGGER = List.of(
            BROKER_READY,
            SUBSCRIPTION_READY,
            SUBSCRIBER_RESOLVED,
            DEAD_LETTER_SINK_RESOLVED,
            DEPENDENCY_READY,
            OIDC_IDENTITY_CREATED);

    private ConditionTypes() {}
}
