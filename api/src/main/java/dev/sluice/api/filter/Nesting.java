/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import java.util.List;

/** Bounds how deep filters nest, where they are built, so that no later walk over one can overflow the stack. */
final class Nesting {

    private Nesting() {}

    static List<Filter> copyNotEmpty(String dialect, List<Filter> filters) {
        if (filters.isEmpty()) {
            throw new IllegalArgumentException(dialect + " must hold at least one filter");
        }
        List<Filter> copy = List.copyOf(filters);
        check(dialect, depthOf(copy));
        return copy;
    }

    static void check(String dialect, int depthInside) {
        if (depthInside >= Filter.MAX_NESTING) {
            throw new IllegalArgumentException(
                    dialect + " is nested in more than " + Filter.MAX_NESTING + " levels of filters");
        }
    }

    static int depthOf(Filter filter) {
        if (filter instanceof Filter.Not not) {
            return 1 + depthOf(not.filter());
        }
        if (filter instanceof Filter.All all) {
            return 1 + depthOf(all.filters());
        }
        if (filter instanceof Filter.Any any) {
            return 1 + depthOf(any.filters());
        }
        return 1;
    }

    private static int depthOf(List<Filter> filters) {
        int deepest = 0;
        for (Filter filter : filters) {
            deepest = Math.max(deepest, depthOf(filter));
        }
        return deepest;
    }
}
