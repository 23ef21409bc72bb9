/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.filter;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Filter;
import dev.sluice.control.resource.FilterDialect;
import dev.sluice.control.resource.TriggerFilter;
import dev.sluice.control.resource.TriggerSpec;
import dev.sluice.control.text.Nearest;
import dev.sluice.control.text.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compiles {@code spec.filters}, or else {@code spec.filter}, of a Trigger. Stricter than Knative in one respect: where
 * Knative skips what it does not understand, and so matches more than was asked for, this reports a problem.
 */
public final class FilterCompiler {

    private static final List<String> DIALECTS = List.of("exact", "prefix", "suffix", "all", "any", "not", "cesql");
    private static final int DEEPEST = 32;

    private final List<FilterProblem> problems = new ArrayList<>();

    private FilterCompiler() {}

    public static CompiledFilter compile(TriggerSpec spec) {
        FilterCompiler compiler = new FilterCompiler();
        Filter filter = compiler.trigger(spec);
        return filter == null || !compiler.problems.isEmpty()
                ? new CompiledFilter(Optional.empty(), compiler.problems)
                : new CompiledFilter(Optional.of(filter), List.of());
    }

    private @Nullable Filter trigger(TriggerSpec spec) {
        List<FilterDialect> filters = spec.getFilters();
        if (filters != null && !filters.isEmpty()) {
            return list(filters, "/spec/filters", 1, Filter.All::new);
        }
        TriggerFilter filter = spec.getFilter();
        Map<String, String> attributes = filter == null ? null : filter.getAttributes();
        if (attributes == null || attributes.isEmpty()) {
            return new Filter.Everything();
        }
        String pointer = "/spec/filter/attributes";
        return checkNames(attributes, pointer) ? make(pointer, () -> new Filter.Attributes(attributes)) : null;
    }

    private @Nullable Filter list(
            List<FilterDialect> dialects, String pointer, int depth, Function<List<Filter>, Filter> combine) {
        List<Filter> compiled = new ArrayList<>(dialects.size());
        for (int i = 0; i < dialects.size(); i++) {
            Filter filter = dialect(dialects.get(i), pointer + "/" + i, depth);
            if (filter != null) {
                compiled.add(filter);
            }
        }
        if (compiled.size() != dialects.size()) {
            return null;
        }
        // Kept as it is written, so that an explanation names the place in the file; a list of one costs a call.
        return make(pointer, () -> combine.apply(compiled));
    }

    private @Nullable Filter dialect(FilterDialect dialect, String pointer, int depth) {
        if (depth > DEEPEST) {
            return problem(pointer, "", "is nested more than " + DEEPEST + " deep", "write a flatter filter");
        }
        for (String name : dialect.getUnknown().keySet()) {
            problem(
                    pointer + "/" + name,
                    "",
                    "is no filter dialect",
                    Nearest.suggestion(name, DIALECTS)
                            .orElse("write one of exact, prefix, suffix, all, any, not, cesql"));
        }
        List<String> present = present(dialect);
        if (present.size() > 1) {
            return problem(
                    pointer,
                    "",
                    "has several dialects (" + String.join(", ", present) + ")",
                    "write one element for each; all elements of the list must match");
        }
        if (!dialect.getUnknown().isEmpty()) {
            return null;
        }
        if (present.isEmpty()) {
            return problem(
                    pointer,
                    "{}",
                    "has no dialect",
                    "remove it, or write one of exact, prefix, suffix, all, any, not, cesql in it");
        }
        return only(dialect, pointer + "/" + present.get(0), depth);
    }

    private static List<String> present(FilterDialect dialect) {
        List<String> present = new ArrayList<>(1);
        if (dialect.getExact() != null) {
            present.add("exact");
        }
        if (dialect.getPrefix() != null) {
            present.add("prefix");
        }
        if (dialect.getSuffix() != null) {
            present.add("suffix");
        }
        if (dialect.getAll() != null) {
            present.add("all");
        }
        if (dialect.getAny() != null) {
            present.add("any");
        }
        if (dialect.getNot() != null) {
            present.add("not");
        }
        if (dialect.getCesql() != null) {
            present.add("cesql");
        }
        return present;
    }

