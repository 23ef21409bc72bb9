/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import dev.sluice.api.source.SourceKind;
import java.util.List;

/**
 * A kind of source whose events are sent by workloads of the cluster. Nothing of it runs in a process of ours: the process
 * that leads the control role tells the workloads where their sink is. So it means nothing where there is no cluster, and
 * its adapters are never made.
 */
public sealed interface WorkloadKind extends SourceKind permits SinkBindingKind, ContainerSourceKind {

    /** JSON pointers to the fields that a resource of it keeps as they were when it was first accepted. */
    default List<String> keptForLife() {
        return List.of();
    }
}
