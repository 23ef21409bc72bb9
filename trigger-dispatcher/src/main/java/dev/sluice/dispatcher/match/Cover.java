/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.filter.AttributeCondition;
import dev.sluice.api.filter.Filter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a filter looks like to the index: alternatives, each a {@link Conjunction} of keys, and conditions that no key
 * can say, such that an event matches the filter if, and only if, it meets all of at least one of them.
 *
 * <pre>
 *   all(exact type=paid, any(exact region=eu, prefix source=/shop), not(exact test=yes))
 *
 *     type = paid  and  region = eu                   and  not(exact test=yes)
 *     type = paid  and  source starts with /shop      and  not(exact test=yes)
 * </pre>
 *
 * No alternatives: no event matches. An alternative without keys stands alone: the filter passes every event, or has to be
 * asked about every event.
 */
final class Cover {

    /**
     * The most alternatives that multiplying out lists within an {@code all} may come to. Each costs memory, and the rest of
     * the {@code all} is enough to find the trigger by; only a list with nothing beside it is taken whole.
     */
    static final int MAX_PRODUCT = 32;

    private Cover() {}

    /**
     * A part of a filter.
     *
     * @param whole what it says, in one
     */
    record Part(List<Conjunction> cover, Condition whole) {}

    static List<Conjunction> of(Filter filter) {
        return of(filter, true);
    }

    /** Of the events that the filter passes, or of those that it does not pass. */
    private static List<Conjunction> of(Filter filter, boolean passes) {
        if (filter instanceof Filter.Not not) {
            return of(not.filter(), !passes);
        }
        if (filter instanceof Filter.All all) {
            return passes
                    ? and(each(all.filters(), true), passed(filter))
                    : or(each(all.filters(), false), notPassed(filter));
        }
        if (filter instanceof Filter.Any any) {
            return passes
                    ? or(each(any.filters(), true), passed(filter))
                    : and(each(any.filters(), false), notPassed(filter));
        }
        if (filter instanceof Filter.Everything) {
            return passes ? List.of(Conjunction.ALWAYS) : List.of();
        }
        if (!passes) {
            // Whatever is not equal to "x" could only be found one by one.
            return List.of(Conjunction.of(List.of(), notPassed(filter)));
        }
        if (filter instanceof Filter.Cesql cesql) {
            return CesqlCover.of(cesql);
        }
        return List.of(ofConditions(filter));
    }

    private static Condition passed(Filter filter) {
        return new Condition.OfFilter(filter, true);
    }

    private static Condition notPassed(Filter filter) {
        return new Condition.OfFilter(filter, false);
    }

    private static List<Part> each(List<Filter> filters, boolean passes) {
        List<Part> parts = new ArrayList<>(filters.size());
        for (Filter filter : filters) {
            parts.add(new Part(of(filter, passes), new Condition.OfFilter(filter, passes)));
        }
        return parts;
    }

    private static Conjunction ofConditions(Filter filter) {
        if (filter instanceof Filter.Exact exact) {
            return Conjunction.of(keys(exact.conditions(), Key.Kind.EXACT));
        }
        if (filter instanceof Filter.Prefix prefix) {
            return Conjunction.of(keys(prefix.conditions(), Key.Kind.PREFIX));
        }
        if (filter instanceof Filter.Suffix suffix) {
            return Conjunction.of(keys(suffix.conditions(), Key.Kind.SUFFIX));
        }
        if (filter instanceof Filter.Attributes attributes) {
            return ofAttributes(attributes);
        }
        throw new AssertionError("a dialect that has no keys: " + filter);
    }