    private @Nullable Filter only(FilterDialect dialect, String pointer, int depth) {
        if (dialect.getExact() != null) {
            return conditions(dialect.getExact(), pointer, Filter.Exact::new);
        }
        if (dialect.getPrefix() != null) {
            return conditions(dialect.getPrefix(), pointer, Filter.Prefix::new);
        }
        if (dialect.getSuffix() != null) {
            return conditions(dialect.getSuffix(), pointer, Filter.Suffix::new);
        }
        if (dialect.getAll() != null) {
            return children(dialect.getAll(), pointer, depth, Filter.All::new);
        }
        if (dialect.getAny() != null) {
            return children(dialect.getAny(), pointer, depth, Filter.Any::new);
        }
        if (dialect.getNot() != null) {
            Filter negated = dialect(dialect.getNot(), pointer, depth + 1);
            return negated == null ? null : make(pointer, () -> new Filter.Not(negated));
        }
        return cesql(Objects.requireNonNull(dialect.getCesql(), "cesql"), pointer);
    }

    private @Nullable Filter children(
            List<FilterDialect> children, String pointer, int depth, Function<List<Filter>, Filter> combine) {
        if (children.isEmpty()) {
            return problem(pointer, "[]", "is empty", "write at least one filter in it, or remove it");
        }
        return list(children, pointer, depth + 1, combine);
    }

    private @Nullable Filter conditions(
            Map<String, String> conditions, String pointer, Function<Map<String, String>, Filter> make) {
        if (conditions.isEmpty()) {
            return problem(pointer, "{}", "is empty", "write at least one attribute with its value, or remove it");
        }
        boolean fine = checkNames(conditions, pointer);
        for (Map.Entry<String, String> condition : conditions.entrySet()) {
            if (condition.getValue().isEmpty()) {
                problem(
                        pointer + "/" + condition.getKey(),
                        "\"\"",
                        "is empty",
                        "write the value to compare with; for \"present, whatever its value\" write cesql: EXISTS "
                                + condition.getKey());
                fine = false;
            }
        }
        return fine ? make(pointer, () -> make.apply(conditions)) : null;
    }

    private @Nullable Filter cesql(String expression, String pointer) {
        try {
            return new Filter.Cesql(CesqlExpression.parse(expression));
        } catch (CesqlSyntaxException e) {
            return problem(
                    pointer,
                    Quoted.of(expression),
                    "is no CloudEvents SQL expression: line " + e.line() + ", column " + e.column() + ": "
                            + e.getMessage(),
                    "see docs/filters.md for the syntax");
        }
    }

    private boolean checkNames(Map<String, String> attributes, String pointer) {
        boolean fine = true;
        for (String name : attributes.keySet()) {
            if (!isAttributeName(name)) {
                problem(
                        pointer + "/" + name.replace("~", "~0").replace("/", "~1"),
                        "",
                        "is not the name of a context attribute",
                        "write lower-case letters and digits, a letter first");
                fine = false;
            }
        }
        return fine;
    }

    private static boolean isAttributeName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z') && (i == 0 || !(c >= '0' && c <= '9'))) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    /** The data plane's filters check themselves; what they refuse and this class did not see is a problem all the same. */
    private @Nullable Filter make(String pointer, Supplier<Filter> filter) {
        try {
            return filter.get();
        } catch (IllegalArgumentException e) {
            return problem(pointer, "", "can't be used: " + e.getMessage(), "see docs/filters.md");
        }
    }

    private @Nullable Filter problem(String pointer, String value, String rule, String remedy) {
        problems.add(new FilterProblem(pointer, value, rule, remedy));
        return null;
    }
}
