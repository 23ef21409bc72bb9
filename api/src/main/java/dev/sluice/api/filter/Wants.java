/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import dev.sluice.api.event.Shown;
import dev.sluice.api.filter.Explanation.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a filter asks for, a line for each sub-filter. */
final class Wants {

    private final List<Reason> lines = new ArrayList<>();

    private Wants() {}

    static List<Reason> of(Filter filter) {
        Wants wants = new Wants();
        wants.add(filter, Paths.root(filter), true);
        return List.copyOf(wants.lines);
    }

    private void add(Filter filter, String path, boolean root) {
        if (filter instanceof Filter.All all) {
            if (!root && all.filters().size() > 1) {
                lines.add(Reason.of(path, "all of these match:"));
            }
            elements(all.filters(), path);
        } else if (filter instanceof Filter.Any any) {
            if (any.filters().size() > 1) {
                lines.add(Reason.of(path, "at least one of these matches:"));
            }
            elements(any.filters(), path);
        } else if (filter instanceof Filter.Not not) {
            lines.add(Reason.of(path, "this does not match:"));
            add(not.filter(), Paths.inside(path, not.filter()), false);
        } else if (filter instanceof Filter.Cesql cesql) {
            lines.add(Reason.of(path, Shown.cut(cesql.expression().text().strip()) + " is true"));
        } else if (filter instanceof Filter.Exact exact) {
            conditions(exact.conditions(), path, Comparison.EQUAL);
        } else if (filter instanceof Filter.Prefix prefix) {
            conditions(prefix.conditions(), path, Comparison.START);
        } else if (filter instanceof Filter.Suffix suffix) {
            conditions(suffix.conditions(), path, Comparison.END);
        } else if (filter instanceof Filter.Attributes attributes) {
            conditions(attributes.conditions(), path, Comparison.EQUAL_OR_PRESENT);
        } else {
            lines.add(Reason.of(path, "every event"));
        }
    }

    private void elements(List<Filter> filters, String path) {
        for (int i = 0; i < filters.size(); i++) {
            add(filters.get(i), Paths.element(path, i, filters.get(i)), false);
        }
    }

    private void conditions(List<AttributeCondition> conditions, String path, Comparison comparison) {
        for (AttributeCondition condition : conditions) {
            String name = condition.attribute().name();
            lines.add(new Reason(
                    path + "." + name,
                    name + " is " + comparison.wanted(condition.value()),
                    Optional.of(name),
                    Optional.empty(),
                    Optional.of(Shown.cut(condition.value())),
                    OptionalInt.empty(),
                    OptionalInt.empty()));
        }
    }
}