    private static Conjunction ofAttributes(Filter.Attributes attributes) {
        List<Key> equal = new ArrayList<>();
        List<Key> present = new ArrayList<>();
        List<AttributeCondition> notEmpty = new ArrayList<>();
        for (AttributeCondition condition : attributes.conditions()) {
            if (condition.value().isEmpty()) {
                // It asks for any value that is not empty, which is more than presence.
                present.add(Key.present(condition.attribute()));
                notEmpty.add(condition);
            } else {
                equal.add(new Key(condition.attribute(), Key.Kind.EXACT, condition.value()));
            }
        }
        Conjunction keys = Conjunction.of(equal);
        return notEmpty.isEmpty() ? keys : keys.and(Conjunction.of(present, passed(new Filter.Attributes(notEmpty))));
    }

    private static List<Key> keys(List<AttributeCondition> conditions, Key.Kind kind) {
        List<Key> keys = new ArrayList<>(conditions.size());
        for (AttributeCondition condition : conditions) {
            keys.add(new Key(condition.attribute(), kind, condition.value()));
        }
        return keys;
    }

    /**
     * Of what each of the parts covers.
     *
     * @param whole that all of them are so
     */
    static List<Conjunction> and(List<Part> parts, Condition whole) {
        // Single ones first: they make no more alternatives of it.
        List<Part> sorted = new ArrayList<>(parts);
        sorted.sort(Comparator.comparingInt(part -> part.cover().size()));
        Set<Key> keys = new LinkedHashSet<>();
        Set<Key> own = new LinkedHashSet<>();
        Set<Condition> rest = new LinkedHashSet<>();
        int lists = 0;
        for (; lists < sorted.size() && sorted.get(lists).cover().size() <= 1; lists++) {
            if (sorted.get(lists).cover().isEmpty()) {
                return List.of();
            }
            Conjunction only = sorted.get(lists).cover().get(0);
            keys.addAll(only.keys());
            own.addAll(only.own());
            rest.addAll(only.rest());
        }
        List<Conjunction> product = List.of(new Conjunction(List.copyOf(keys), own, rest));
        for (int i = lists; i < sorted.size(); i++) {
            Part part = sorted.get(i);
            int size = part.cover().size();
            boolean nothingYet = product.size() == 1 && product.get(0).keys().isEmpty();
            int beside = rest.size() + sorted.size() - i;
            if (nothingYet && size > MAX_PRODUCT && beside > MAX_PRODUCT) {
                // Each of a long list with all of what stands beside it would be the product of both.
                return onlyFinding(part.cover(), whole);
            }
            product = nothingYet || product.size() * size <= MAX_PRODUCT
                    ? multiply(product, part.cover())
                    : multiply(product, List.of(Conjunction.of(List.of(), part.whole())));
        }
        return product;
    }

    /** Of events for which none of these decides alone: they find them, and the whole is asked. */
    static List<Conjunction> onlyFinding(List<Conjunction> cover, Condition whole) {
        List<Conjunction> finding = new ArrayList<>(cover.size());
        for (Conjunction conjunction : cover) {
            finding.add(Conjunction.of(conjunction.keys(), whole));
        }
        return finding;
    }

    private static List<Conjunction> multiply(List<Conjunction> product, List<Conjunction> part) {
        List<Conjunction> larger = new ArrayList<>(product.size() * part.size());
        for (Conjunction left : product) {
            for (Conjunction right : part) {
                larger.add(left.and(right));
            }
        }
        return larger;
    }

    /**
     * Of what at least one of the parts covers.
     *
     * @param whole that one of them is so
     */
    static List<Conjunction> or(List<Part> parts, Condition whole) {
        Set<Conjunction> union = new LinkedHashSet<>();
        boolean ofEveryEvent = false;
        for (Part part : parts) {
            for (Conjunction conjunction : part.cover()) {
                union.add(conjunction);
                ofEveryEvent |= conjunction.keys().isEmpty();
            }
        }
        if (union.contains(Conjunction.ALWAYS)) {
            return List.of(Conjunction.ALWAYS);
        }
        return ofEveryEvent ? List.of(Conjunction.of(List.of(), whole)) : List.copyOf(union);
    }
}
