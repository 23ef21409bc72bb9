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

    /** In {@link #slots}: what is left of the alternative, its sole trigger, and the alternative itself. */
    private static final int SLOTS = 3;

    private static final int SOLE = 1;
    private static final int ALTERNATIVE = 2;

    /** What a match needs of each alternative stands here itself: the way to each would be a cache line. */
    private Object[] slots = new Object[2 * SLOTS];

    private int count;
    /** How many of them could be found by a further key. */
    private int divisible;

    @Override
    int size() {
        return count;
    }

    private Alternative alternative(int place) {
        return (Alternative) slots[place * SLOTS + ALTERNATIVE];
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
                ((Alternative) all[i + ALTERNATIVE]).entry().match(matching);
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
            node.add(alternative(i), level, shared);
        }
        return node;
    }

    void append(Alternative added, int level, Shared shared) {
        int at = count * SLOTS;
        if (at == slots.length) {
            slots = Arrays.copyOf(slots, at * 2);
        }
        added.settleIn(this, count, level, shared.residuals());
        slots[at] = added.residual();
        slots[at + SOLE] = added.sole();
        slots[at + ALTERNATIVE] = added;
        count++;
        if (added.goesBelow(level)) {
            divisible++;
        }
    }

    @Override
    @Nullable
    Bucket remove(Alternative removed, int level, Shared shared) {
        take(removed, level, shared);
        return count == 1 ? alternative(0).settleAlone(level, shared.residuals()) : this;
    }

    /** Takes it out; the last may be taken too. */
    void take(Alternative removed, int level, Shared shared) {
        Alternative last = alternative(--count);
        int from = count * SLOTS;
        System.arraycopy(slots, from, slots, removed.place() * SLOTS, SLOTS);
        last.settleIn(this, removed.place(), level, shared.residuals());
        Arrays.fill(slots, from, from + SLOTS, null);
        if (removed.goesBelow(level)) {
            divisible--;
        }
        if (count > 1 && from <= slots.length / 4) {
            slots = Arrays.copyOf(slots, slots.length / 2);
        }
    }

    @Override
    void moveTo(Leaf leaf, int level, Shared shared) {
        for (int i = 0; i < count; i++) {
            leaf.append(alternative(i), level, shared);
        }
    }
}
