/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys that hold together, and what else has to hold. An event that meets all of it matches the filter.
 *
 * @param keys by which it can be found; each event for which the rest holds and that matches because of this conjunction meets
 *     them
 * @param own those of the keys that the rest does not say as well, so that they have to be met
 * @param rest what has to hold beside them
 */
record Conjunction(List<Key> keys, Set<Key> own, Set<Condition> rest) {

    /** Met by every event. */
    static final Conjunction ALWAYS = new Conjunction(List.of(), Set.of(), Set.of());

    Conjunction {
        keys = List.copyOf(keys);
    }

    /** Keys that say all. */
    static Conjunction of(List<Key> keys) {
        return new Conjunction(keys, new LinkedHashSet<>(keys), Set.of());
    }

    /** A condition that says all, and keys that no event for which it holds can do without. */
    static Conjunction of(List<Key> keys, Condition all) {
        return new Conjunction(keys, Set.of(), Set.of(all));
    }

    /** What both say. */
    Conjunction and(Conjunction other) {
        return new Conjunction(
                List.copyOf(union(new LinkedHashSet<>(keys), other.keys)),
                union(new LinkedHashSet<>(own), other.own),
                union(new LinkedHashSet<>(rest), other.rest));
    }

    private static <E> Set<E> union(Set<E> one, Iterable<E> other) {
        for (E element : other) {
            one.add(element);
        }
        return one;
    }

    /** Whether an event that meets all of the keys matches the filter, so that nobody needs to evaluate anything. */
    boolean decides() {
        return rest.isEmpty();
    }
}
