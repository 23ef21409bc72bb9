/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Asks its alternatives one by one. */
final class Leaf extends Bucket {

    /**
     * The most that could be found by a further key and yet are asked one by one. More make a node. Asking one costs about as
     * much as the look-up in a node that would spare it, and a node takes a few hundred bytes.
     */
    static final int MAX_DIVISIBLE = 8;

    private Alternative[] alternatives = new Alternative[2];
    private int count;
    /** How many of them could be found by a further key. */
    private int divisible;

    @Override
    int size() {
        return count;
    }

    @Override
    void match(Matching matching) {
        Alternative[] all = alternatives;
        for (int i = 0, n = count; i < n; i++) {
            all[i].match(matching);
        }
    }

    @Override
    Bucket add(Alternative added, int level, AskedAttributes asked) {
        append(added, level);
        if (divisible <= MAX_DIVISIBLE || level == Node.MAX_LEVEL) {
            return this;
        }
        Node node = new Node();
        for (int i = 0; i < count; i++) {
            node.add(alternatives[i], level, asked);
        }
        return node;
    }

    void append(Alternative added, int level) {
        if (count == alternatives.length) {
            alternatives = Arrays.copyOf(alternatives, count * 2);
        }
        alternatives[count] = added.settleAt(level);
        added.place = count++;
        if (added.goesBelow(level)) {
            divisible++;
        }
    }

    @Override
    @Nullable
    Bucket remove(Alternative removed, int level, AskedAttributes asked) {
        take(removed, level);
        return count == 1 ? alternatives[0] : this;
    }

    /** Takes it out; the last may be taken too. */
    void take(Alternative removed, int level) {
        Alternative last = alternatives[--count];
        alternatives[removed.place] = last;
        last.place = removed.place;
        alternatives[count] = null;
        if (removed.goesBelow(level)) {
            divisible--;
        }
        if (count > 1 && count <= alternatives.length / 4) {
            alternatives = Arrays.copyOf(alternatives, alternatives.length / 2);
        }
    }

    @Override
    void moveTo(Leaf leaf, int level, AskedAttributes asked) {
        for (int i = 0; i < count; i++) {
            leaf.append(alternatives[i], level);
        }
    }
}
