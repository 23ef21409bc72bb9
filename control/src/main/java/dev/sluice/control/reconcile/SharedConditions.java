/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.control.reconcile.Conditions.Mark;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of many resources as they are written into their statuses: one list for all that say the same and said
 * the same before. Ten thousand Triggers that are Ready since the start have one between them.
 */
final class SharedConditions {

    private final Instant now;
    /** By the list of before, which is shared itself, and then by the marks. */
    private final IdentityHashMap<List<Condition>, Map<Map<String, Mark>, List<Condition>>> written =
            new IdentityHashMap<>();

    SharedConditions(Instant now) {
        this.now = now;
    }

    /** @see Conditions#written */
    List<Condition> written(Conditions conditions, @Nullable List<Condition> before) {
        return written.computeIfAbsent(before == null ? List.of() : before, first -> new HashMap<>())
                .computeIfAbsent(conditions.marks(), first -> conditions.written(before, now));
    }
}
