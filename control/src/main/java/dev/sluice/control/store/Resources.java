/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.validation.Problem;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All resources that are in force at one moment, each with its UID, generation and creation time, and what is wrong with
 * those that are not. The objects are shared: nobody changes them.
 *
 * @param awaited UIDs of resources that are not in force and may be again, as the ones that they were: what is written of
 *     them can't be read just now
 */
public record Resources(
        Map<ResourceName, Broker> brokers,
        Map<ResourceName, Trigger> triggers,
        Map<ResourceName, ConfigMap> configMaps,
        Map<ResourceName, Secret> secrets,
        List<Problem> problems,
        Set<String> awaited,
        Map<SourceName, Source> sources) {

    private static final Resources NONE = new Resources(Map.of(), Map.of(), Map.of(), Map.of(), List.of(), Set.of());

    public Resources {
        brokers = Map.copyOf(brokers);
        triggers = Map.copyOf(triggers);
        configMaps = Map.copyOf(configMaps);
        secrets = Map.copyOf(secrets);
        problems = List.copyOf(problems);
        awaited = Set.copyOf(awaited);
        sources = Map.copyOf(sources);
    }

    /** Without sources. */
    public Resources(
            Map<ResourceName, Broker> brokers,
            Map<ResourceName, Trigger> triggers,
            Map<ResourceName, ConfigMap> configMaps,
            Map<ResourceName, Secret> secrets,
            List<Problem> problems,
            Set<String> awaited) {
        this(brokers, triggers, configMaps, secrets, problems, awaited, Map.of());
    }

    public static Resources none() {
        return NONE;
    }
}
