/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code x LIKE 'pattern'} and {@code x NOT LIKE 'pattern'}. */
public final class Like extends BooleanNode {

    private final CesqlNode operand;
    private final boolean negated;
    private final LikePattern pattern;

    Like(int position, CesqlNode operand, boolean negated, LikePattern pattern) {
        super(position, operand);
        this.operand = operand;
        this.negated = negated;
        this.pattern = pattern;
    }

    public CesqlNode operand() {
        return operand;
    }

    /** Whether it is NOT LIKE. */
    public boolean negated() {
        return negated;
    }

    /** What every text that is LIKE the pattern starts with; empty if it starts with a wildcard. */
    public String prefix() {
        return pattern.prefix();
    }

    /** What every text that is LIKE the pattern ends with, as far as that is one piece; else empty. */
    public String suffix() {
        return pattern.suffix();
    }

    /** Whether the pattern has no wildcard, so that only {@link #prefix} is LIKE it. */
    public boolean isExact() {
        return pattern.isExact();
    }

    /** Whether the pattern is {@link #prefix}, one {@code %}, and {@link #suffix}. */
    public boolean isEnds() {
        return pattern.isEnds();
    }

    @Override
    List<CesqlNode> children() {
        return List.of(operand);
    }

    @Override
    Object own() {
        return (negated ? "NOT LIKE " : "LIKE ") + pattern;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        String text = operand.text(event, failure);
        return text == null ? FAILED : of(pattern.matches(text) != negated);
    }

    @Override
    public String toString() {
        return "(" + operand + (negated ? " NOT LIKE " : " LIKE ") + Literal.quote(pattern.toString()) + ")";
    }
}
