/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One of the conjunctions that cover a filter, and where in the index it is. As a bucket: the only one there. */
final class Alternative extends Bucket {

    // What a match looks at comes first, so that it is seldom more than one cache line.

    /** What has to hold for an event that has met the keys that led here; null if nothing. */
    private @Nullable Residual residual;

    /**
     * The one trigger of the entry, if it has no other, and is found by no other alternative; else null. Spares a match the way
     * to the entry, which among many triggers is in no cache.
     */
    private @Nullable Object sole;

    private final Entry entry;

    /** In the order in which they lead to it; those beyond its level lead nowhere yet. */
    private final Key[] keys;

    /** For each key whether {@link #rest} says it as well; null if it says none of them. */
    private final boolean @Nullable [] said;

    /** What no key says; null if they say all. */
    private final @Nullable Residual rest;

    private int level;
    /** The leaf that holds it, if it is not alone. */
    private @Nullable Leaf leaf;
    /** Its place in the leaf. */
    private int place;

    /** @param rest of the conjunction, acquired for this alternative */
    Alternative(Entry entry, Conjunction conjunction, @Nullable Residual rest) {
        this.entry = entry;
        this.keys = conjunction.keys().toArray(Key[]::new);
        this.said = said(keys, conjunction.own());
        this.rest = rest;
        this.residual = rest;
    }

    private static boolean @Nullable [] said(Key[] keys, Set<Key> own) {
        if (own.size() == keys.length) {
            return null;
        }
        boolean[] said = new boolean[keys.length];
        for (int i = 0; i < keys.length; i++) {
            said[i] = !own.contains(keys[i]);
        }
        return said;
    }

    int level() {
        return level;
    }

    Key key(int at) {
        return keys[at];
    }

    List<Key> keys() {
        return List.of(keys);
    }

    /** Whether it has a key that it could be found by below this level. */
    boolean goesBelow(int at) {
        return keys.length > at;
    }

    /** Lets the key at {@code chosen} lead on from {@code at}. */
    void chooseKey(int at, int chosen) {
        Key key = keys[chosen];
        keys[chosen] = keys[at];
        keys[at] = key;
        if (said != null) {
            boolean saidOne = said[chosen];
            said[chosen] = said[at];
            said[at] = saidOne;
        }
    }

    /** @return this, as a bucket */
    Alternative settleAlone(int newLevel, Residuals residuals) {
        settle(newLevel, residuals);
        leaf = null;
        return this;
    }

    void settleIn(Leaf newLeaf, int newPlace, int newLevel, Residuals residuals) {
        settle(newLevel, residuals);
        leaf = newLeaf;
        place = newPlace;
    }

    /** At the same level the same keys lead to it, and the same is left. */
    private void settle(int newLevel, Residuals residuals) {
        if (newLevel == level) {
            return;
        }
        Residual before = residual;
        level = newLevel;
        residual = leftAtLevel(residuals);
        if (before != rest) {
            residuals.release(before);
        }
    }

    private @Nullable Residual leftAtLevel(Residuals residuals) {
        Set<Condition> left = new LinkedHashSet<>();
        for (int i = level; i < keys.length; i++) {
            if (said == null || !said[i]) {
                left.add(new Condition.OfKey(keys[i]));
            }
        }
        if (left.isEmpty()) {
            return rest;
        }
        if (rest != null) {
            left.addAll(rest.conditions());
        }
        return residuals.acquire(left);
    }

    /** It is in the index no more. */
    void leave(Residuals residuals) {
        if (residual != rest) {
            residuals.release(residual);
        }
        residuals.release(rest);
    }

    @Nullable
    Residual residual() {
        return residual;
    }

    @Nullable
    Object sole() {
        return sole;
    }

    void setSole(@Nullable Object newSole) {
        sole = newSole;
        if (leaf != null) {
            leaf.setSole(place, newSole);
        }
    }

    Entry entry() {
        return entry;
    }

    int place() {
        return place;
    }

    @Override
    int size() {
        return 1;
    }

    @Override
    void match(Matching matching) {
        Residual left = residual;
        if (left != null && !left.holds(matching)) {
            return;
        }
        Object trigger = sole;
        if (trigger != null) {
            matching.into().add(trigger);
        } else {
            entry.match(matching);
        }
    }

    @Override
    Bucket add(Alternative added, int at, Shared shared) {
        return new Leaf().add(this, at, shared).add(added, at, shared);
    }

    @Override
    @Nullable
    Bucket remove(Alternative removed, int at, Shared shared) {
        assert removed == this;
        return null;
    }

    @Override
    void moveTo(Leaf newLeaf, int at, Shared shared) {
        newLeaf.append(this, at, shared);
    }
}
