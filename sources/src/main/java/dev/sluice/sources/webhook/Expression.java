/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A JSONata expression, compiled once and evaluated against any number of bodies. Safe for any thread: an evaluation keeps
 * to its own frame, in which nothing but the bounds is bound.
 */
final class Expression {

    /**
     * Milliseconds. An expression that people write takes microseconds; this ends what would never end, and is long enough
     * for a machine that is busy with something else.
     */
    private static final long LONGEST = 1000;

    /** Of calls inside each other; a recursion that means to end needs far less, and the stack holds far more. */
    private static final int DEEPEST = 100;

    /** How the library's message begins when an evaluation has used up its time. */
    private static final String OUT_OF_TIME = "evaluation timeout";

    /** Characters. A mapping of an attribute is a line, not a program. */
    private static final int LONGEST_TEXT = 4096;

    private final String text;
    private final Jsonata compiled;

    private Expression(String text, Jsonata compiled) {
        this.text = text;
        this.compiled = compiled;
    }

    /** @throws IllegalArgumentException if it is no JSONata; the message says what is wrong and where, to be read after it */
    static Expression compile(String text) {
        if (text.length() > LONGEST_TEXT) {
            throw new IllegalArgumentException("is longer than " + LONGEST_TEXT + " characters");
        }
        try {
            return new Expression(text, Jsonata.jsonata(text));
        } catch (JException e) {
            throw new IllegalArgumentException(
                    "is not JSONata: " + e.getMessage() + ", at character " + e.getLocation(), e);
        } catch (RuntimeException | StackOverflowError e) {
            // Its parser is not careful about everything that is none.
            throw new IllegalArgumentException("is not JSONata", e);
        }
    }

    /** What a body gives: a single value as text, or null if there is nothing. */
    @Nullable
    String textIn(@Nullable Object body) throws FailedException {
        Jsonata.Frame frame = compiled.createFrame();
        frame.setRuntimeBounds(LONGEST, DEEPEST);
        Object value;
        try {
            value = compiled.evaluate(body, frame);
        } catch (RuntimeException | StackOverflowError e) {
            String reason = reason(e);
            if (reason.contains(OUT_OF_TIME)) {
                // Nobody knows whether it would have ended on a machine with less to do: the sender is to try again.
                throw new IllegalStateException("JSONata expression " + text + " took more than " + LONGEST + " ms", e);
            }
            throw new FailedException("fails" + reason);
        }
        if (value == null || value instanceof String) {
            return (String) value;
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                throw new FailedException("gives a number that is out of range");
            }
            return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
        }
        if (value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        throw new FailedException(
                value instanceof Iterable<?>
                        ? "gives a list, not a single value"
                        : "gives an object, not a single value");
    }

    /** Without the values that the messages of some functions repeat: they are of the body, which is nobody else's affair. */
    private static String reason(Throwable e) {
        if (e instanceof JException failure && failure.getError() != null) {
            String code = failure.getError();
            return code.length() <= 5 ? " with JSONata's " + code : ": " + code;
        }
        return e instanceof StackOverflowError ? ": it is too deep" : "";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Expression that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }

    /** Of a body, an expression gives nothing that can be used; the message is read after the expression. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        private FailedException(String message) {
            super(message, null, false, false);
        }
    }
}
