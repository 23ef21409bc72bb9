/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.filter.Filter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the conjunctions that cover a filter, and where in the index it is. As a bucket: the only one there. */
final class Alternative extends Bucket {

    private final Entry entry;
    private final Filter filter;
    private final boolean decides;

    /** In the order in which they lead to it; those beyond its level lead nowhere yet. */
    private final Key[] keys;

    private int level;
    /** The keys that led here say all that the filter says. */
    private boolean decided;
    /**
     * The one trigger of the entry, if it has no other, and is found by no other alternative; else null. Spares a match the way
     * to the entry, which among many triggers is in no cache.
     */
    @Nullable
    Object sole;

    /** Its place in the leaf that holds it. */
    int place;

    Alternative(Entry entry, Conjunction conjunction) {
        this.entry = entry;
        this.filter = entry.filter;
        this.decides = conjunction.decides();
        this.keys = conjunction.keys().toArray(Key[]::new);
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
    }

    /** @return this */
    Alternative settleAt(int newLevel) {
        level = newLevel;
        decided = decides && newLevel == keys.length;
        return this;
    }

    @Override
    int size() {
        return 1;
    }

    @Override
    void match(Matching matching) {
        Object trigger = sole;
        if (trigger == null) {
            if (matching.isUnsettled(entry) && (decided || matching.passes(filter))) {
                entry.addTriggersTo(matching.into());
            }
        } else if (decided || matching.passes(filter)) {
            matching.into().add(trigger);
        }
    }

    @Override
    Bucket add(Alternative added, int at, AskedAttributes asked) {
        return new Leaf().add(this, at, asked).add(added, at, asked);
    }

    @Override
    @Nullable
    Bucket remove(Alternative removed, int at, AskedAttributes asked) {
        assert removed == this;
        return null;
    }

    @Override
    void moveTo(Leaf leaf, int at, AskedAttributes asked) {
        leaf.append(this, at);
    }
}
