/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import dev.sluice.api.cesql.CesqlExplanation;
import dev.sluice.api.event.Shown;
import dev.sluice.api.filter.Explanation.Reason;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a filter as matching does, but to the end of each list, and keeps what decided: of {@code all} that does not
 * match whatever does not, of {@code any} whatever does, and so on.
 */
final class Explainer {

    private final CloudEvent event;

    Explainer(CloudEvent event) {
        this.event = event;
    }

    Explanation explain(Filter filter) {
        return explain(filter, Paths.root(filter));
    }

    private Explanation explain(Filter filter, String path) {
        if (filter instanceof Filter.All all) {
            return all(all, path);
        }
        if (filter instanceof Filter.Any any) {
            return any(any, path);
        }
        if (filter instanceof Filter.Not not) {
            return not(not, path);
        }
        if (filter instanceof Filter.Cesql cesql) {
            return cesql(cesql, path);
        }
        if (filter instanceof Filter.Exact exact) {
            return conditions(exact.conditions(), path, Comparison.EQUAL);
        }
        if (filter instanceof Filter.Prefix prefix) {
            return conditions(prefix.conditions(), path, Comparison.START);
        }
        if (filter instanceof Filter.Suffix suffix) {
            return conditions(suffix.conditions(), path, Comparison.END);
        }
        if (filter instanceof Filter.Attributes attributes) {
            return conditions(attributes.conditions(), path, Comparison.EQUAL_OR_PRESENT);
        }
        return new Explanation(true, List.of(Reason.of(path, "there is no filter")));
    }

    private Explanation all(Filter.All all, String path) {
        List<Reason> met = new ArrayList<>();
        List<Reason> missed = new ArrayList<>();
        for (int i = 0; i < all.filters().size(); i++) {
            Filter filter = all.filters().get(i);
            Explanation each = explain(filter, Paths.element(path, i, filter));
            (each.matches() ? met : missed).addAll(each.reasons());
        }
        return missed.isEmpty() ? new Explanation(true, met) : new Explanation(false, missed);
    }

    private Explanation any(Filter.Any any, String path) {
        int size = any.filters().size();
        List<Reason> reasons = new ArrayList<>();
        if (size > 1) {
            reasons.add(Reason.of(path, "none of its " + size + " filters matches"));
        }
        for (int i = 0; i < size; i++) {
            Filter filter = any.filters().get(i);
            Explanation each = explain(filter, Paths.element(path, i, filter));
            if (each.matches()) {
                return each;
            }
            reasons.addAll(each.reasons());
        }
        return new Explanation(false, reasons);
    }

    private Explanation not(Filter.Not not, String path) {
        Explanation inner = explain(not.filter(), Paths.inside(path, not.filter()));
        List<Reason> reasons = new ArrayList<>();
        reasons.add(Reason.of(path, inner.matches() ? "the filter in it matches" : "the filter in it does not match"));
        reasons.addAll(inner.reasons());
        return new Explanation(!inner.matches(), reasons);
    }

    private Explanation cesql(Filter.Cesql cesql, String path) {
        CesqlExplanation explained = cesql.expression().explain(event);
        boolean manyLines = cesql.expression().text().strip().indexOf('\n') >= 0;
        List<Reason> reasons = new ArrayList<>();
        for (CesqlExplanation.Reason each : explained.reasons()) {
            String place = (manyLines ? "line " + each.line() + ", column " : "column ") + each.column();
            reasons.add(new Reason(
                    path,
                    place + ": " + each.text(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalInt.of(each.line()),
                    OptionalInt.of(each.column())));
        }
        return new Explanation(explained.matches(), reasons);
    }

    private Explanation conditions(List<AttributeCondition> conditions, String path, Comparison comparison) {
        List<Reason> met = new ArrayList<>();
        List<Reason> missed = new ArrayList<>();
        for (AttributeCondition condition : conditions) {
            String actual = condition.attribute().textIn(event);
            boolean matches = comparison.holds(actual, condition.value());
            (matches ? met : missed).add(reason(path, condition, comparison, actual, matches));
        }
        return missed.isEmpty() ? new Explanation(true, met) : new Explanation(false, missed);
    }

    private static Reason reason(
            String path,
            AttributeCondition condition,
            Comparison comparison,
            @Nullable String actual,
            boolean matches) {
        String name = condition.attribute().name();
        String wanted = condition.value();
        String text = actual == null ? "the event has no attribute " + name : name + " is " + Shown.quoted(actual);
        if (matches) {
            text += comparison.met(wanted);
        } else {
            text += ", wanted " + comparison.wanted(wanted);
            if (actual != null && comparison.holds(actual.toLowerCase(Locale.ROOT), wanted.toLowerCase(Locale.ROOT))) {
                text += "; they differ in upper and lower case only";
            }
        }
        return new Reason(
                path + "." + name,
                text,
                Optional.of(name),
                Optional.ofNullable(actual).map(Shown::cut),
                Optional.of(Shown.cut(wanted)),
                OptionalInt.empty(),
                OptionalInt.empty());
    }
}
