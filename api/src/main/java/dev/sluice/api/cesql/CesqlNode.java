/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node of the syntax tree, which evaluates itself. Immutable and safe for any thread. The variants that tell an index
 * what it can look up are public; the others are opaque.
 *
 * <p>An evaluation stops at its first error (fail fast mode, CESQL 1.0, 1.2 and 4.1), and passes the fact up in the value
 * it returns: {@link #FAILED}, {@link #FAILED_NUMBER} or null.
 *
 * <p>{@link #toString} writes the subtree with all its parentheses.
 */
public abstract sealed class CesqlNode permits BooleanNode, IntegerNode, StringNode, Literal, AttributeReference {

    static final int FALSE = 0;
    static final int TRUE = 1;
    static final int FAILED = -1;

    /** Outside the range of a 32-bit integer. */
    static final long FAILED_NUMBER = Long.MIN_VALUE;

    private final int position;
    private final int height;

    CesqlNode(int position, CesqlNode... children) {
        this.position = position;
        int highest = 0;
        for (CesqlNode child : children) {
            highest = Math.max(highest, child.height());
        }
        this.height = 1 + highest;
    }

    /** Where the subexpression, or its operator, begins, in UTF-16 units from 0. */
    public final int position() {
        return position;
    }

    /** The number of nodes on the longest way down to a leaf. */
    final int height() {
        return height;
    }

    /** The subexpressions, as they are written. */
    abstract List<CesqlNode> children();

    /** What it evaluates to, or null if that depends on the event. */
    abstract @Nullable CesqlType type();

    /** What tells it from other nodes of its class that have equal subexpressions. */
    abstract Object own();

    /** The value cast to Boolean: {@link #TRUE}, {@link #FALSE}, or {@link #FAILED}. */
    abstract int test(CloudEvent event, @Nullable Failure failure);

    /** The value cast to Integer, or {@link #FAILED_NUMBER}. */
    abstract long number(CloudEvent event, @Nullable Failure failure);

    /** The value cast to String, or null after an error. */
    abstract @Nullable String text(CloudEvent event, @Nullable Failure failure);

    /** The value as it is, or null after an error. */
    abstract @Nullable Object value(CloudEvent event, @Nullable Failure failure);

    /** Whether its value is a Boolean for every event for which it does not fail. */
    public final boolean isBoolean() {
        return type() == CesqlType.BOOLEAN;
    }

    /** Whether its value for the event, cast to Boolean, is {@code expected}; an error is neither. Never throws. */
    public final boolean is(boolean expected, CloudEvent event) {
        return test(event, null) == BooleanNode.of(expected);
    }

    /** Whether the other is the same subexpression, wherever each of them stands. Takes time in proportion to them. */
    public final boolean isAlike(CesqlNode other) {
        if (this == other) {
            return true;
        }
        List<CesqlNode> these = children();
        List<CesqlNode> those = other.children();
        if (getClass() != other.getClass() || !own().equals(other.own()) || these.size() != those.size()) {
            return false;
        }
        for (int i = 0; i < these.size(); i++) {
            if (!these.get(i).isAlike(those.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The same for all that are {@linkplain #isAlike alike}. Takes time in proportion to the subtree. */
    public final int likeness() {
        int hash = getClass().hashCode() + own().hashCode();
        for (CesqlNode child : children()) {
            hash = 31 * hash + child.likeness();
        }
        return hash;
    }
}
