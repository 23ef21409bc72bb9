/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.filter;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.filter.Filter;
import java.util.List;
import java.util.Optional;

/**
 * The filter of one Trigger, or everything that keeps it from being one. A filter with a problem is no filter at all: it
 * must never be taken for one that matches more.
 */
public record CompiledFilter(Optional<Filter> filter, List<FilterProblem> problems) {

    public CompiledFilter {
        requireNonNull(filter, "filter");
        problems = List.copyOf(problems);
        if (filter.isPresent() != problems.isEmpty()) {
            throw new IllegalArgumentException("a filter has either a meaning or problems");
        }
    }
}
