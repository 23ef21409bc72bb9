/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An explanation names the subexpression that decided, where it stands, and the values it had. */
final class CesqlExplanationTest {

    private static final int EXPRESSIONS = 20_000;

    private static final CloudEvent ORDER = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/shop/eu"))
            .withType("com.example.order.paid")
            .withExtension("region", "eu")
            .withExtension("items", "12")
            .withExtension("express", "true")
            .withExtension("weight", 3)
            .build();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # expression                                     | matches | reasons: column, text
            region = 'us'                                    | false   | 1 region = 'us' is false: region is "eu"
            items > 10                                       | true    | 1 items > 10 is true: items is "12"
            weight > 3                                       | false   | 1 weight > 3 is false: weight is 3
            type LIKE 'x%' AND region = 'us'                 | false   | 1 type LIKE 'x%' is false: type is "com.example.order.paid"
            type LIKE 'com%' AND region = 'us' AND weight=9  | false   | 22 region = 'us' is false: region is "eu"
            type LIKE 'com%' AND weight = 3                  | true    | 1 type LIKE 'com%' is true: type is "com.example.order.paid"; 22 weight = 3 is true: weight is 3
            region = 'us' OR region = 'uk'                   | false   | 1 region = 'us' is false: region is "eu"; 18 region = 'uk' is false: region is "eu"
            region = 'us' OR weight = 3 OR weight = 3        | true    | 18 weight = 3 is true: weight is 3
            NOT (region = 'eu')                              | false   | 6 region = 'eu' is true: region is "eu"
            NOT (region = 'us' OR weight = 3)                | false   | 23 weight = 3 is true: weight is 3
            (TRUE AND (weight = 4 OR weight = 5))            | false   | 12 weight = 4 is false: weight is 3; 26 weight = 5 is false: weight is 3
            region = 'eu' XOR weight = 3                     | false   | 1 (region = 'eu') XOR (weight = 3) is false: region = 'eu' is true, region is "eu", weight = 3 is true, weight is 3
            EXISTS subject                                   | false   | 1 EXISTS subject is false
            EXISTS region AND NOT EXISTS weight              | false   | 23 EXISTS weight is true: weight is 3
            region IN ('us', 'uk')                           | false   | 1 region IN ('us', 'uk') is false: region is "eu"
            source NOT LIKE '/shop/%'                        | false   | 1 source NOT LIKE '/shop/%' is false: source is "/shop/eu"
            LENGTH(region) + 1 = weight + 4                  | false   | 1 (LENGTH(region) + 1) = (weight + 4) is false: LENGTH(region) + 1 is 3, LENGTH(region) is 2, region is "eu", weight + 4 is 7, weight is 3
            express AND weight = 4                           | false   | 13 weight = 4 is false: weight is 3
            express AND weight = 3                           | true    | 1 express is true: it is "true"; 13 weight = 3 is true: weight is 3
            express                                          | false   | 1 its value is "true", which is no Boolean
            weight + 1                                       | false   | 1 its value is 4, which is no Boolean
            subject = 'x'                                    | false   | 1 error: the event has no attribute "subject"
            region = 'eu' AND subject = 'x'                  | false   | 19 error: the event has no attribute "subject"
            NOT region                                       | false   | 5 error: "eu" is not true or false
            region < 5                                       | false   | 1 error: "eu" is not a 32-bit integer
            weight / 0 = 0                                   | false   | 8 error: division of 3 by zero
            FALSE                                            | false   | 1 false is false
            """)
    void names_what_decided(String text, boolean matches, String reasons) throws Exception {
        // When
        CesqlExplanation explanation = CesqlExpression.parse(text).explain(ORDER);

        // Then
        StringBuilder said = new StringBuilder();
        for (CesqlExplanation.Reason reason : explanation.reasons()) {
            assertThat(reason.line()).isEqualTo(1);
            said.append(said.isEmpty() ? "" : "; ").append(reason.column()).append(' ');
            said.append(reason.text());
        }
        assertThat(said).hasToString(reasons);
        assertThat(explanation.matches()).isEqualTo(matches);
    }

    @Test
    void counts_lines_and_the_columns_in_them() throws Exception {
        // When
        CesqlExplanation explanation = CesqlExpression.parse("region = 'eu'\n  AND (\n    weight = 4)\n")
                .explain(ORDER);

        // Then
        assertThat(explanation.reasons()).singleElement().satisfies(reason -> {
            assertThat(reason.line()).isEqualTo(3);
            assertThat(reason.column()).isEqualTo(5);
        });
    }

    @Test
    void stays_short_whatever_the_expression_and_the_event_hold() throws Exception {
        // Given
        CloudEvent event = CloudEventBuilder.v1(ORDER)
                .withExtension("long", "\u001b[31m\n\"" + "x".repeat(50_000))
                .build();
        String expression = "long IN (" + "CONCAT(long, 'a'), ".repeat(500) + "'y')";

        // When
        CesqlExplanation explanation = CesqlExpression.parse(expression).explain(event);

        // Then
        assertThat(explanation.matches()).isFalse();
        assertThat(explanation.reasons())
                .singleElement()
                .satisfies(reason -> assertThat(reason.text())
                        .hasSizeLessThan(3_000)
                        .contains("long is \"\ufffd[31m\\n\\\"xxx")
                        .contains("x…\"")
                        .doesNotContain("\n", "\u001b"));
    }

    @Test
    void agrees_with_matching_for_random_expressions() throws Exception {
        long seed = Long.getLong("sluice.cesql.seed", System.nanoTime());
        Random random = new Random(seed);
        int matching = 0;
        for (int i = 0; i < EXPRESSIONS; i++) {
            // Given
            String text = CesqlDifferentialTest.expression(random, 1 + random.nextInt(5));
            CesqlExpression expression = CesqlExpression.parse(text);
            boolean matches = expression.matches(CesqlDifferentialTest.EVENT);

            // When
            CesqlExplanation explanation = expression.explain(CesqlDifferentialTest.EVENT);

            // Then
            assertThat(explanation.matches()).as("%s, seed %d", text, seed).isEqualTo(matches);
            assertThat(explanation.reasons())
                    .as("%s, seed %d", text, seed)
                    .isNotEmpty()
                    .allSatisfy(reason -> assertThat(reason.column()).isBetween(1, text.length()));
            matching += matches ? 1 : 0;
        }
        assertThat(matching).isBetween(EXPRESSIONS / 50, EXPRESSIONS / 2);
    }
}
