/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sources that are in force, in one immutable snapshot that is swapped as a whole. */
public record SourceTable(Map<SourceName, SourceRoute> sources) {

    private static final SourceTable EMPTY = new SourceTable(Map.of());

    public SourceTable {
        sources = Map.copyOf(sources);
    }

    public static SourceTable empty() {
        return EMPTY;
    }

    public @Nullable SourceRoute source(SourceName name) {
        return sources.get(name);
    }
}
