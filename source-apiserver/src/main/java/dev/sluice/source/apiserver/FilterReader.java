/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.source.SpecField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec.filters}: the dialects of a Trigger's. What makes no sense is reported, and never a wider filter. */
final class FilterReader {

    private static final String[] DIALECTS = {"exact", "prefix", "suffix", "all", "any", "not", "cesql"};
    private static final String REMEDY = "write one of " + String.join(", ", DIALECTS) + " in it";
    private static final String SEE = "see docs/filters.md";
    private static final int DEEPEST = 32;

    private FilterReader() {}

    /** Null if it is wrong, which has been reported; no filter at all, and an empty list, pass everything. */
    static @Nullable Filter read(SpecField field) {
        if (!field.isPresent()) {
            return new Filter.Everything();
        }
        List<? extends SpecField> elements = field.elements();
        if (elements == null) {
            return null;
        }
        return elements.isEmpty() ? new Filter.Everything() : list(field, elements, 1, Filter.All::new);
    }

    private static @Nullable Filter list(
            SpecField field, List<? extends SpecField> elements, int depth, Function<List<Filter>, Filter> combine) {
        List<Filter> filters = new ArrayList<>(elements.size());
        for (SpecField element : elements) {
            Filter filter = one(element, depth);
            if (filter != null) {
                filters.add(filter);
            }
        }
        return filters.size() == elements.size() ? made(field, () -> combine.apply(filters)) : null;
    }

    private static @Nullable Filter one(SpecField field, int depth) {
        if (depth > DEEPEST) {
            field.error("is nested more than " + DEEPEST + " deep", "write a flatter filter");
            return null;
        }
        if (!field.isPresent()) {
            field.missing(REMEDY);
            return null;
        }
        if (!field.isMapping(DIALECTS)) {
            return null;
        }
        List<String> names = field.names();
        if (names.size() != 1) {
            field.error(
                    names.isEmpty() ? "has no dialect" : "has several dialects",
                    names.isEmpty() ? REMEDY : "write one element for each; all elements of the list must match");
            return null;
        }
        SpecField content = field.child(names.get(0));
        return switch (names.get(0)) {
            case "exact" -> conditions(content, Filter.Exact::new);
            case "prefix" -> conditions(content, Filter.Prefix::new);
            case "suffix" -> conditions(content, Filter.Suffix::new);
            case "all" -> children(content, depth, Filter.All::new);
            case "any" -> children(content, depth, Filter.Any::new);
            case "not" -> {
                Filter negated = one(content, depth + 1);
                yield negated == null ? null : made(content, () -> new Filter.Not(negated));
            }
            case "cesql" -> cesql(content);
            default -> null; // Reported as an unknown field.
        };
    }

    private static @Nullable Filter children(SpecField field, int depth, Function<List<Filter>, Filter> combine) {
        List<? extends SpecField> elements = field.elements();
        if (elements == null || elements.isEmpty()) {
            field.error("has no filter in it", "write at least one, or remove it");
            return null;
        }
        return list(field, elements, depth + 1, combine);
    }

    private static @Nullable Filter conditions(SpecField field, Function<Map<String, String>, Filter> dialect) {
        Map<String, String> conditions = field.texts();
        if (conditions == null || conditions.size() != field.names().size()) {
            return null;
        }
        return made(field, () -> dialect.apply(conditions));
    }

    private static @Nullable Filter cesql(SpecField field) {
        String text = field.requiredText("write a CloudEvents SQL expression");
        if (text == null) {
            return null;
        }
        try {
            return new Filter.Cesql(CesqlExpression.parse(text));
        } catch (CesqlSyntaxException e) {
            field.error(
                    "is no CloudEvents SQL expression: line " + e.line() + ", column " + e.column() + ": "
                            + e.getMessage(),
                    SEE);
            return null;
        }
    }

    private static @Nullable Filter made(SpecField field, Supplier<Filter> filter) {
        try {
            return filter.get();
        } catch (IllegalArgumentException e) {
            field.error("can't be used: " + e.getMessage(), SEE);
            return null;
        }
    }
}
