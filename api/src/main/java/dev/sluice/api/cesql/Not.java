/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code NOT x}. It binds tighter than every binary operator, LIKE and IN included. */
public final class Not extends BooleanNode {

    private final CesqlNode operand;

    Not(int position, CesqlNode operand) {
        super(position, operand);
        this.operand = operand;
    }

    public CesqlNode operand() {
        return operand;
    }

    @Override
    List<CesqlNode> children() {
        return List.of(operand);
    }

    @Override
    Object own() {
        return "NOT";
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        int result = operand.test(event, failure);
        return result == FAILED ? FAILED : result ^ 1;
    }

    @Override
    public String toString() {
        return "(NOT " + operand + ")";
    }
}
