/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

/** Where a sub-filter stands in the {@code spec} of the Trigger that it was written in. */
final class Paths {

    private Paths() {}

    /** Of the filter of a whole Trigger: {@code spec.filter.attributes}, or the list {@code spec.filters}. */
    static String root(Filter filter) {
        if (filter instanceof Filter.Everything) {
            return "";
        }
        if (filter instanceof Filter.Attributes) {
            return "filter.attributes";
        }
        return filter instanceof Filter.All ? "filters" : element("filters", 0, filter);
    }

    static String element(String list, int index, Filter filter) {
        return list + "[" + index + "]." + keyword(filter);
    }

    static String inside(String not, Filter filter) {
        return not + "." + keyword(filter);
    }

    private static String keyword(Filter filter) {
        if (filter instanceof Filter.Exact) {
            return "exact";
        }
        if (filter instanceof Filter.Prefix) {
            return "prefix";
        }
        if (filter instanceof Filter.Suffix) {
            return "suffix";
        }
        if (filter instanceof Filter.All) {
            return "all";
        }
        if (filter instanceof Filter.Any) {
            return "any";
        }
        if (filter instanceof Filter.Not) {
            return "not";
        }
        if (filter instanceof Filter.Cesql) {
            return "cesql";
        }
        return filter instanceof Filter.Attributes ? "attributes" : "everything";
    }
}
