/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Explanation.Reason;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An explanation names the sub-filter that decided, the attribute, its value and what was wanted. */
final class ExplanationTest {

    private static final int FILTERS = 20_000;

    private static final CloudEvent PAID = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/shop/orders"))
            .withType("com.example.order.paid")
            .withExtension("region", "eu")
            .withExtension("items", 3)
            .withExtension("note", "")
            .build();

    @Test
    void no_filter_matches_and_says_so() {
        Explanation explanation = Explanation.of(new Filter.Everything(), PAID);

        assertThat(explanation.matches()).isTrue();
        assertThat(lines(explanation)).containsExactly(": there is no filter");
    }

    @Test
    void every_attribute_that_is_not_as_wanted_is_named_with_its_value() {
        // Given
        Filter filter = new Filter.Attributes(Map.of("type", "com.example.order.refunded", "tenant", "acme", "id", ""));

        // When
        Explanation explanation = Explanation.of(filter, PAID);

        // Then
        assertThat(explanation.matches()).isFalse();
        assertThat(lines(explanation))
                .containsExactly(
                        "filter.attributes.tenant: the event has no attribute tenant, wanted \"acme\"",
                        "filter.attributes.type: type is \"com.example.order.paid\", wanted"
                                + " \"com.example.order.refunded\"");
        assertThat(explanation.reasons().get(0).value()).isEmpty();
        assertThat(explanation.reasons().get(1).attribute()).contains("type");
        assertThat(explanation.reasons().get(1).value()).contains("com.example.order.paid");
        assertThat(explanation.reasons().get(1).wanted()).contains("com.example.order.refunded");
    }

    @Test
    void an_empty_value_is_not_there() {
        Explanation explanation = Explanation.of(new Filter.Attributes(Map.of("note", "")), PAID);

        assertThat(lines(explanation))
                .containsExactly("filter.attributes.note: note is \"\", wanted any value that is not empty");
    }

    @Test
    void the_place_in_a_nested_filter_is_the_one_in_the_trigger() {
        // Given
        Filter filter = new Filter.All(List.of(
                new Filter.Prefix(Map.of("type", "com.example.")),
                new Filter.All(List.of(
                        new Filter.Any(List.of(exact("region", "us"), exact("region", "EU"))),
                        new Filter.Suffix(Map.of("source", "/invoices")),
                        new Filter.Not(new Filter.Any(List.of(exact("items", "4"), exact("items", "3"))))))));

        // When
        Explanation explanation = Explanation.of(filter, PAID);

        // Then
        assertThat(explanation.matches()).isFalse();
        assertThat(lines(explanation))
                .containsExactly(
                        "filters[1].all[0].any: none of its 2 filters matches",
                        "filters[1].all[0].any[0].exact.region: region is \"eu\", wanted \"us\"",
                        "filters[1].all[0].any[1].exact.region: region is \"eu\", wanted \"EU\"; they differ in upper"
                                + " and lower case only",
                        "filters[1].all[1].suffix.source: source is \"/shop/orders\", wanted a value that ends with"
                                + " \"/invoices\"",
                        "filters[1].all[2].not: the filter in it matches",
                        "filters[1].all[2].not.any[1].exact.items: items is \"3\"");
    }

    @Test
    void an_expression_is_explained_down_to_what_was_false() {
        Explanation explanation = Explanation.of(new Filter.All(List.of(cesql("items > 2 AND region = 'us'"))), PAID);

        assertThat(lines(explanation))
                .containsExactly("filters[0].cesql: column 15: region = 'us' is false: region is \"eu\"");
        assertThat(explanation.reasons().get(0).column()).hasValue(15);
    }

    @Test
    void an_expression_of_several_lines_is_pointed_at_by_line_and_column() {
        Explanation explanation = Explanation.of(new Filter.All(List.of(cesql("items > 2\nAND subject = 'x'"))), PAID);

        assertThat(lines(explanation))
                .containsExactly("filters[0].cesql: line 2, column 5: error: the event has no attribute \"subject\"");
    }

    @Test
    void says_what_a_filter_wants_of_any_event() {
        // Given
        Filter filter = new Filter.All(List.of(
                exact("region", "eu"),
                new Filter.Any(
                        List.of(new Filter.Prefix(Map.of("type", "a.")), new Filter.Suffix(Map.of("type", ".z")))),
                new Filter.Not(new Filter.All(List.of(exact("id", "1"), cesql("EXISTS subject"))))));

        // When
        List<Reason> wants = Explanation.wantsOf(filter);

        // Then
        assertThat(lines(wants))
                .containsExactly(
                        "filters[0].exact.region: region is \"eu\"",
                        "filters[1].any: at least one of these matches:",
                        "filters[1].any[0].prefix.type: type is a value that starts with \"a.\"",
                        "filters[1].any[1].suffix.type: type is a value that ends with \".z\"",
                        "filters[2].not: this does not match:",
                        "filters[2].not.all: all of these match:",
                        "filters[2].not.all[0].exact.id: id is \"1\"",
                        "filters[2].not.all[1].cesql: EXISTS subject is true");
        assertThat(lines(Explanation.wantsOf(new Filter.Everything()))).containsExactly(": every event");
    }

