/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.event.EventAttribute;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that a node finds by the text of one attribute. */
final class Column {

    private final AskedAttribute attribute;

    /** By what the text is equal to. A hash map of the JDK: it stays logarithmic for texts chosen to collide. */
    private final Map<String, Bucket> exact = new HashMap<>();

    private @Nullable Trie prefixes;
    private @Nullable Trie suffixes;

    Column(AskedAttribute attribute) {
        this.attribute = attribute;
    }

    EventAttribute attribute() {
        return attribute.attribute();
    }

    boolean isEmpty() {
        return exact.isEmpty() && prefixes == null && suffixes == null;
    }

    void match(Matching matching) {
        String text = matching.textOf(attribute);
        if (text == null) {
            return;
        }
        Bucket bucket = exact.get(text);
        if (bucket != null) {
            bucket.match(matching);
        }
        if (prefixes != null) {
            prefixes.match(text, matching);
        }
        if (suffixes != null) {
            suffixes.match(text, matching);
        }
    }

    @Nullable
    Bucket get(Key key) {
        return switch (key.kind()) {
            case EXACT -> exact.get(key.text());
            case PREFIX -> prefixes == null ? null : prefixes.get(key.text());
            case SUFFIX -> suffixes == null ? null : suffixes.get(key.text());
        };
    }

    void put(Key key, Bucket bucket) {
        switch (key.kind()) {
            case EXACT -> exact.put(key.text(), bucket);
            case PREFIX -> {
                if (prefixes == null) {
                    prefixes = new Trie(false);
                }
                prefixes.put(key.text(), bucket);
            }
            case SUFFIX -> {
                if (suffixes == null) {
                    suffixes = new Trie(true);
                }
                suffixes.put(key.text(), bucket);
            }
        }
    }

    /** @param key one that leads to a bucket */
    void remove(Key key) {
        switch (key.kind()) {
            case EXACT -> exact.remove(key.text());
            case PREFIX -> prefixes = without(prefixes, key.text());
            case SUFFIX -> suffixes = without(suffixes, key.text());
        }
    }

    private static @Nullable Trie without(@Nullable Trie trie, String text) {
        if (trie == null) {
            return null;
        }
        trie.remove(text);
        return trie.isEmpty() ? null : trie;
    }

    /** Empties every bucket into the leaf. */
    void moveTo(Leaf leaf, int level, Shared shared) {
        for (Bucket bucket : exact.values()) {
            bucket.moveTo(leaf, level, shared);
        }
        if (prefixes != null) {
            prefixes.moveTo(leaf, level, shared);
        }
        if (suffixes != null) {
            suffixes.moveTo(leaf, level, shared);
        }
        shared.asked().release(attribute());
    }
}
