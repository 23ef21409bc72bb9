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

    /** In {@link #slots}: what is left of the alternative, its sole trigger, and its entry. */
    private static final int SLOTS = 3;

    private static final int SOLE = 1;
    private static final int ENTRY = 2;

    /** What a match needs of each alternative: the way to each of them would be a cache line. */
    private Object[] slots = new Object[2 * SLOTS];

    private Alternative[] alternatives = new Alternative[2];
    private int count;
    /** How many of them could be found by a further key. */
    private int divisible;

    @Override
    int size() {
        return count;
    }

    void setSole(int place, @Nullable Object sole) {
        slots[place * SLOTS + SOLE] = sole;
    }

    @Override
    void match(Matching matching) {
        Object[] all = slots;
        for (int i = 0, end = count * SLOTS; i < end; i += SLOTS) {
            Residual residual = (Residual) all[i];
            if (residual != null && !residual.holds(matching)) {
                continue;
            }
            Object sole = all[i + SOLE];
            if (sole != null) {
                matching.into().add(sole);
            } else {
                ((Entry) all[i + ENTRY]).match(matching);
            }
        }
    }

    @Override
    Bucket add(Alternative added, int level, Shared shared) {
        append(added, level, shared);
        if (divisible <= MAX_DIVISIBLE || level == Node.MAX_LEVEL) {
            return this;
        }
        Node node = new Node();
        for (int i = 0; i < count; i++) {
            node.add(alternatives[i], level, shared);
        }
        return node;
    }

    void append(Alternative added, int level, Shared shared) {
        if (count == alternatives.length) {
            alternatives = Arrays.copyOf(alternatives, count * 2);
            slots = Arrays.copyOf(slots, count * 2 * SLOTS);
        }
        added.settleIn(this, count, level, shared.residuals());
        int at = count * SLOTS;
        slots[at] = added.residual();
        slots[at + SOLE] = added.sole();
        slots[at + ENTRY] = added.entry();
        alternatives[count++] = added;
        if (added.goesBelow(level)) {
            divisible++;
        }
    }

    @Override
    @Nullable
    Bucket remove(Alternative removed, int level, Shared shared) {
        take(removed, level, shared);
        return count == 1 ? alternatives[0].settleAlone(level, shared.residuals()) : this;
    }

    /** Takes it out; the last may be taken too. */
    void take(Alternative removed, int level, Shared shared) {
        Alternative last = alternatives[--count];
        int from = count * SLOTS;
        int to = removed.place();
        System.arraycopy(slots, from, slots, to * SLOTS, SLOTS);
        Arrays.fill(slots, from, from + SLOTS, null);
        alternatives[to] = last;
        alternatives[count] = null;
        last.settleIn(this, to, level, shared.residuals());
        if (removed.goesBelow(level)) {
            divisible--;
        }
        if (count > 1 && count <= alternatives.length / 4) {
            alternatives = Arrays.copyOf(alternatives, alternatives.length / 2);
            slots = Arrays.copyOf(slots, alternatives.length * SLOTS);
        }
    }

    @Override
    void moveTo(Leaf leaf, int level, Shared shared) {
        for (int i = 0; i < count; i++) {
            leaf.append(alternatives[i], level, shared);
        }
    }
}
