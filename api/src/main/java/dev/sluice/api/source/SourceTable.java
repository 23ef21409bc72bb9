/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sources that are in force, in one immutable snapshot that is swapped as a whole.
 *
 * @param waiting sources that are there and can't run yet, with the reason, for people; those whose webhook another source
 *     has are not among them
 */
public record SourceTable(Map<SourceName, SourceRoute> sources, Map<SourceName, String> waiting) {

    private static final SourceTable EMPTY = new SourceTable(Map.of(), Map.of());

    public SourceTable {
        sources = Map.copyOf(sources);
        waiting = Map.copyOf(waiting);
    }

    public static SourceTable empty() {
        return EMPTY;
    }

    public @Nullable SourceRoute source(SourceName name) {
        return sources.get(name);
    }
}
