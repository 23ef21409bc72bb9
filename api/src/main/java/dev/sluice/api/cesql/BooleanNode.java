/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** A node whose value is a Boolean. */
abstract sealed class BooleanNode extends CesqlNode permits Logic, Not, Comparison, Like, Exists, In, BooleanCall {

    BooleanNode(int position, CesqlNode... children) {
        super(position, children);
    }

    @Override
    final CesqlType type() {
        return CesqlType.BOOLEAN;
    }

    @Override
    final long number(CloudEvent event, @Nullable Failure failure) {
        int result = test(event, failure);
        return result == FAILED ? FAILED_NUMBER : result;
    }

    @Override
    final @Nullable String text(CloudEvent event, @Nullable Failure failure) {
        int result = test(event, failure);
        return result == FAILED ? null : result == TRUE ? "true" : "false";
    }

    @Override
    final @Nullable Object value(CloudEvent event, @Nullable Failure failure) {
        int result = test(event, failure);
        return result == FAILED ? null : (Object) (result == TRUE);
    }

    static int of(boolean value) {
        return value ? TRUE : FALSE;
    }
}
