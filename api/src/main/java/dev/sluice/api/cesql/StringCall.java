/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import io.cloudevents.CloudEvent;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A call of a function whose result is a String. Characters are Unicode code points (CESQL 1.0, 3.1). */
final class StringCall extends StringNode {

    /**
     * The longest concatenation, in UTF-16 units. An expression may name a long attribute thousands of times; without a
     * bound the sum of them would be the sender's to choose.
     */
    static final int MAX_CONCATENATION = 1 << 20;

    private final Function function;
    private final List<CesqlNode> arguments;

    StringCall(int position, Function function, List<CesqlNode> arguments) {
        super(position, arguments.toArray(CesqlNode[]::new));
        this.function = function;
        this.arguments = List.copyOf(arguments);
    }

    @Override
    List<CesqlNode> children() {
        return arguments;
    }

    @Override
    Object own() {
        return function;
    }

    @Override
    @Nullable
    String text(CloudEvent event, @Nullable Failure failure) {
        if (function == Function.CONCAT) {
            return join("", 0, event, failure);
        }
        String first = arguments.get(0).text(event, failure);
        if (first == null) {
            return null;
        }
        return switch (function) {
            case CONCAT_WS -> join(first, 1, event, failure);
            case LOWER -> first.toLowerCase(Locale.ROOT);
            case UPPER -> first.toUpperCase(Locale.ROOT);
            case TRIM -> trim(first);
            case LEFT, RIGHT -> end(first, event, failure);
            case SUBSTRING -> substring(first, event, failure);
            case STRING -> first;
            case CONCAT, LENGTH, ABS, INT, BOOL, IS_INT, IS_BOOL -> throw new AssertionError(function);
        };
    }

    private @Nullable String join(String delimiter, int from, CloudEvent event, @Nullable Failure failure) {
        StringBuilder joined = new StringBuilder();
        for (int i = from; i < arguments.size(); i++) {
            String argument = arguments.get(i).text(event, failure);
            if (argument == null) {
                return null;
            }
            if (i > from) {
                joined.append(delimiter);
            }
            joined.append(argument);
            if (joined.length() > MAX_CONCATENATION) {
                Failure.function(failure, this, null, "the result is longer than 1048576 characters");
                return null;
            }
        }
        return joined.toString();
    }

    private static String trim(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /**
     * Unicode's property White_Space. {@link Character#isWhitespace} has another idea: no-break spaces are none, and some
     * control characters are.
     */
    private static boolean isWhitespace(char c) {
        return (c >= '\t' && c <= '\r') || c == '\u0085' || Character.isSpaceChar(c);
    }

    private @Nullable String end(String text, CloudEvent event, @Nullable Failure failure) {
        long count = arguments.get(1).number(event, failure);
        if (count == FAILED_NUMBER) {
            return null;
        }
        if (count < 0) {
            Failure.function(failure, this, text, "a negative number of characters");
            return null;
        }
        int length = text.codePointCount(0, text.length());
        if (length <= count) {
            return text;
        }
        return function == Function.LEFT
                ? text.substring(0, text.offsetByCodePoints(0, (int) count))
                : text.substring(text.offsetByCodePoints(text.length(), (int) -count));
    }

    private @Nullable String substring(String text, CloudEvent event, @Nullable Failure failure) {
        long position = arguments.get(1).number(event, failure);
        if (position == FAILED_NUMBER) {
            return null;
        }
        long count =
                arguments.size() == 2 ? Integer.MAX_VALUE : arguments.get(2).number(event, failure);
        if (count == FAILED_NUMBER) {
            return null;
        }
        int length = text.codePointCount(0, text.length());
        if (count < 0 || position > length || position < -length) {
            Failure.function(
                    failure,
                    this,
                    "",
                    count < 0 ? "a negative number of characters" : "a position outside of the string");
            return null;
        }
        if (position == 0) {
            return "";
        }
        int from = (int) (position > 0 ? position - 1 : length + position);
        int to = (int) Math.min(length, from + count);
        int start = text.offsetByCodePoints(0, from);
        return text.substring(start, text.offsetByCodePoints(start, to - from));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(function.name()).append('(');
        for (int i = 0; i < arguments.size(); i++) {
            text.append(i > 0 ? ", " : "").append(arguments.get(i));
        }
        return text.append(')').toString();
    }
}
