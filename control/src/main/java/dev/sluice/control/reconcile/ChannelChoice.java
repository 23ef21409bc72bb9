/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.Conditions.Mark;

import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.KReference;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which channel a Broker has: the one that its annotation names, else Kafka if its {@code spec.config} names a ConfigMap with
 * the keys of Knative's Kafka broker, else the one that the process gives to every Broker.
 *
 * @param spec what the Broker asks for
 * @param problem why that can't be had, as a mark on the Broker; empty if nothing is known to be wrong
 */
record ChannelChoice(ChannelSpec spec, Optional<Mark> problem) {

    private static final String KAFKA = "kafka";
    private static final String CONFIG_MAP_MISSING = "ConfigMapMissing";

    /** What the ConfigMaps of Knative's Kafka broker hold; one without any of it is somebody else's. */
    private static final String SERVERS_KEY = "bootstrap.servers";

    private static final String TOPIC_PREFIX = "default.topic.";
    private static final String SECRET_KEY = "auth.secret.ref.name";

    /** Knative's installation is here, and refers to its own configuration without its being among our files. */
    private static final String KNATIVES_NAMESPACE = "knative-eventing";

    /** @param types of the channels that there are here */
    static ChannelChoice of(
            ResourceName name, Broker broker, Resources resources, String defaultType, Set<String> types) {
        ResourceName configName = configName(name, broker.getSpec().getConfig());
        ConfigMap config = configName == null ? null : resources.configMaps().get(configName);
        Map<String, String> options = new HashMap<>(kafkaOptions(config));
        String type = Annotations.get(broker, Annotations.CHANNEL);
        if (type == null) {
            type = options.isEmpty() ? defaultType : KAFKA;
        }
        String secretName = options.get(SECRET_KEY);
        Map<String, String> secret = configName == null || secretName == null || secretName.isBlank()
                ? Map.of()
                : secret(resources.secrets().get(new ResourceName(configName.namespace(), secretName.strip())));
        for (String annotation : Annotations.OF_CHANNEL) {
            String value = Annotations.get(broker, annotation);
            if (value != null) {
                options.put(annotation, value);
            }
        }
        var spec = new ChannelSpec(type, name, broker.getMetadata().getUid(), options, secret);
        if (!types.contains(type)) {
            return new ChannelChoice(spec, Optional.of(unknownType(type, types)));
        }
        if (configName != null
                && config == null
                && (resources.targets().canLookUp() || !configName.namespace().equals(KNATIVES_NAMESPACE))
                && Annotations.get(broker, Annotations.CHANNEL) == null) {
            return new ChannelChoice(spec, Optional.of(missing(configName)));
        }
        return new ChannelChoice(spec, Optional.empty());
    }

    /** Whether {@link #spec} is what the Broker asks for: without its ConfigMap that is but what it would be without any. */
    boolean isKnown() {
        return problem.map(mark -> !mark.reason().equals(CONFIG_MAP_MISSING)).orElse(true);
    }

    private static @Nullable ResourceName configName(ResourceName broker, @Nullable KReference config) {
        if (config == null || !"ConfigMap".equals(config.getKind()) || config.getName() == null) {
            return null;
        }
        return new ResourceName(
                config.getNamespace() == null ? broker.namespace() : config.getNamespace(), config.getName());
    }

    private static Map<String, String> kafkaOptions(@Nullable ConfigMap config) {
        Map<String, String> data = config == null ? null : config.getData();
        return data != null && data.keySet().stream().anyMatch(ChannelChoice::isKafkas) ? data : Map.of();
    }

    private static boolean isKafkas(String key) {
        return key.equals(SERVERS_KEY) || key.equals(SECRET_KEY) || key.startsWith(TOPIC_PREFIX);
    }

    private static Map<String, String> secret(@Nullable Secret secret) {
        Map<String, String> values = new HashMap<>();
        if (secret == null) {
            return values;
        }
        if (secret.getData() != null) {
            secret.getData().forEach((key, text) -> values.put(key, decoded(text)));
        }
        if (secret.getStringData() != null) {
            // As the API server does where a key is in both.
            values.putAll(secret.getStringData());
        }
        return values;
    }

    private static String decoded(String base64) {
        // Whoever reads the key says that it has no value; what is wrong with it must not be quoted.
        return Objects.requireNonNullElse(SecretText.decode(base64), "");
    }

    private static Mark unknownType(String type, Set<String> types) {
        return Mark.isFalse(
                "ChannelTypeUnknown",
                "there is no channel of type \"" + type + "\" here; choose among "
                        + String.join(", ", types.stream().sorted().toList()));
    }

    private static Mark missing(ResourceName config) {
        return Mark.isFalse(
                CONFIG_MAP_MISSING,
                "there is no ConfigMap " + config + ", which spec.config names; create it, or remove spec.config");
    }
}
