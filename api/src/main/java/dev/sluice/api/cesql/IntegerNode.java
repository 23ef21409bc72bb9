/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** A node whose value is an Integer. */
abstract sealed class IntegerNode extends CesqlNode permits Arithmetic, Negation, IntegerCall {

    IntegerNode(int position, CesqlNode... children) {
        super(position, children);
    }

    @Override
    final CesqlType type() {
        return CesqlType.INTEGER;
    }

    @Override
    final int test(CloudEvent event, @Nullable Failure failure) {
        long result = number(event, failure);
        return result == FAILED_NUMBER ? FAILED : BooleanNode.of(result != 0);
    }

    @Override
    final @Nullable String text(CloudEvent event, @Nullable Failure failure) {
        long result = number(event, failure);
        return result == FAILED_NUMBER ? null : Long.toString(result);
    }

    @Override
    final @Nullable Object value(CloudEvent event, @Nullable Failure failure) {
        long result = number(event, failure);
        return result == FAILED_NUMBER ? null : (Object) (int) result;
    }
}
