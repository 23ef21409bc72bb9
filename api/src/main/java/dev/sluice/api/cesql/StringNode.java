/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** A node whose value is a String. */
abstract sealed class StringNode extends CesqlNode permits StringCall {

    StringNode(int position, CesqlNode... children) {
        super(position, children);
    }

    @Override
    final CesqlType type() {
        return CesqlType.STRING;
    }

    @Override
    final int test(CloudEvent event, @Nullable Failure failure) {
        return castToBoolean(this, text(event, failure), failure);
    }

    @Override
    final long number(CloudEvent event, @Nullable Failure failure) {
        return castToInteger(this, text(event, failure), failure);
    }

    @Override
    final @Nullable Object value(CloudEvent event, @Nullable Failure failure) {
        return text(event, failure);
    }

    static int castToBoolean(CesqlNode node, @Nullable String text, @Nullable Failure failure) {
        if (text == null) {
            return FAILED;
        }
        int result = Casts.toBoolean(text);
        if (result == FAILED) {
            Failure.cast(failure, node, text, CesqlType.BOOLEAN);
        }
        return result;
    }

    static long castToInteger(CesqlNode node, @Nullable String text, @Nullable Failure failure) {
        if (text == null) {
            return FAILED_NUMBER;
        }
        long result = Casts.toInteger(text);
        if (result == FAILED_NUMBER) {
            Failure.cast(failure, node, text, CesqlType.INTEGER);
        }
        return result;
    }
}
