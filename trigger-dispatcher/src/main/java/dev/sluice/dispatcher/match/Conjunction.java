/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import java.util.List;

/**
 * Keys that hold together.
 *
 * @param decides whether an event that meets all of the keys matches the filter, so that nobody needs to evaluate it
 */
record Conjunction(List<Key> keys, boolean decides) {

    /** Met by every event. */
    static final Conjunction ALWAYS = new Conjunction(List.of(), true);

    /** Met by every event, and says nothing about it. */
    static final Conjunction OPAQUE = new Conjunction(List.of(), false);

    Conjunction {
        keys = List.copyOf(keys);
    }
}
