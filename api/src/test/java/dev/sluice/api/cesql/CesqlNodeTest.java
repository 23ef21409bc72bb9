/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CesqlNodeTest {

    /** No two of them mean the same, although many differ in one place only. */
    private static final List<String> DIFFERENT = List.of(
            "x",
            "y",
            "5",
            "'5'",
            "TRUE",
            "'true'",
            "NOT x",
            "-x",
            "EXISTS x",
            "EXISTS y",
            "x = '5'",
            "x = 5",
            "x != '5'",
            "'5' = x",
            "y = '5'",
            "x < 5",
            "x + 5",
            "x - 5",
            "x LIKE 'a%'",
            "x NOT LIKE 'a%'",
            "x LIKE 'a_'",
            "x LIKE 'a\\%'",
            "x IN ('a')",
            "x NOT IN ('a')",
            "x IN ('a', 'b')",
            "x IN ('b', 'a')",
            "x AND y",
            "x OR y",
            "x XOR y",
            "y AND x",
            "x AND y AND y",
            "x AND (y AND y)",
            "LENGTH(x)",
            "ABS(x)",
            "UPPER(x)",
            "LOWER(x)",
            "IS_INT(x)",
            "IS_BOOL(x)",
            "LEFT(x, 1)",
            "LEFT(x, 2)");

    @Test
    void a_subexpression_is_alike_only_to_the_same_one() throws Exception {
        for (String one : DIFFERENT) {
            for (String other : DIFFERENT) {
                assertThat(node(one).isAlike(node(other)))
                        .as("%s and %s", one, other)
                        .isEqualTo(one.equals(other));
            }
        }
    }

    @Test
    void it_does_not_matter_where_it_stands_nor_how_it_is_spaced() throws Exception {
        // Given
        CesqlNode alone = node("x = '5'");
        CesqlNode within = ((Logic) node("y LIKE 'a%' AND (  x    =    \"5\" )"))
                .operands()
                .get(1);

        // Then
        assertThat(alone.isAlike(within)).isTrue();
        assertThat(alone.likeness()).isEqualTo(within.likeness());
    }

    @Test
    void hardly_any_that_differ_have_the_same_likeness() throws Exception {
        Set<Integer> likenesses = new LinkedHashSet<>();
        for (String text : DIFFERENT) {
            likenesses.add(node(text).likeness());
        }
        assertThat(likenesses).hasSizeGreaterThan(DIFFERENT.size() - 3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            type = 'a'        | true
            type = 'b'        | false
            missing = 'a'     | fails
            NOT missing       | fails
            'true'            | true
            'maybe'           | fails
            """)
    void it_is_true_or_false_or_if_it_fails_neither(String text, String is) throws Exception {
        // Given
        CloudEvent event = CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/a"))
                .withType("a")
                .build();

        // Then
        assertThat(node(text).is(true, event)).isEqualTo(is.equals("true"));
        assertThat(node(text).is(false, event)).isEqualTo(is.equals("false"));
    }

    private static CesqlNode node(String text) throws CesqlSyntaxException {
        return CesqlExpression.parse(text).root();
    }
}
