/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.sql.EvaluationException;
import io.cloudevents.sql.Parser;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random expressions mean the same to this engine and to the CloudEvents SDK's, in its fail fast mode: both fail, or both
 * have the same value.
 *
 * <p>The generator leaves out what the SDK (4.0.1) has wrong, or has another opinion on; each is a row of the tables in
 * {@link CesqlEvaluationTest}, {@link CesqlSyntaxTest} or {@link LikePatternTest} instead:
 *
 * <ul>
 *   <li>AND, OR and XOR in a row: it groups them to the right, the specification (3.6) to the left. Always in parentheses
 *       here.
 *   <li>Results beyond 32 bits: it wraps them around. Numbers are small here, and products have constant factors.
 *   <li>{@code 4-1}: it reads the integer {@code -1} there and fails. Operators stand between spaces here.
 *   <li>Characters outside the basic plane count as two for it, and digits of every script are digits; {@code TRIM} is
 *       that of Java; {@code %} and {@code _} don't match line breaks. Text is ASCII here and spaces the only whitespace.
 *   <li>LIKE takes exponential time. Patterns are short here.
 *   <li>{@code SUBSTRING(x, 0, -1)} is no error for it. Positions are positive where a length is given.
 *   <li>Functions that don't exist fail only when they are called. There are none here.
 * </ul>
 */
final class CesqlDifferentialTest {

    private static final int EXPRESSIONS = Integer.getInteger("sluice.cesql.expressions", 5_000);

    private static final String[] ATTRIBUTES = {
        "id",
        "type",
        "source",
        "subject",
        "time",
        "word",
        "digits",
        "negative",
        "truth",
        "number",
        "flag",
        "zero",
        "empty",
        "absent",
        "gone"
    };

    private static final String[] WORDS = {
        "",
        "a",
        "ab",
        "abc",
        "ABC",
        " a b ",
        "5",
        "-3",
        "+7",
        "05",
        "0",
        "1",
        "true",
        "FALSE",
        "True",
        "a%b",
        "a_b",
        "it's",
        "x\\y",
        "com.example"
    };

    private static final String[] PATTERNS = {
        "%",
        "a%",
        "%c",
        "a_c",
        "%b%",
        "_",
        "tr%",
        "\\%",
        "a\\_b",
        "%.example",
        "abc",
        "",
        "__",
        "%\\%%",
        "x\\y",
        "5%",
        "a.c"
    };

    static final CloudEvent EVENT = CloudEventBuilder.v1()
            .withId("id-1")
            .withSource(URI.create("/source"))
            .withType("com.example")
            .withSubject("abc")
            .withTime(OffsetDateTime.parse("2020-02-03T04:05:06Z"))
            .withExtension("word", "ab")
            .withExtension("digits", "12")
            .withExtension("negative", "-3")
            .withExtension("truth", "TRUE")
            .withExtension("number", 5)
            .withExtension("flag", true)
            .withExtension("zero", 0)
            .withExtension("empty", "")
            .build();

    @Test
    void random_expressions_mean_what_they_mean_to_the_sdk() throws Exception {
        long seed = Long.getLong("sluice.cesql.seed", System.nanoTime());
        Random random = new Random(seed);
        int values = 0;
        for (int i = 0; i < EXPRESSIONS; i++) {
            // Given
            String text = expression(random, 1 + random.nextInt(4));

            // When
            CesqlResult result = CesqlExpression.parse(text).evaluate(EVENT);

            // Then
            Object expected = bySdk(text);
            Object actual = result.error().isPresent() ? "an error" : result.value();
            assertThat(actual).as("%s, seed %d, %s", text, seed, result).isEqualTo(expected);
            values += result.error().isPresent() ? 0 : 1;
        }
        assertThat(values).as("not only errors").isGreaterThan(EXPRESSIONS / 5);
    }

    private static Object bySdk(String text) {
        try {
            return Parser.parseDefault(text).tryEvaluate(EVENT);
        } catch (EvaluationException e) {
            return "an error";
        }
    }

    static String expression(Random random, int depth) {
        if (depth == 0) {
            return leaf(random);
        }
        int inner = depth - 1;
        return switch (random.nextInt(22)) {
            case 0 -> "NOT " + operand(random, inner);
            case 1 -> "-" + operand(random, inner);
            case 2, 3, 4 ->
                "(" + operand(random, inner) + pick(random, " AND ", " OR ", " XOR ") + operand(random, inner) + ")";
            case 5, 6, 7 -> operand(random, inner) + pick(random, " = ", " != ", " <> ") + operand(random, inner);
            case 8 -> operand(random, inner) + pick(random, " < ", " <= ", " > ", " >= ") + operand(random, inner);
            case 9, 10 -> operand(random, inner) + pick(random, " + ", " - ", " / ", " % ") + operand(random, inner);
            case 11 -> number(random) + " * " + number(random);
            case 12, 13 ->
                operand(random, inner)
                        + pick(random, " LIKE ", " NOT LIKE ", " like ")
                        + quoted(random, PATTERNS[random.nextInt(PATTERNS.length)]);
            case 14, 15 -> operand(random, inner) + pick(random, " IN (", " NOT IN (") + list(random, inner) + ")";
            case 16 -> pick(random, "EXISTS ", "exists ") + attribute(random);
            case 17, 18, 19, 20 -> call(random, inner);
            default -> leaf(random);
        };
    }

    /** Mostly in parentheses, and sometimes not, so that precedence counts. */
    private static String operand(Random random, int depth) {
        String text = expression(random, random.nextInt(depth + 1));
        return random.nextInt(3) == 0 ? text : "(" + text + ")";
    }

    private static String call(Random random, int depth) {
        String one = expression(random, depth);
        return switch (random.nextInt(10)) {
            case 0 -> pick(random, "LENGTH(", "length(") + one + ")";
            case 1 -> "CONCAT(" + (random.nextInt(5) == 0 ? "" : list(random, depth)) + ")";
            case 2 -> "CONCAT_WS(" + list(random, depth) + ")";
            case 3 -> pick(random, "LOWER(", "UPPER(", "TRIM(") + one + ")";
            case 4 -> pick(random, "LEFT(", "RIGHT(") + one + ", " + operand(random, depth) + ")";
            case 5 -> "SUBSTRING(" + one + ", " + operand(random, depth) + ")";
            case 6 -> "SUBSTRING(" + one + ", " + (1 + random.nextInt(8)) + ", " + number(random) + ")";
            case 7 -> "ABS(" + one + ")";
            case 8 -> pick(random, "INT(", "BOOL(", "STRING(") + one + ")";
            default -> pick(random, "IS_INT(", "IS_BOOL(") + one + ")";
        };
    }

    private static String list(Random random, int depth) {
        StringBuilder list = new StringBuilder(expression(random, random.nextInt(depth + 1)));
        for (int i = random.nextInt(3); i > 0; i--) {
            list.append(", ").append(expression(random, random.nextInt(depth + 1)));
        }
        return list.toString();
    }

    private static String leaf(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> number(random);
            case 1 -> pick(random, "TRUE", "FALSE", "true", "False");
            case 2 -> quoted(random, WORDS[random.nextInt(WORDS.length)]);
            default -> attribute(random);
        };
    }

    private static String attribute(Random random) {
        return ATTRIBUTES[random.nextInt(ATTRIBUTES.length)];
    }

    private static String number(Random random) {
        return Integer.toString(random.nextInt(16) - 5);
    }

    private static String quoted(Random random, String value) {
        return random.nextBoolean() ? "'" + value.replace("'", "\\'") + "'" : "\"" + value + "\"";
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
