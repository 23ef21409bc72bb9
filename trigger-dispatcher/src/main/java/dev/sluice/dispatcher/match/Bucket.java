/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import org.jspecify.annotations.Nullable;

/**
 * The alternatives that are registered behind one sequence of keys, in the form that suits their number:
 *
 * <pre>
 *   one                    the {@link Alternative} itself
 *   a few                  a {@link Leaf}, which asks them one by one
 *   more than a few        a {@link Node}, which finds them by a further key
 * </pre>
 *
 * The level of a bucket is the number of keys that lead to it; each of them holds for any event that gets there.
 */
abstract sealed class Bucket permits Alternative, Leaf, Node {

    /** The number of alternatives in it, at least 1. */
    abstract int size();

    /** Hands on every trigger in it that the event matches. */
    abstract void match(Matching matching);

    /** @return the bucket that holds these and the new one; it takes the place of this one */
    abstract Bucket add(Alternative added, int level, Shared shared);

    /**
     * @param removed one that is in it
     * @return the bucket that holds the others, and takes the place of this one; null if there are none
     */
    abstract @Nullable Bucket remove(Alternative removed, int level, Shared shared);

    /** Empties it into a leaf of the given level. */
    abstract void moveTo(Leaf leaf, int level, Shared shared);
}
