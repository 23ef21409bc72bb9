/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import org.jspecify.annotations.Nullable;

/**
 * Where an evaluation that has to explain itself notes its first error. Matching a filter passes none, so that a failure
 * there, an event without the attribute most of all, costs nothing but the answer.
 */
final class Failure {

    private @Nullable CesqlError error;
    private @Nullable CesqlNode node;
    private @Nullable Object value;

    static void missingAttribute(@Nullable Failure failure, CesqlNode node, String name) {
        if (failure != null) {
            failure.note(CesqlError.Kind.MISSING_ATTRIBUTE, node, null, "the event has no attribute \"" + name + "\"");
        }
    }

    static void cast(@Nullable Failure failure, CesqlNode node, String text, CesqlType target) {
        if (failure != null) {
            String rule = target == CesqlType.INTEGER ? "a 32-bit integer" : "true or false";
            failure.note(CesqlError.Kind.CAST, node, null, "\"" + text + "\" is not " + rule);
        }
    }

    static void divisionByZero(@Nullable Failure failure, CesqlNode node, long dividend) {
        if (failure != null) {
            failure.note(CesqlError.Kind.MATH, node, null, "division of " + dividend + " by zero");
        }
    }

    static void overflow(@Nullable Failure failure, CesqlNode node, @Nullable Object value, long result) {
        if (failure != null) {
            failure.note(CesqlError.Kind.MATH, node, value, result + " is not a 32-bit integer");
        }
    }

    static void function(@Nullable Failure failure, CesqlNode node, @Nullable Object value, String message) {
        if (failure != null) {
            failure.note(CesqlError.Kind.FUNCTION_EVALUATION, node, value, message);
        }
    }

    private void note(CesqlError.Kind kind, CesqlNode where, @Nullable Object returned, String message) {
        error = new CesqlError(kind, message, where.position());
        node = where;
        value = returned;
    }

    @Nullable
    CesqlError error() {
        return error;
    }

    /**
     * The value of the whole expression: what the failed function itself returned if it is the whole expression, else the
     * zero value of its type, which is Boolean where it is not known (CESQL 1.0, 3.2).
     */
    Object valueOf(CesqlNode root) {
        if (node == root && value != null) {
            return value;
        }
        CesqlType type = root.type();
        return type == null ? CesqlType.BOOLEAN.zero() : type.zero();
    }
}
