/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code x AND y AND …}, and the same for OR and XOR: a run of one operator is one node, however long, so that a list of a
 * thousand alternatives is evaluated without recursion. AND and OR evaluate from left to right and stop as soon as the
 * value is known.
 */
public final class Logic extends BooleanNode {

    /** The three operators. They have the same precedence and associate to the left (CESQL 1.0, 3.6). */
    public enum Operator {
        AND,
        OR,
        XOR
    }

    private final Operator operator;
    private final List<CesqlNode> operands;

    Logic(int position, Operator operator, List<CesqlNode> operands) {
        super(position, operands.toArray(CesqlNode[]::new));
        this.operator = operator;
        this.operands = List.copyOf(operands);
    }

    public Operator operator() {
        return operator;
    }

    /** Two or more. */
    public List<CesqlNode> operands() {
        return operands;
    }

    @Override
    List<CesqlNode> children() {
        return operands;
    }

    @Override
    Object own() {
        return operator;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        return switch (operator) {
            case AND -> firstOr(TRUE, FALSE, event, failure);
            case OR -> firstOr(FALSE, TRUE, event, failure);
            case XOR -> parity(event, failure);
        };
    }

    private int firstOr(int otherwise, int decisive, CloudEvent event, @Nullable Failure failure) {
        for (int i = 0; i < operands.size(); i++) {
            int result = operands.get(i).test(event, failure);
            if (result == decisive || result == FAILED) {
                return result;
            }
        }
        return otherwise;
    }

    private int parity(CloudEvent event, @Nullable Failure failure) {
        int parity = FALSE;
        for (int i = 0; i < operands.size(); i++) {
            int result = operands.get(i).test(event, failure);
            if (result == FAILED) {
                return FAILED;
            }
            parity ^= result;
        }
        return parity;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < operands.size(); i++) {
            if (i > 0) {
                text.append(' ').append(operator).append(' ');
            }
            text.append(operands.get(i));
        }
        return text.append(')').toString();
    }
}
