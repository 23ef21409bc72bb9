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

    /** The class of the Brokers that are ours, which is also that of a Broker that names none. */
    public static final String OUR_BROKER_CLASS = "Sluice";

    /** The prefix of our own annotations; among them an unknown one is a mistake. */
    public static final String OUR_PREFIX = "sluice.dev/";

    /** What has an effect on a Broker. */
    public static final Set<String> ON_BROKER = Set.of(CHANNEL, BACKOFF_MAX);

    /** What has an effect on a Trigger. */
    public static final Set<String> ON_TRIGGER = Set.of(REPLY, BACKOFF_MAX);

    /** Names with a meaning that this version does not give them: said, never silently ignored. */
    public static final List<String> NOT_YET = List.of(
            "sluice.dev/breaker",
            "sluice.dev/kafka-position",
            "sluice.dev/on-exhausted",
            "sluice.dev/order-by",
            "sluice.dev/partition-by",
            "sluice.dev/rate-limit",
            "sluice.dev/start-from",
            "kafka.eventing.knative.dev/delivery.order");

    private Annotations() {}

    /** The value of an annotation; null if the resource has none of that name. */
    public static @Nullable String get(HasMetadata resource, String name) {
        Map<String, String> annotations = resource.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(name);
    }

    /** Whether a Broker is of our class; those of another are left alone. */
    public static boolean isOurs(Broker broker) {
        String brokerClass = get(broker, BROKER_CLASS);
        return brokerClass == null || brokerClass.equals(OUR_BROKER_CLASS);
    }
}
