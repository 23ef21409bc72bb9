/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.resource.SourceStatus;
import dev.sluice.control.text.Credentials;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What was decided about all sources: the table, and the statuses that hold once it is in force.
 *
 * @param bound those that the cluster runs and not the processes of the table, where their sinks are known
 */
record SourceDecisions(SourceTable table, Map<SourceName, SourceRoute> bound, Map<SourceName, SourceDraft> drafts) {

    static final SourceDecisions NOTHING = new SourceDecisions(SourceTable.empty(), Map.of(), Map.of());

    SourceDecisions {
        bound = Map.copyOf(bound);
        drafts = Map.copyOf(drafts);
    }

    /** @param previous the statuses published last, for the times of transitions */
    Map<SourceName, SourceStatus> statuses(Map<SourceName, SourceStatus> previous, Instant now) {
        Map<SourceName, SourceStatus> statuses = new HashMap<>();
        drafts.forEach((name, draft) -> {
            SourceStatus before = previous.get(name);
            SourceStatus status = new SourceStatus();
            status.setObservedGeneration(draft.generation());
            status.setConditions(draft.conditions().written(before == null ? null : before.getConditions(), now));
            status.setCeAttributes(draft.events());
            draft.sink().ifPresent(sink -> show(sink, status));
            statuses.put(name, status);
        });
        return statuses;
    }

    private static void show(Destination sink, SourceStatus status) {
        status.setSinkUri(Credentials.hiddenIn(sink.uri().toString()));
        status.setSinkCaCerts(sink.caCerts().orElse(null));
        status.setSinkAudience(sink.audience().orElse(null));
    }
}
