/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code x = y} and its like. The operators of order compare Integers; the type of {@code y} decides what the two of
 * equality compare, and {@code x} is cast to it (CESQL 1.0, 3.7).
 */
public final class Comparison extends BooleanNode {

    /** The operators; {@code <>} is another way to write {@link #NOT_EQUAL}. */
    public enum Operator {
        EQUAL("="),
        NOT_EQUAL("!="),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">=");

        private final String symbol;

        Operator(String symbol) {
            this.symbol = symbol;
        }

        boolean isEquality() {
            return this == EQUAL || this == NOT_EQUAL;
        }
    }

    private final Operator operator;
    private final CesqlNode left;
    private final CesqlNode right;

    Comparison(int position, Operator operator, CesqlNode left, CesqlNode right) {
        super(position, left, right);
        this.operator = operator;
        this.left = left;
        this.right = right;
    }

    public Operator operator() {
        return operator;
    }

    public CesqlNode left() {
        return left;
    }

    public CesqlNode right() {
        return right;
    }

    @Override
    List<CesqlNode> children() {
        return List.of(left, right);
    }

    @Override
    Object own() {
        return operator;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        if (!operator.isEquality()) {
            return order(event, failure);
        }
        int equal = equal(event, failure);
        return equal == FAILED || operator == Operator.EQUAL ? equal : equal ^ 1;
    }

    private int order(CloudEvent event, @Nullable Failure failure) {
        long x = left.number(event, failure);
        if (x == FAILED_NUMBER) {
            return FAILED;
        }
        long y = right.number(event, failure);
        if (y == FAILED_NUMBER) {
            return FAILED;
        }
        return of(
                switch (operator) {
                    case LESS -> x < y;
                    case LESS_OR_EQUAL -> x <= y;
                    case GREATER -> x > y;
                    case GREATER_OR_EQUAL -> x >= y;
                    case EQUAL -> x == y;
                    case NOT_EQUAL -> x != y;
                });
    }

    private int equal(CloudEvent event, @Nullable Failure failure) {
        CesqlType type = right.type();
        if (type == null) {
            return equalToAttribute(event, failure);
        }
        return switch (type) {
            case STRING -> equalTexts(event, failure);
            case INTEGER -> equalNumbers(event, failure);
            case BOOLEAN -> equalTruths(event, failure);
        };
    }

    private int equalTexts(CloudEvent event, @Nullable Failure failure) {
        String x = left.text(event, failure);
        if (x == null) {
            return FAILED;
        }
        String y = right.text(event, failure);
        return y == null ? FAILED : of(x.equals(y));
    }

    private int equalNumbers(CloudEvent event, @Nullable Failure failure) {
        long x = left.number(event, failure);
        if (x == FAILED_NUMBER) {
            return FAILED;
        }
        long y = right.number(event, failure);
        return y == FAILED_NUMBER ? FAILED : of(x == y);
    }

    private int equalTruths(CloudEvent event, @Nullable Failure failure) {
        int x = left.test(event, failure);
        if (x == FAILED) {
            return FAILED;
        }
        int y = right.test(event, failure);
        return y == FAILED ? FAILED : of(x == y);
    }

    /** Only an attribute's type is not known before; it is read again to compare, which is a field access or a look-up. */
    private int equalToAttribute(CloudEvent event, @Nullable Failure failure) {
        Object y = right.value(event, failure);
        if (y == null) {
            return FAILED;
        }
        if (y instanceof Integer) {
            return equalNumbers(event, failure);
        }
        return y instanceof Boolean ? equalTruths(event, failure) : equalTexts(event, failure);
    }

    @Override
    public String toString() {
        return "(" + left + " " + operator.symbol + " " + right + ")";
    }
}
