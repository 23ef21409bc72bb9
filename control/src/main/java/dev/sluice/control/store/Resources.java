/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.store;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.validation.Problem;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All resources that are in force at one moment, each with its UID, generation and creation time, and what is wrong with
 * those that are not. The objects are shared: nobody changes them.
 *
 * @param awaited UIDs of resources that are not in force and may be again, as the ones that they were: what is written of
 *     them can't be read just now
 * @param rejected what does not count as it is written, where people look for the reason in its status
 * @param targets what is known of the objects that the resources refer to
 * @param current false while nobody can tell what has come since: a resource that is not here may be there
 */
public record Resources(
        Map<ResourceName, Broker> brokers,
        Map<ResourceName, Trigger> triggers,
        Map<ResourceName, ConfigMap> configMaps,
        Map<ResourceName, Secret> secrets,
        List<Problem> problems,
        Set<String> awaited,
        Map<ResourceKey, Rejected> rejected,
        Targets targets,
        Map<SourceName, Source> sources,
        boolean current) {

    private static final Resources NONE = new Resources(Map.of(), Map.of(), Map.of(), Map.of(), List.of(), Set.of());

    public Resources {
        brokers = Map.copyOf(brokers);
        triggers = Map.copyOf(triggers);
        configMaps = Map.copyOf(configMaps);
        secrets = Map.copyOf(secrets);
        problems = List.copyOf(problems);
        awaited = Set.copyOf(awaited);
        rejected = Map.copyOf(rejected);
        requireNonNull(targets, "targets");
        sources = Map.copyOf(sources);
    }

    /** Without a cluster, and without sources. */
    public Resources(
            Map<ResourceName, Broker> brokers,
            Map<ResourceName, Trigger> triggers,
            Map<ResourceName, ConfigMap> configMaps,
            Map<ResourceName, Secret> secrets,
            List<Problem> problems,
            Set<String> awaited) {
        this(brokers, triggers, configMaps, secrets, problems, awaited, Map.of(), Targets.none(), Map.of(), true);
    }

    public static Resources none() {
        return NONE;
    }

    /** @param inForce of every kind that is read, in any order */
    public static Resources of(
            Collection<? extends HasMetadata> inForce,
            Collection<Problem> problems,
            Set<String> awaited,
            Map<ResourceKey, Rejected> rejected,
            Targets targets,
            boolean current) {
        Map<ResourceName, Broker> brokers = new HashMap<>();
        Map<ResourceName, Trigger> triggers = new HashMap<>();
        Map<ResourceName, ConfigMap> configMaps = new HashMap<>();
        Map<ResourceName, Secret> secrets = new HashMap<>();
        Map<SourceName, Source> sources = new HashMap<>();
        for (HasMetadata resource : inForce) {
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
        return new Resources(
                brokers,
                triggers,
                configMaps,
                secrets,
                List.copyOf(problems),
                awaited,
                rejected,
                targets,
                sources,
                current);
    }
}
