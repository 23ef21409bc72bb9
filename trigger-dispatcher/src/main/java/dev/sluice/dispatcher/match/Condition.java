/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.cesql.CesqlNode;
import dev.sluice.api.filter.Filter;
import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/**
 * Something that a filter says and that is asked of an event, because no key has led to it. Equal ones say the same about
 * every event, so that triggers can share them.
 */
abstract sealed class Condition {

    /** Worked out when it is first needed: it takes time in proportion to the condition. 0: not yet. */
    private int hash;

    /** Whether it holds for the event. */
    abstract boolean holds(CloudEvent event);

    abstract int newHash();

    @Override
    public abstract boolean equals(@Nullable Object other);

    @Override
    public final int hashCode() {
        if (hash == 0) {
            // Sets add hashes up, and those of "s1", "u2" and of "s2", "u1" must not make the same.
            int mixed = newHash();
            mixed = (mixed ^ mixed >>> 16) * 0x7feb352d;
            hash = mixed ^ mixed >>> 15;
        }
        return hash;
    }

    /** A filter passes the event, or does not. */
    static final class OfFilter extends Condition {

        private final Filter filter;
        private final boolean passes;

        OfFilter(Filter filter, boolean passes) {
            this.filter = filter;
            this.passes = passes;
        }

        @Override
        boolean holds(CloudEvent event) {
            return filter.matches(event) == passes;
        }

        @Override
        int newHash() {
            return filter.hashCode() + Boolean.hashCode(passes);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof OfFilter that && passes == that.passes && filter.equals(that.filter);
        }

        @Override
        public String toString() {
            return passes ? filter.toString() : "not " + filter;
        }
    }

    /** A node of an expression is true, or false. It is neither if it fails, and then the condition does not hold. */
    static final class OfCesql extends Condition {

        private final CesqlNode node;
        private final boolean expected;

        OfCesql(CesqlNode node, boolean expected) {
            this.node = node;
            this.expected = expected;
        }

        @Override
        boolean holds(CloudEvent event) {
            return node.is(expected, event);
        }

        @Override
        int newHash() {
            return node.likeness() + Boolean.hashCode(expected);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof OfCesql that && expected == that.expected && node.isAlike(that.node);
        }

        @Override
        public String toString() {
            return node + " is " + expected;
        }
    }

    /** A key is met that has not been needed to get there. */
    static final class OfKey extends Condition {

        private final Key key;

        OfKey(Key key) {
            this.key = key;
        }

        @Override
        boolean holds(CloudEvent event) {
            return key.isMetBy(event);
        }

        @Override
        int newHash() {
            return key.hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof OfKey that && key.equals(that.key);
        }

        @Override
        public String toString() {
            return key.toString();
        }
    }
}
