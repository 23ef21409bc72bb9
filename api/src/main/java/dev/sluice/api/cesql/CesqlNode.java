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

    /** The value cast to Boolean: {@link #TRUE}, {@link #FALSE}, or {@link #FAILED}. */
    abstract int test(CloudEvent event, @Nullable Failure failure);

    /** The value cast to Integer, or {@link #FAILED_NUMBER}. */
    abstract long number(CloudEvent event, @Nullable Failure failure);

    /** The value cast to String, or null after an error. */
    abstract @Nullable String text(CloudEvent event, @Nullable Failure failure);

    /** The value as it is, or null after an error. */
    abstract @Nullable Object value(CloudEvent event, @Nullable Failure failure);
}
