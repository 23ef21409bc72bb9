/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/filters.md says about expressions is so. */
final class FiltersPageTest {

    private static final Path PAGE = Path.of("..", "docs", "filters.md");

    /** {@code | `expression` | value | because |} */
    private static final Pattern ROW = Pattern.compile("^\\| `(.+)` \\| (true|false|error) \\|.*");

    private static final Pattern FUNCTION = Pattern.compile("`([A-Z_]+)\\(");

    /** The event of the page, as it arrives in binary mode: every extension is text. */
    private static final CloudEvent ORDER = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/shop/eu"))
            .withType("com.example.order.paid")
            .withExtension("region", "eu")
            .withExtension("items", "12")
            .withExtension("express", "true")
            .build();

    @Test
    void every_expression_of_the_table_has_the_value_beside_it() throws Exception {
        List<String> page = Files.readAllLines(PAGE);
        int rows = 0;
        for (String line : page) {
            Matcher row = ROW.matcher(line);
            if (!row.matches()) {
                continue;
            }
            rows++;

            // When
            CesqlExpression expression = CesqlExpression.parse(row.group(1));

            // Then
            CesqlResult result = expression.evaluate(ORDER);
            boolean matches = expression.matches(ORDER);
            String value = result.error().isPresent() ? "error" : Boolean.toString(matches);
            assertThat(value).as(expression.text()).isEqualTo(row.group(2));
        }
        assertThat(rows).isEqualTo(18);
    }

    @Test
    void the_table_of_functions_names_every_function_and_no_other() throws Exception {
        // Given
        String page = Files.readString(PAGE);
        Matcher matcher =
                FUNCTION.matcher(page.substring(page.indexOf("#### Functions"), page.indexOf("## Edge cases")));

        // When
        List<String> named = new ArrayList<>();
        while (matcher.find()) {
            named.add(matcher.group(1));
        }

        // Then: SUBSTRING stands there twice
        assertThat(named.stream().distinct())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Function.values()).map(Enum::name).toList());
    }

    @Test
    void the_limits_are_those_of_the_code() throws Exception {
        assertThat(Files.readString(PAGE))
                .contains(String.format("%,d characters", CesqlExpression.MAX_LENGTH))
                .contains("| " + CesqlExpression.MAX_DEPTH + "; a run")
                .contains(String.format("%,d characters |", LikePattern.MAX_STATES))
                .contains(String.format("%,d characters; more", StringCall.MAX_CONCATENATION));
    }
}
