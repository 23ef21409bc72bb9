/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.filter.Filter;
import io.cloudevents.CloudEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the triggers of a broker that an event matches, at a cost that grows with the number of those, and not with the
 * number that there are.
 *
 * <pre>
 *   trigger ──▶ {@link Entry}: a filter, with all triggers that have it
 *                 │  {@link Cover}: no event passes without meeting the keys of an alternative
 *                 ▼
 *               {@link Alternative}: keys, such as type = "paid" and source starts with "/shop"
 *                 │
 *                 ▼
 *   event ──▶ {@link Node} ──▶ {@link Column} for each attribute asked for ──▶ hash look-up, {@link Trie} ──▶ {@link Bucket}
 *               │ those without keys: filters that pass everything,           one alternative, a few, or a node again,
 *               ▼ and those that no key can say anything about                which asks for a further key
 *             evaluated one by one
 * </pre>
 *
 * <p>A bucket that more than a few share is divided by a further key of theirs, so that it does not matter if many triggers
 * ask for the same value, nor whether they did when they were added. What a filter says beyond the keys that led to it, its
 * {@link Residual}, is evaluated for those few that are left, once for all of which the same is left.
 *
 * <p>Adding, changing and removing a trigger takes time in proportion to its own filter, amortised, however many others there
 * are; the next event is matched against all of the change or none of it.
 *
 * <p>Not safe for several threads: it belongs to the one thread, or event-loop context, that matches and changes it.
 *
 * @param <T> what stands for a trigger; told apart by {@code equals}
 */
public final class TriggerIndex<T> {

    private final Map<T, Place> places = new HashMap<>();
    private final Map<Filter, Entry> entries = new HashMap<>();
    private final Matching matching = new Matching();
    private Shared shared = new Shared();
    private Node root = new Node();

    private static final class Place {

        final Entry entry;
        int at;

        Place(Entry entry, int at) {
            this.entry = entry;
            this.at = at;
        }
    }

    /** The number of triggers in it. */
    public int size() {
        return places.size();
    }

    /**
     * Adds a trigger, or changes the filter of one that is there.
     *
     * @return whether anything has changed
     */
    public boolean put(T trigger, Filter filter) {
        requireNonNull(trigger, "trigger");
        requireNonNull(filter, "filter");
        Place before = places.get(trigger);
        if (before != null) {
            if (before.entry.filter.equals(filter)) {
                return false;
            }
            remove(trigger);
        }
        Entry entry = entries.get(filter);
        if (entry == null) {
            entry = new Entry(filter);
            register(entry);
            entries.put(filter, entry);
        }
        places.put(trigger, new Place(entry, entry.add(trigger)));
        return true;
    }

    /** @return whether it was there */
    public boolean remove(T trigger) {
        Place place = places.remove(requireNonNull(trigger, "trigger"));
        if (place == null) {
            return false;
        }
        Entry entry = place.entry;
        Place moved = places.get(entry.removeAt(place.at));
        if (moved != null) {
            moved.at = place.at;
        }
        if (entry.isEmpty()) {
            entries.remove(entry.filter);
            for (Alternative alternative : entry.alternatives) {
                root.detach(alternative, 0, shared);
                alternative.leave(shared.residuals());
            }
        }
        return true;
    }

    /** Removes every trigger. */
    public void clear() {
        places.clear();
        entries.clear();
        shared = new Shared();
        root = new Node();
    }

    private void register(Entry entry) {
        List<Conjunction> cover = Cover.of(entry.filter);
        entry.alternatives = new Alternative[cover.size()];
        @Nullable Residual[] rests = shared.residuals().acquireRests(cover);
        for (int i = 0; i < cover.size(); i++) {
            entry.alternatives[i] = new Alternative(entry, cover.get(i), rests[i]);
            root.add(entry.alternatives[i], 0, shared);
        }
    }

    /**
     * Adds every trigger that {@code event} matches, each once, in no particular order. Allocates nothing for those that it
     * does not match, and never throws: a condition that can't be evaluated is not met.
     *
     * @param into what the matches are added to; left as it is when there are none
     */
    @SuppressWarnings("unchecked") // Whatever is added was put in as a T.
    public void match(CloudEvent event, List<? super T> into) {
        matching.begin(event, (List<Object>) into);
        try {
            root.match(matching);
        } finally {
            matching.end();
        }
    }

    /** For tests: how many {@link Residual}s there are. */
    int residuals() {
        return shared.residuals().size();
    }

    /** For tests: whether nothing is left of what was ever in it. */
    boolean isClear() {
        return places.isEmpty() && entries.isEmpty() && shared.isEmpty() && root.isEmpty();
    }
}
