/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code -x}. */
final class Negation extends IntegerNode {

    private final CesqlNode operand;

    Negation(int position, CesqlNode operand) {
        super(position, operand);
        this.operand = operand;
    }

    @Override
    List<CesqlNode> children() {
        return List.of(operand);
    }

    @Override
    Object own() {
        return "-";
    }

    @Override
    long number(CloudEvent event, @Nullable Failure failure) {
        long value = operand.number(event, failure);
        if (value == Integer.MIN_VALUE) {
            Failure.overflow(failure, this, null, -value);
            return FAILED_NUMBER;
        }
        return value == FAILED_NUMBER ? FAILED_NUMBER : -value;
    }

    @Override
    public String toString() {
        return "(- " + operand + ")";
    }
}
