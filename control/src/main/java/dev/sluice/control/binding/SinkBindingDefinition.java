/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.LabelSelector;
import java.util.Map;
import java.util.Optional;

/**
 * Which workloads of its own namespace a SinkBinding is about.
 *
 * @param name of the one that is meant; empty: those that the selector selects
 * @param selector selects everything where there is a name
 */
public record SinkBindingDefinition(String apiVersion, String kind, Optional<String> name, LabelSelector selector)
        implements WorkloadDefinition {

    public SinkBindingDefinition {
        requireNonNull(apiVersion, "apiVersion");
        requireNonNull(kind, "kind");
        requireNonNull(name, "name");
        requireNonNull(selector, "selector");
    }

    /** Whether it is about a workload of its kind and namespace. */
    public boolean selects(String workload, Map<String, String> labels) {
        return name.map(workload::equals).orElseGet(() -> selector.matches(labels));
    }
}
