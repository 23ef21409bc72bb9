/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import java.util.List;

/** What a resource of a {@link WorkloadKind} asks for. */
public sealed interface WorkloadDefinition extends SourceDefinition
        permits SinkBindingDefinition, ContainerSourceDefinition {

    /** Whatever the workload sends. */
    @Override
    default List<EventDescription> events() {
        return List.of();
    }

    /** @throws UnsupportedOperationException always: it runs in the cluster */
    @Override
    default SourceAdapter adapter(AdapterSetup setup) {
        throw new UnsupportedOperationException(setup.name() + " is run by the cluster, not by this process");
    }
}
