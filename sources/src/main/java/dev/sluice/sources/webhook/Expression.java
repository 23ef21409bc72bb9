/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Parser;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSONata expression, compiled once and evaluated against any number of bodies. Safe for any thread: an evaluation keeps
 * to its own frame, in which nothing but the bounds is bound.
 */
final class Expression {

    /**
     * Of an evaluation: each is a part of the expression that is looked at once. One that people write takes a handful; this
     * ends what would never end, within some tens of milliseconds. Steps and not time, so that what becomes of a request
     * does not depend on what else a machine has to do.
     */
    static final int MOST_STEPS = 100_000;

    /** Of calls inside each other; a recursion that means to end needs far less, and the stack holds far more. */
    private static final int DEEPEST = 200;

    /** Characters. A mapping of an attribute is a line, not a program. */
    private static final int LONGEST_TEXT = 4096;

    /** Characters of an error code, such as {@code T1006}. */
    private static final int CODE = 5;

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
            Jsonata compiled = Jsonata.jsonata(text);
            // The library's own take their time from whichever copy of the expression a thread made first, and stand
            // still.
            compiled.registerFunction(
                    "millis", new Jsonata.JFunction((input, none) -> System.currentTimeMillis(), "<:n>"));
            compiled.registerFunction(
                    "now",
                    new Jsonata.JFunction(
                            (input, given) -> Functions.dateTimeFromMillis(
                                    System.currentTimeMillis(), argument(given, 0), argument(given, 1)),
                            "<s?s?:s>"));
            return new Expression(text, compiled);
        } catch (JException e) {
            throw new IllegalArgumentException(
                    "is not JSONata: " + e.getMessage() + ", at character " + e.getLocation(), e);
        } catch (RuntimeException | StackOverflowError e) {
            // Its parser is not careful about everything that is none.
            throw new IllegalArgumentException("is not JSONata", e);
        }
    }

    private static @Nullable String argument(List<?> given, int index) {
        return index < given.size() ? (String) given.get(index) : null;
    }

    /** What a body gives: a single value as text, or null if there is nothing. */
    @Nullable
    String textIn(@Nullable Object body) throws FailedException {
        Jsonata.Frame frame = compiled.createFrame();
        Bounds bounds = new Bounds();
        frame.setEvaluateEntryCallback(bounds);
        frame.setEvaluateExitCallback(bounds);
        Object value;
        try {
            value = compiled.evaluate(body, frame);
        } catch (RuntimeException | StackOverflowError e) {
            throw new FailedException("fails" + bounds.broken().orElseGet(() -> reason(e)));
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

    /** The code alone: the messages repeat values of the body, which is nobody else's affair. */
    private static String reason(Throwable e) {
        if (e instanceof JException failure
                && failure.getError() != null
                && failure.getError().length() == CODE) {
            return " with JSONata's " + failure.getError();
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

    /** Counts along with an evaluation, and ends it. */
    private static final class Bounds implements Jsonata.EntryCallback, Jsonata.ExitCallback {

        private int steps;
        private int depth;

        @Override
        public void callback(Parser.Symbol expression, Object input, Jsonata.Frame environment) {
            steps++;
            depth++;
            if (broken().isPresent()) {
                throw new IllegalStateException("out of bounds");
            }
        }

        @Override
        public void callback(Parser.Symbol expression, Object input, Jsonata.Frame environment, Object result) {
            depth--;
        }

        Optional<String> broken() {
            if (steps > MOST_STEPS) {
                return Optional.of(": it takes more than " + MOST_STEPS + " steps");
            }
            return depth > DEEPEST ? Optional.of(": it is more than " + DEEPEST + " calls deep") : Optional.empty();
        }
    }

    /** Of a body, an expression gives nothing that can be used; the message is read after the expression. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        private FailedException(String message) {
            super(message, null, false, false);
        }
    }
}
