/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A CloudEvents SQL expression, parsed (CESQL 1.0). Immutable and safe for any thread.
 *
 * <p>Neither parsing nor evaluating one overflows the stack or takes longer than in proportion to the lengths of the
 * expression and of the attributes it names.
 */
public final class CesqlExpression {

    /** The longest text of an expression, in UTF-16 units. */
    public static final int MAX_LENGTH = 16_384;

    /** The most operators, calls and parentheses within each other. A run of the same AND, OR or XOR counts once. */
    public static final int MAX_DEPTH = 100;

    private final String text;
    private final CesqlNode root;

    private CesqlExpression(String text, CesqlNode root) {
        this.text = text;
        this.root = root;
    }

    /**
     * @throws CesqlSyntaxException if the text is no expression of CESQL 1.0, is beyond the limits of this class, or calls
     *     a function that does not exist: that would fail for every event (CESQL 1.0, 3.3 asks to check early)
     */
    public static CesqlExpression parse(String text) throws CesqlSyntaxException {
        requireNonNull(text, "text");
        if (text.length() > MAX_LENGTH) {
            throw new CesqlSyntaxException(
                    "expected at most " + MAX_LENGTH + " characters, found " + text.length(), text, MAX_LENGTH);
        }
        return new CesqlExpression(text, new Parser(text).parse());
    }

    /** The expression as it was written. */
    public String text() {
        return text;
    }

    /** The syntax tree. */
    public CesqlNode root() {
        return root;
    }

    /** The value for an event, and the error that ended the evaluation if there was one. Never throws. */
    public CesqlResult evaluate(CloudEvent event) {
        Failure failure = new Failure();
        Object value = root.value(event, failure);
        return value != null
                ? new CesqlResult(value, Optional.empty())
                : new CesqlResult(failure.valueOf(root), Optional.ofNullable(failure.error()));
    }

    /**
     * Whether the expression, used as a filter, passes the event: its value is the Boolean true, and there was no error. A
     * value of another type is not cast (CESQL 1.0, 1.2: such an event must not pass). Never throws.
     */
    public boolean matches(CloudEvent event) {
        return root instanceof BooleanNode condition
                ? condition.test(event, null) == CesqlNode.TRUE
                : Boolean.TRUE.equals(root.value(event, null));
    }

    /** Why the expression, used as a filter, passes the event or does not. Agrees with {@link #matches}; never throws. */
    public CesqlExplanation explain(CloudEvent event) {
        return new Explainer(text, root, event).explain();
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
