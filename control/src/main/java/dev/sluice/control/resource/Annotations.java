/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The annotations that mean something, and where. */
public final class Annotations {

    public static final String BROKER_CLASS = "eventing.knative.dev/broker.class";
    public static final String INJECTION = "eventing.knative.dev/injection";
    public static final String DEPENDENCY = "knative.dev/dependency";
    public static final String CHANNEL = "sluice.dev/channel";
    public static final String REPLY = "sluice.dev/reply";
    public static final String BACKOFF_MAX = "sluice.dev/backoff-max";
    public static final String BACKOFF_JITTER = "sluice.dev/backoff-jitter";
    public static final String BREAKER = "sluice.dev/breaker";
    public static final String EXTERNAL_TOPIC = "kafka.eventing.knative.dev/external.topic";
    public static final String KEEP_TOPIC = "sluice.dev/keep-topic";
    public static final String PARTITION_BY = "sluice.dev/partition-by";
    public static final String DELIVERY_ORDER = "kafka.eventing.knative.dev/delivery.order";
    public static final String MAX_IN_FLIGHT = "sluice.dev/max-in-flight";
    public static final String ON_EXHAUSTED = "sluice.dev/on-exhausted";
    public static final String ORDER_BY = "sluice.dev/order-by";
    public static final String PAUSED = "sluice.dev/paused";
    public static final String RATE_LIMIT = "sluice.dev/rate-limit";
    public static final String START_FROM = "sluice.dev/start-from";

    /** The value of {@link #DELIVERY_ORDER} that asks for order. */
    public static final String ORDERED = "ordered";

    /** The class of the Brokers that are ours, which is also that of a Broker that names none. */
    public static final String OUR_BROKER_CLASS = "Sluice";

    /** The prefix of our own annotations; among them an unknown one is a mistake. */
    public static final String OUR_PREFIX = "sluice.dev/";

    /** What has an effect on a Broker. */
    public static final Set<String> ON_BROKER =
            Set.of(CHANNEL, PARTITION_BY, EXTERNAL_TOPIC, KEEP_TOPIC, BACKOFF_MAX, BACKOFF_JITTER);

    /** What a channel is told of the annotations of its Broker. */
    public static final List<String> OF_CHANNEL = List.of(PARTITION_BY, EXTERNAL_TOPIC);

    /** What has an effect on a Trigger. */
    public static final Set<String> ON_TRIGGER = Set.of(
            REPLY,
            BACKOFF_MAX,
            BACKOFF_JITTER,
            BREAKER,
            DELIVERY_ORDER,
            MAX_IN_FLIGHT,
            ON_EXHAUSTED,
            ORDER_BY,
            PAUSED,
            RATE_LIMIT,
            START_FROM);

    /** Names with a meaning that this version does not give them: said, never silently ignored. */
    public static final List<String> NOT_YET = List.of("sluice.dev/kafka-position");

    private Annotations() {}

    /** The value of an annotation; null if the resource has none of that name. */
    public static @Nullable String get(HasMetadata resource, String name) {
        Map<String, String> annotations = resource.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(name);
    }

    /** Whether what is kept of a Broker is to outlive it, also where deleting it deletes that. */
    public static boolean keepsTopic(Broker broker) {
        return "true".equals(get(broker, KEEP_TOPIC));
    }

    /** Whether a Broker is of our class; those of another are left alone. */
    public static boolean isOurs(Broker broker) {
        String brokerClass = get(broker, BROKER_CLASS);
        return brokerClass == null || brokerClass.equals(OUR_BROKER_CLASS);
    }
}