    @Test
    void agrees_with_matching_for_random_filters_and_events() {
        long seed = Long.getLong("sluice.filter.seed", System.nanoTime());
        Random random = new Random(seed);
        int matching = 0;
        for (int i = 0; i < FILTERS; i++) {
            // Given
            Filter filter = random.nextInt(8) == 0 ? new Filter.Attributes(map(random, true)) : filter(random, 4);
            CloudEvent event = event(random);
            boolean matches = filter.matches(event);

            // When
            Explanation explanation = Explanation.of(filter, event);

            // Then
            assertThat(explanation.matches())
                    .as("%s of %s, seed %d", filter, event, seed)
                    .isEqualTo(matches);
            assertThat(explanation.reasons())
                    .as("%s of %s, seed %d", filter, event, seed)
                    .isNotEmpty()
                    .allSatisfy(reason -> assertThat(reason.path()).startsWith("filter"));
            matching += matches ? 1 : 0;
        }
        assertThat(matching).as("some match and some don't").isBetween(FILTERS / 10, FILTERS * 9 / 10);
    }

    // ---- random data ------------------------------------------------------------------------------------------------

    private static final String[] NAMES = {"id", "type", "source", "subject", "region", "items", "flag", "time"};
    private static final String[] VALUES = {"a", "ab", "abc", "bc", "A", "3", "true", "ä😀", "/a"};
    private static final String[] EXPRESSIONS = {
        "region = 'a'", "EXISTS subject", "subject LIKE 'a%'", "items > 2 AND flag", "flag = TRUE OR region = 'ab'",
        "NOT (type = 'a')", "type IN ('a', 'abc') XOR EXISTS region", "LENGTH(region) / items = 0", "flag", "items"
    };

    private static Filter filter(Random random, int depth) {
        int choice = random.nextInt(depth == 0 ? 4 : 8);
        return switch (choice) {
            case 0 -> new Filter.Exact(map(random, false));
            case 1 -> new Filter.Prefix(map(random, false));
            case 2 -> new Filter.Suffix(map(random, false));
            case 3 -> cesql(EXPRESSIONS[random.nextInt(EXPRESSIONS.length)]);
            case 4 -> new Filter.All(list(random, depth));
            case 5 -> new Filter.Any(list(random, depth));
            default -> new Filter.Not(filter(random, depth - 1));
        };
    }

    private static List<Filter> list(Random random, int depth) {
        List<Filter> filters = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            filters.add(filter(random, depth - 1));
        }
        return filters;
    }

    private static Map<String, String> map(Random random, boolean mayBeEmpty) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = random.nextInt(2); i >= 0; i--) {
            String value = mayBeEmpty && random.nextInt(3) == 0 ? "" : VALUES[random.nextInt(VALUES.length)];
            map.put(NAMES[random.nextInt(NAMES.length)], value);
        }
        return map;
    }

    private static CloudEvent event(Random random) {
        var event = (random.nextInt(4) == 0 ? CloudEventBuilder.v03() : CloudEventBuilder.v1())
                .withId(VALUES[random.nextInt(VALUES.length)])
                .withType(VALUES[random.nextInt(VALUES.length)])
                .withSource(URI.create("/a"));
        if (random.nextBoolean()) {
            event.withSubject(VALUES[random.nextInt(VALUES.length)]);
        }
        if (random.nextBoolean()) {
            event.withExtension("region", random.nextInt(4) == 0 ? "" : VALUES[random.nextInt(VALUES.length)]);
        }
        if (random.nextBoolean()) {
            event.withExtension("items", random.nextInt(5));
        }
        if (random.nextBoolean()) {
            event.withExtension("flag", random.nextBoolean());
        }
        return event.build();
    }

    private static Filter exact(String attribute, String value) {
        return new Filter.Exact(Map.of(attribute, value));
    }

    private static Filter cesql(String expression) {
        try {
            return new Filter.Cesql(CesqlExpression.parse(expression));
        } catch (CesqlSyntaxException e) {
            throw new AssertionError(expression, e);
        }
    }

    private static List<String> lines(Explanation explanation) {
        return lines(explanation.reasons());
    }

    private static List<String> lines(List<Reason> reasons) {
        return reasons.stream()
                .map(reason -> reason.path() + ": " + reason.text())
                .toList();
    }
}
