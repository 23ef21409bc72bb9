/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** A CloudEvents SQL expression, parsed. Immutable and safe for any thread. */
public final class CesqlExpression {

    private final String text;

    private CesqlExpression(String text) {
        this.text = text;
    }

    /** @throws CesqlSyntaxException if the text is no expression of CloudEvents SQL 1.0 */
    public static CesqlExpression parse(String text) throws CesqlSyntaxException {
        requireNonNull(text, "text");
        if (text.isBlank()) {
            throw new CesqlSyntaxException("expected an expression and found nothing", text, 0);
        }
        return new CesqlExpression(text);
    }

    /** The expression as it was written. */
    public String text() {
        return text;
    }

    /** Whether the value is true and there was no error. Never throws. */
    @SuppressWarnings("DoNotCallSuggester")
    public boolean matches(CloudEvent event) {
        throw new UnsupportedOperationException("written next");
    }

    /** Two expressions are equal if they are written alike. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CesqlExpression that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
