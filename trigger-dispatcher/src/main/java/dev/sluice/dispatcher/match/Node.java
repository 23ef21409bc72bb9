/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import io.cloudevents.CloudEvent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds its alternatives by one more of their keys: by the attribute first, and then by its text. */
final class Node extends Bucket {

    /**
     * Keys lead at most this far down, which bounds the recursion. Below, alternatives are asked one by one. As each node
     * sends a new one where the fewest are, it takes more than eight that share more than eight keys to get there.
     */
    static final int MAX_LEVEL = 8;

    /** A node of this size becomes a leaf again; far enough from where a leaf becomes a node not to go back and forth. */
    private static final int MIN_SIZE = Leaf.MAX_DIVISIBLE / 2;

    /** Up to here every column looks for its attribute in the event; beyond, the event's extensions look for columns. */
    private static final int MAX_EXTENSION_COLUMNS = 8;

    private static final Column[] NONE = {};

    /** Those without a further key. */
    private @Nullable Leaf here;

    /** One for each attribute that a further key asks for, but for the extensions if they have a map of their own. */
    private Column[] columns = NONE;

    private @Nullable Map<String, Column> extensions;
    private int size;

    @Override
    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0 && here == null && columns.length == 0 && extensions == null;
    }

    @Override
    void match(Matching matching) {
        if (here != null) {
            here.match(matching);
        }
        for (Column column : columns) {
            column.match(matching);
        }
        if (extensions != null) {
            matchExtensions(extensions, matching);
        }
    }

    private static void matchExtensions(Map<String, Column> extensions, Matching matching) {
        CloudEvent event = matching.event();
        for (String name : event.getExtensionNames()) {
            Column column = extensions.get(name);
            if (column != null) {
                column.match(matching);
            }
        }
    }

    @Override
    Bucket add(Alternative added, int level, Shared shared) {
        size++;
        if (!added.goesBelow(level)) {
            if (here == null) {
                here = new Leaf();
            }
            here.append(added, level, shared);
            return this;
        }
        added.chooseKey(level, bestKey(added, level));
        Key key = added.key(level);
        Column column = column(key);
        if (column == null) {
            column = addColumn(new Column(shared.asked().acquire(key.attribute())));
        }
        Bucket before = column.get(key);
        if (before == null) {
            column.put(key, added.settleAlone(level + 1, shared.residuals()));
        } else {
            Bucket after = before.add(added, level + 1, shared);
            if (after != before) {
                column.put(key, after);
            }
        }
        return this;
    }

    /** The key that leads to the fewest, among those that promise most. */
    private int bestKey(Alternative added, int level) {
        int best = level;
        int bestSize = 0;
        for (int i = level; added.goesBelow(i); i++) {
            Key key = added.key(i);
            int sizeThere = sizeBehind(key);
            if (i == level || isBetter(key, sizeThere, added.key(best), bestSize)) {
                best = i;
                bestSize = sizeThere;
            }
        }
        return best;
    }

    private int sizeBehind(Key key) {
        Column column = column(key);
        Bucket bucket = column == null ? null : column.get(key);
        return bucket == null ? 0 : bucket.size();
    }

    private static boolean isBetter(Key key, int size, Key best, int bestSize) {
        if (key.rank() != best.rank()) {
            return key.rank() < best.rank();
        }
        return size != bestSize
                ? size < bestSize
                : key.text().length() > best.text().length();
    }

    @Override
    @Nullable
    Bucket remove(Alternative removed, int level, Shared shared) {
        detach(removed, level, shared);
        if (size > MIN_SIZE) {
            return this;
        }
        Leaf leaf = new Leaf();
        moveTo(leaf, level, shared);
        return leaf;
    }

    /** Takes it out and stays a node, however few are left. */
    void detach(Alternative removed, int level, Shared shared) {
        size--;
        if (removed.level() == level) {
            removeHere(removed, level, shared);
            return;
        }
        Key key = removed.key(level);
        Column column = column(key);
        Bucket before = column == null ? null : column.get(key);
        if (column == null || before == null) {
            throw new IllegalStateException("the index has lost " + removed.keys());
        }
        Bucket after = before.remove(removed, level + 1, shared);
        if (after == before) {
            return;
        }
        if (after != null) {
            column.put(key, after);
            return;
        }
        column.remove(key);
        if (column.isEmpty()) {
            removeColumn(column);
            shared.asked().release(column.attribute());
        }
    }

    private void removeHere(Alternative removed, int level, Shared shared) {
        if (here == null) {
            throw new IllegalStateException("the index has lost " + removed.keys());
        }
        here.take(removed, level, shared);
        if (here.size() == 0) {
            here = null;
        }
    }

    @Override
    void moveTo(Leaf leaf, int level, Shared shared) {
        if (here != null) {
            here.moveTo(leaf, level, shared);
        }
        for (Column column : columns) {
            column.moveTo(leaf, level, shared);
        }
        if (extensions != null) {
            for (Column column : extensions.values()) {
                column.moveTo(leaf, level, shared);
            }
        }
    }

    private @Nullable Column column(Key key) {
        for (Column column : columns) {
            if (column.attribute().equals(key.attribute())) {
                return column;
            }
        }
        return extensions == null ? null : extensions.get(key.attribute().name());
    }

    private Column addColumn(Column added) {
        if (extensions == null || !added.attribute().isExtension()) {
            columns = Arrays.copyOf(columns, columns.length + 1);
            columns[columns.length - 1] = added;
            moveExtensionsIfMany();
        } else {
            extensions.put(added.attribute().name(), added);
        }
        return added;
    }

    private void moveExtensionsIfMany() {
        Map<String, Column> moved = new HashMap<>();
        Column[] left = new Column[columns.length];
        int count = 0;
        for (Column column : columns) {
            if (column.attribute().isExtension()) {
                moved.put(column.attribute().name(), column);
            } else {
                left[count++] = column;
            }
        }
        if (moved.size() > MAX_EXTENSION_COLUMNS) {
            columns = Arrays.copyOf(left, count);
            extensions = moved;
        }
    }

    private void removeColumn(Column removed) {
        if (extensions != null && extensions.remove(removed.attribute().name(), removed)) {
            if (extensions.isEmpty()) {
                extensions = null;
            }
            return;
        }
        Column[] left = new Column[columns.length - 1];
        int count = 0;
        for (Column column : columns) {
            if (column != removed) {
                left[count++] = column;
            }
        }
        columns = left;
    }
}
