/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A constant. What it casts to is worked out once. */
public final class Literal extends CesqlNode {

    private final CesqlType type;
    private final Object value;
    private final String text;
    private final int truth;
    private final long number;

    Literal(int position, String value) {
        super(position);
        this.type = CesqlType.STRING;
        this.value = value;
        this.text = value;
        this.truth = Casts.toBoolean(value);
        this.number = Casts.toInteger(value);
    }

    Literal(int position, int value) {
        super(position);
        this.type = CesqlType.INTEGER;
        this.value = value;
        this.text = Integer.toString(value);
        this.truth = BooleanNode.of(value != 0);
        this.number = value;
    }

    Literal(int position, boolean value) {
        super(position);
        this.type = CesqlType.BOOLEAN;
        this.value = value;
        this.text = Boolean.toString(value);
        this.truth = BooleanNode.of(value);
        this.number = truth;
    }

    /** A {@link String}, an {@link Integer} or a {@link Boolean}. */
    public Object value() {
        return value;
    }

    /** The value cast to String. */
    public String text() {
        return text;
    }

    /**
     * The canonical string forms of every value, of whatever type, that equals this one once this one is cast to that
     * value's type, as in the list of an IN.
     */
    public Set<String> equalTexts() {
        Set<String> texts = new HashSet<>();
        texts.add(text);
        if (number != FAILED_NUMBER) {
            texts.add(Long.toString(number));
        }
        if (truth != FAILED) {
            texts.add(Boolean.toString(truth == TRUE));
        }
        return texts;
    }

    /** Whether it is a String that casts to no other type. */
    public boolean isPlainText() {
        return type == CesqlType.STRING && number == FAILED_NUMBER && truth == FAILED;
    }

    @Override
    List<CesqlNode> children() {
        return List.of();
    }

    @Override
    Object own() {
        return value;
    }

    @Override
    CesqlType type() {
        return type;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        if (truth == FAILED) {
            Failure.cast(failure, this, text, CesqlType.BOOLEAN);
        }
        return truth;
    }

    @Override
    long number(CloudEvent event, @Nullable Failure failure) {
        if (number == FAILED_NUMBER) {
            Failure.cast(failure, this, text, CesqlType.INTEGER);
        }
        return number;
    }

    @Override
    String text(CloudEvent event, @Nullable Failure failure) {
        return text;
    }

    @Override
    Object value(CloudEvent event, @Nullable Failure failure) {
        return value;
    }

    @Override
    public String toString() {
        return type == CesqlType.STRING ? quote(text) : text;
    }

    static String quote(String text) {
        return "'" + text.replace("'", "\\'") + "'";
    }
}
