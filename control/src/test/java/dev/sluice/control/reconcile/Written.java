/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.document.Document;
import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.KnativeStatus;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Targets;
import dev.sluice.control.validation.ResourceValidator;
import dev.sluice.control.validation.Severity;
import dev.sluice.control.validation.Validation;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Resources from YAML, with the UID {@code uid-of-NAME} and a generation, as a store would hand them out. */
final class Written {

    private final Map<ResourceName, Broker> brokers = new HashMap<>();
    private final Map<ResourceName, Trigger> triggers = new HashMap<>();
    private final Map<ResourceName, ConfigMap> configMaps = new HashMap<>();
    private final Map<ResourceName, Secret> secrets = new HashMap<>();
    private final Map<SourceName, Source> sources = new HashMap<>();

    static Resources resources(String yaml) {
        return resources(1, yaml);
    }

    static Resources resources(long generation, String yaml) {
        Written written = new Written();
        for (Document document : DocumentReader.read(yaml.getBytes(StandardCharsets.UTF_8), false)) {
            Validation validation = ResourceValidator.validate(((Document.Parsed) document).tree(), "");
            if (validation.findings().stream().anyMatch(finding -> finding.severity() == Severity.ERROR)) {
                throw new IllegalArgumentException(validation.findings().toString());
            }
            written.add(validation.resource().orElseThrow(), generation);
        }
        return new Resources(
                written.brokers,
                written.triggers,
                written.configMaps,
                written.secrets,
                List.of(),
                Set.of(),
                Map.of(),
                Targets.none(),
                written.sources,
                true);
    }

    private void add(HasMetadata resource, long generation) {
        resource.getMetadata().setUid("uid-of-" + resource.getMetadata().getName());
        resource.getMetadata().setGeneration(generation);
        ResourceName name = ResourceKey.nameOf(resource);
        if (resource instanceof Broker broker) {
            brokers.put(name, broker);
        } else if (resource instanceof Trigger trigger) {
            triggers.put(name, trigger);
        } else if (resource instanceof ConfigMap configMap) {
            configMaps.put(name, configMap);
        } else if (resource instanceof Secret secret) {
            secrets.put(name, secret);
        } else if (resource instanceof Source source) {
            sources.put(new SourceName(source.getKind(), name), source);
        }
    }

    static String condition(KnativeStatus status, String type) {
        for (Condition condition : status.getConditions()) {
            if (condition.getType().equals(type)) {
                return condition.getStatus() + (condition.getReason() == null ? "" : " " + condition.getReason());
            }
        }
        return "absent";
    }

    static String message(KnativeStatus status, String type) {
        return status.getConditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow()
                .getMessage();
    }
}
