/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A call of a function whose result is an Integer. */
final class IntegerCall extends IntegerNode {

    private final Function function;
    private final CesqlNode argument;

    IntegerCall(int position, Function function, CesqlNode argument) {
        super(position, argument);
        this.function = function;
        this.argument = argument;
    }

    @Override
    List<CesqlNode> children() {
        return List.of(argument);
    }

    @Override
    Object own() {
        return function;
    }

    @Override
    long number(CloudEvent event, @Nullable Failure failure) {
        if (function == Function.LENGTH) {
            String text = argument.text(event, failure);
            return text == null ? FAILED_NUMBER : text.codePointCount(0, text.length());
        }
        long value = argument.number(event, failure);
        if (function == Function.INT || value >= 0 || value == FAILED_NUMBER) {
            return value;
        }
        if (value == Integer.MIN_VALUE) {
            Failure.overflow(failure, this, Integer.MAX_VALUE, -value);
            return FAILED_NUMBER;
        }
        return -value;
    }

    @Override
    public String toString() {
        return function + "(" + argument + ")";
    }
}
