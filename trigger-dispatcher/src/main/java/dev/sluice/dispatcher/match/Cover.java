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
 * What a filter looks like to the index: alternatives, each a {@link Conjunction} of keys, such that no event matches the
 * filter without meeting at least one of them. It leaves out what no key can say, so an event that meets an alternative
 * matches for certain only if that {@linkplain Conjunction#decides() decides}.
 *
 * <pre>
 *   all(exact type=paid, any(exact region=eu, prefix source=/shop), not(exact test=yes))
 *
 *     type = paid  and  region = eu
 *     type = paid  and  source starts with /shop      neither decides, because of the not
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

    static List<Conjunction> of(Filter filter) {
        return of(filter, true);
    }

    /** Of the events that the filter passes, or of those that it does not pass. */
    private static List<Conjunction> of(Filter filter, boolean passes) {
        if (filter instanceof Filter.Not not) {
            return of(not.filter(), !passes);
        }
        if (filter instanceof Filter.All all) {
            return passes ? and(each(all.filters(), true)) : or(each(all.filters(), false));
        }
        if (filter instanceof Filter.Any any) {
            return passes ? or(each(any.filters(), true)) : and(each(any.filters(), false));
        }
        if (filter instanceof Filter.Everything) {
            return passes ? List.of(Conjunction.ALWAYS) : List.of();
        }
        if (!passes) {
            // Whatever is not equal to "x" could only be found one by one.
            return List.of(Conjunction.OPAQUE);
        }
        if (filter instanceof Filter.Cesql cesql) {
            return CesqlCover.of(cesql.expression());
        }
        return List.of(ofConditions(filter));
    }

    private static List<List<Conjunction>> each(List<Filter> filters, boolean passes) {
        List<List<Conjunction>> covers = new ArrayList<>(filters.size());
        for (Filter filter : filters) {
            covers.add(of(filter, passes));
        }
        return covers;
    }

    private static Conjunction ofConditions(Filter filter) {
        if (filter instanceof Filter.Exact exact) {
            return new Conjunction(keys(exact.conditions(), Key.Kind.EXACT), true);
        }
        if (filter instanceof Filter.Prefix prefix) {
            return new Conjunction(keys(prefix.conditions(), Key.Kind.PREFIX), true);
        }
        if (filter instanceof Filter.Suffix suffix) {
            return new Conjunction(keys(suffix.conditions(), Key.Kind.SUFFIX), true);
        }
        if (filter instanceof Filter.Attributes attributes) {
            List<Key> keys = new ArrayList<>();
            boolean decides = true;
            for (AttributeCondition condition : attributes.conditions()) {
                // An empty value asks for any that is not empty, which is more than presence.
                boolean any = condition.value().isEmpty();
                keys.add(
                        any
                                ? Key.present(condition.attribute())
                                : new Key(condition.attribute(), Key.Kind.EXACT, condition.value()));
                decides &= !any;
            }
            return new Conjunction(keys, decides);
        }
        throw new AssertionError("a dialect that has no keys: " + filter);
    }

    private static List<Key> keys(List<AttributeCondition> conditions, Key.Kind kind) {
        List<Key> keys = new ArrayList<>(conditions.size());
        for (AttributeCondition condition : conditions) {
            keys.add(new Key(condition.attribute(), kind, condition.value()));
        }
        return keys;
    }

    /** Of what each of the parts covers. */
    static List<Conjunction> and(List<List<Conjunction>> parts) {
        // Single ones first: they make no more alternatives of it.
        List<List<Conjunction>> sorted = new ArrayList<>(parts);
        sorted.sort(Comparator.comparingInt(List::size));
        List<Conjunction> product = List.of(Conjunction.ALWAYS);
        boolean complete = true;
        for (List<Conjunction> part : sorted) {
            boolean nothingYet = product.size() == 1 && product.get(0).keys().isEmpty();
            if (nothingYet || product.size() * part.size() <= MAX_PRODUCT || part.size() == 1) {
                product = multiply(product, part);
            } else {
                complete = false;
            }
        }
        return complete ? product : undecided(product);
    }

    private static List<Conjunction> multiply(List<Conjunction> product, List<Conjunction> part) {
        List<Conjunction> larger = new ArrayList<>(product.size() * part.size());
        for (Conjunction left : product) {
            for (Conjunction right : part) {
                Set<Key> keys = new LinkedHashSet<>(left.keys());
                keys.addAll(right.keys());
                larger.add(new Conjunction(List.copyOf(keys), left.decides() && right.decides()));
            }
        }
        return larger;
    }

    /** Of what at least one of the parts covers. */
    static List<Conjunction> or(List<List<Conjunction>> parts) {
        Set<Conjunction> union = new LinkedHashSet<>();
        for (List<Conjunction> part : parts) {
            union.addAll(part);
        }
        if (union.contains(Conjunction.ALWAYS)) {
            return List.of(Conjunction.ALWAYS);
        }
        return union.contains(Conjunction.OPAQUE) ? List.of(Conjunction.OPAQUE) : List.copyOf(union);
    }

    static List<Conjunction> undecided(List<Conjunction> cover) {
        List<Conjunction> undecided = new ArrayList<>(cover.size());
        for (Conjunction conjunction : cover) {
            undecided.add(new Conjunction(conjunction.keys(), false));
        }
        return undecided;
    }
}
