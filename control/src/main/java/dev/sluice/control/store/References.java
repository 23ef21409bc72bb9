/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.DeliverySpec;
import dev.sluice.control.resource.DestinationSpec;
import dev.sluice.control.resource.KReference;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.Trigger;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which objects a resource refers to. */
public final class References {

    private static final ObjectMapper JSON = new ObjectMapper();

    private References() {}

    /** What a reference names; its namespace is, unless it says so, that of the resource that has it. */
    public static TargetKey keyOf(KReference ref, String namespace) {
        return new TargetKey(
                textOf(ref.getApiVersion()),
                textOf(ref.getKind()),
                new ResourceName(ref.getNamespace() == null ? namespace : ref.getNamespace(), textOf(ref.getName())));
    }

    /** The destinations of a resource, and what it depends on. */
    public static Set<TargetKey> of(HasMetadata resource) {
        Set<TargetKey> keys = new HashSet<>();
        String namespace = resource.getMetadata().getNamespace();
        if (resource instanceof Broker broker) {
            add(sink(broker.getSpec().getDelivery()), namespace, keys);
        } else if (resource instanceof Trigger trigger) {
            add(trigger.getSpec().getSubscriber(), namespace, keys);
            add(sink(trigger.getSpec().getDelivery()), namespace, keys);
            dependency(trigger).ifPresent(keys::add);
        } else if (resource instanceof Source source) {
            add(source.sink(), namespace, keys);
            add(sink(source.delivery()), namespace, keys);
        }
        return keys;
    }

    /** The ConfigMap with the configuration of a Broker; empty if it names none. */
    public static Optional<ResourceName> config(Broker broker) {
        KReference config = broker.getSpec().getConfig();
        if (config == null || !"ConfigMap".equals(config.getKind()) || config.getName() == null) {
            return Optional.empty();
        }
        String namespace = config.getNamespace() == null ? broker.getMetadata().getNamespace() : config.getNamespace();
        return Optional.of(new ResourceName(namespace, config.getName()));
    }

    /** The Secrets that a source names, which are of its own namespace. */
    public static Set<ResourceName> secrets(Source source) {
        Set<ResourceName> names = new HashSet<>();
        for (SecretRef ref : source.definition().secrets()) {
            names.add(new ResourceName(source.getMetadata().getNamespace(), ref.name()));
        }
        return names;
    }

    /** What the annotation {@code knative.dev/dependency} names; empty if there is none, or it can't be read. */
    public static Optional<TargetKey> dependency(Trigger trigger) {
        String text = Annotations.get(trigger, Annotations.DEPENDENCY);
        if (text == null) {
            return Optional.empty();
        }
        try {
            JsonNode tree = JSON.readTree(text);
            return Optional.of(new TargetKey(
                    tree.path("apiVersion").asText(),
                    tree.path("kind").asText(),
                    new ResourceName(
                            trigger.getMetadata().getNamespace(),
                            tree.path("name").asText())));
        } catch (JsonProcessingException e) {
            // Validation has said so.
            return Optional.empty();
        }
    }

    private static @Nullable DestinationSpec sink(@Nullable DeliverySpec delivery) {
        return delivery == null ? null : delivery.getDeadLetterSink();
    }

    private static void add(@Nullable DestinationSpec destination, String namespace, Set<TargetKey> keys) {
        if (destination != null && destination.getRef() != null) {
            keys.add(keyOf(destination.getRef(), namespace));
        }
    }

    private static String textOf(@Nullable String text) {
        return text == null ? "" : text;
    }
}
