/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.Set;

/**
 * What is left of an alternative for an event that has met the keys that led to it: conditions that hold together. One for all
 * alternatives of which the same is left, so that asking it touches memory that other triggers have brought into the cache, and
 * that an event is asked once for all of them.
 */
final class Residual {

    private final Set<Condition> conditions;
    private final Condition[] inOrder;
    /** How many hold on to it. */
    int users;

    private long askedBy;
    private boolean held;

    /** @param inOrder the conditions, in the order in which they are asked */
    Residual(Set<Condition> conditions, Condition[] inOrder) {
        this.conditions = conditions;
        this.inOrder = inOrder;
    }

    Set<Condition> conditions() {
        return conditions;
    }

    boolean holds(Matching matching) {
        if (askedBy != matching.number()) {
            held = holdsAll(matching);
            askedBy = matching.number();
        }
        return held;
    }

    private boolean holdsAll(Matching matching) {
        for (Condition condition : inOrder) {
            if (!matching.meets(condition)) {
                return false;
            }
        }
        return true;
    }
}
