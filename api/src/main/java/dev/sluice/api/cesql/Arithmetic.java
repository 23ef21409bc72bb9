/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code x + y} and its like. A result that is no 32-bit integer is a <em>MathError</em>, as the specification has it for
 * {@code ABS} and for division by zero; for the other operators it does not say.
 */
final class Arithmetic extends IntegerNode {

    enum Operator {
        MULTIPLY('*'),
        DIVIDE('/'),
        MODULO('%'),
        ADD('+'),
        SUBTRACT('-');

        private final char symbol;

        Operator(char symbol) {
            this.symbol = symbol;
        }
    }

    private final Operator operator;
    private final CesqlNode left;
    private final CesqlNode right;

    Arithmetic(int position, Operator operator, CesqlNode left, CesqlNode right) {
        super(position, left, right);
        this.operator = operator;
        this.left = left;
        this.right = right;
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
    long number(CloudEvent event, @Nullable Failure failure) {
        long x = left.number(event, failure);
        if (x == FAILED_NUMBER) {
            return FAILED_NUMBER;
        }
        long y = right.number(event, failure);
        if (y == FAILED_NUMBER) {
            return FAILED_NUMBER;
        }
        if (y == 0 && (operator == Operator.DIVIDE || operator == Operator.MODULO)) {
            Failure.divisionByZero(failure, this, x);
            return FAILED_NUMBER;
        }
        long result = switch (operator) {
            case MULTIPLY -> x * y;
            case DIVIDE -> x / y;
            case MODULO -> x % y;
            case ADD -> x + y;
            case SUBTRACT -> x - y;
        };
        if (result != (int) result) {
            Failure.overflow(failure, this, null, result);
            return FAILED_NUMBER;
        }
        return result;
    }

    @Override
    public String toString() {
        return "(" + left + " " + operator.symbol + " " + right + ")";
    }
}
