/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.filter.Filter;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A filter, and the triggers that have it. */
final class Entry {

    final Filter filter;

    /** Where the index finds it. Not changed once the entry is registered. */
    Alternative[] alternatives = {};

    /** The last match in which the filter passed; it may be found by several alternatives. */
    private long settledBy;

    /** The one trigger, if there is no other. Spares a match the way to the array. */
    private @Nullable Object sole;

    private Object[] triggers = new Object[1];
    private int count;

    Entry(Filter filter) {
        this.filter = filter;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** @return its place */
    int add(Object trigger) {
        if (count == triggers.length) {
            triggers = Arrays.copyOf(triggers, count * 2);
        }
        triggers[count] = trigger;
        count++;
        tellSole();
        return count - 1;
    }

    /** @return the trigger that is at this place now, or the removed one itself if that was the last */
    Object removeAt(int place) {
        Object removed = triggers[place];
        Object last = triggers[--count];
        triggers[place] = last;
        triggers[count] = null;
        if (count > 0 && count <= triggers.length / 4) {
            triggers = Arrays.copyOf(triggers, triggers.length / 2);
        }
        tellSole();
        return count == place ? removed : last;
    }

    private void tellSole() {
        sole = count == 1 ? triggers[0] : null;
        if (alternatives.length == 1) {
            alternatives[0].setSole(sole);
        }
    }

    /** One of its alternatives is met: hands on every trigger, if no other has done so in this match. */
    void match(Matching matching) {
        if (settledBy == matching.number()) {
            return;
        }
        settledBy = matching.number();
        List<Object> into = matching.into();
        if (sole != null) {
            into.add(sole);
            return;
        }
        for (int i = 0; i < count; i++) {
            into.add(triggers[i]);
        }
    }
}
