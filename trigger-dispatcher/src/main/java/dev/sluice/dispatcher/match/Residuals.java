/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One {@link Residual} for all that are equal, for as long as there is an alternative that has it. */
final class Residuals {

    private final Map<Set<Condition>, Residual> byConditions = new HashMap<>();

    boolean isEmpty() {
        return byConditions.isEmpty();
    }

    int size() {
        return byConditions.size();
    }

    /**
     * For one more user.
     *
     * @return null if there is no condition
     */
    @Nullable
    Residual acquire(Set<Condition> conditions) {
        if (conditions.isEmpty()) {
            return null;
        }
        Residual residual = byConditions.get(conditions);
        if (residual == null) {
            // A copy that takes less memory than what sets are put together in.
            Set<Condition> kept = Set.copyOf(conditions);
            residual = new Residual(kept, conditions.toArray(Condition[]::new));
            byConditions.put(kept, residual);
        }
        residual.users++;
        return residual;
    }

    /**
     * What is left of each alternative of a filter when all of its keys are met. Among them is the same again and again, and it
     * may be long: it is looked for once.
     */
    @Nullable
    Residual[] acquireRests(List<Conjunction> cover) {
        Map<Set<Condition>, Residual> acquired = new HashMap<>();
        @Nullable Residual[] rests = new Residual[cover.size()];
        for (int i = 0; i < rests.length; i++) {
            Set<Condition> rest = cover.get(i).rest();
            Residual residual = acquired.get(rest);
            if (residual != null) {
                residual.users++;
            } else {
                residual = acquire(rest);
                if (residual != null) {
                    acquired.put(rest, residual);
                }
            }
            rests[i] = residual;
        }
        return rests;
    }

    /** One user needs it no more. */
    void release(@Nullable Residual residual) {
        if (residual != null && --residual.users == 0) {
            byConditions.remove(residual.conditions());
        }
    }
}
