/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A call of a function whose result is a Boolean. */
final class BooleanCall extends BooleanNode {

    private final Function function;
    private final CesqlNode argument;

    BooleanCall(int position, Function function, CesqlNode argument) {
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
    int test(CloudEvent event, @Nullable Failure failure) {
        if (function == Function.BOOL) {
            return argument.test(event, failure);
        }
        Object value = argument.value(event, failure);
        if (value == null) {
            return FAILED;
        }
        if (value instanceof String text) {
            return of(
                    function == Function.IS_INT
                            ? Casts.toInteger(text) != FAILED_NUMBER
                            : Casts.toBoolean(text) != FAILED);
        }
        return of(function == Function.IS_INT ? value instanceof Integer : value instanceof Boolean);
    }

    @Override
    public String toString() {
        return function + "(" + argument + ")";
    }
}
