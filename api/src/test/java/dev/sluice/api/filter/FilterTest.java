/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each dialect of a Trigger's filters means, at its edges above all. */
final class FilterTest {

    private static final CloudEvent PAID = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/shop/orders/"))
            .withType("com.example.order.paid")
            .withTime(OffsetDateTime.parse("2020-02-03T04:05:06.000Z"))
            .withExtension("region", "eu")
            .withExtension("items", 3)
            .withExtension("express", true)
            .withExtension("note", "")
            .build();

    private static final CloudEvent OLD = CloudEventBuilder.v03()
            .withId("42")
            .withSource(URI.create("/shop"))
            .withType("com.example.order.paid")
            .withSchemaUrl(URI.create("urn:order"))
            .withExtension("region", "eu")
            .build();

    private static final Filter MATCHES = exact("region", "eu");
    private static final Filter FAILS = exact("region", "us");
    private static final Filter MISSING = exact("tenant", "x");

    @Test
    void everything_passes_every_event() {
        assertThat(new Filter.Everything().matches(PAID)).isTrue();
        assertThat(new Filter.Everything().matches(OLD)).isTrue();
    }

    @Test
    void exact_compares_whole_values_and_their_case() {
        assertThat(exact("type", "com.example.order.paid").matches(PAID)).isTrue();
        assertThat(exact("type", "com.example.order").matches(PAID)).isFalse();
        assertThat(exact("type", "com.example.order.PAID").matches(PAID)).isFalse();
        assertThat(exact("source", "/shop/orders").matches(PAID)).isFalse();
        assertThat(exact("source", "/shop/orders/").matches(PAID)).isTrue();
    }

    @Test
    void prefix_and_suffix_compare_the_ends_of_values() {
        assertThat(prefix("type", "com.example.").matches(PAID)).isTrue();
        assertThat(prefix("type", "com.example.order.paid").matches(PAID)).isTrue();
        assertThat(prefix("type", "example.").matches(PAID)).isFalse();
        assertThat(prefix("type", "Com.").matches(PAID)).isFalse();
        assertThat(suffix("type", ".paid").matches(PAID)).isTrue();
        assertThat(suffix("type", "com.example.order.paid").matches(PAID)).isTrue();
        assertThat(suffix("type", ".pai").matches(PAID)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dialectsOfMaps")
    void every_attribute_of_a_map_must_match(Function<Map<String, String>, Filter> dialect) {
        assertThat(dialect.apply(Map.of("region", "eu", "id", "42")).matches(PAID))
                .isTrue();
        assertThat(dialect.apply(Map.of("region", "eu", "id", "43")).matches(PAID))
                .isFalse();
        assertThat(dialect.apply(Map.of("region", "us", "id", "42")).matches(PAID))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("dialectsOfMaps")
    void a_typed_extension_is_compared_by_its_canonical_string_form(Function<Map<String, String>, Filter> dialect) {
        assertThat(dialect.apply(Map.of("items", "3")).matches(PAID)).isTrue();
        assertThat(dialect.apply(Map.of("express", "true")).matches(PAID)).isTrue();
        assertThat(dialect.apply(Map.of("express", "TRUE")).matches(PAID)).isFalse();
        assertThat(dialect.apply(Map.of("time", "2020-02-03T04:05:06Z")).matches(PAID))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("dialectsOfMaps")
    void a_missing_attribute_does_not_match_and_not_of_it_does(Function<Map<String, String>, Filter> dialect) {
        for (String name : List.of("tenant", "subject", "dataschema", "datacontenttype")) {
            Filter filter = dialect.apply(Map.of(name, "x"));
            assertThat(filter.matches(PAID)).as(name).isFalse();
            assertThat(new Filter.Not(filter).matches(PAID)).as("not " + name).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dialectsOfMaps")
    void an_event_of_version_0_3_is_matched_in_the_same_way(Function<Map<String, String>, Filter> dialect) {
        assertThat(dialect.apply(Map.of("specversion", "0.3", "region", "eu")).matches(OLD))
                .isTrue();
        assertThat(dialect.apply(Map.of("schemaurl", "urn:order")).matches(OLD)).isTrue();
        assertThat(dialect.apply(Map.of("dataschema", "urn:order")).matches(OLD))
                .isTrue();
        assertThat(dialect.apply(Map.of("subject", "x")).matches(OLD)).isFalse();
    }

    @Test
    void an_empty_value_in_filter_attributes_asks_for_an_attribute_that_is_there_and_not_empty() {
        assertThat(attributes("region", "").matches(PAID)).isTrue();
        assertThat(attributes("items", "").matches(PAID)).isTrue();
        assertThat(attributes("tenant", "").matches(PAID)).isFalse();
        assertThat(attributes("subject", "").matches(PAID)).isFalse();
        assertThat(attributes("time", "").matches(OLD)).isFalse();
        assertThat(attributes("note", "").matches(PAID)).isFalse();
        assertThat(new Filter.Attributes(Map.of("region", "", "id", "43")).matches(PAID))
                .isFalse();
    }

    @Test
    void all_passes_if_every_filter_passes() {
        assertThat(new Filter.All(List.of(MATCHES)).matches(PAID)).isTrue();
        assertThat(new Filter.All(List.of(MATCHES, MATCHES)).matches(PAID)).isTrue();
        assertThat(new Filter.All(List.of(MATCHES, FAILS)).matches(PAID)).isFalse();
        assertThat(new Filter.All(List.of(MISSING, MATCHES)).matches(PAID)).isFalse();
    }

    @Test
    void any_passes_if_one_filter_passes() {
        assertThat(new Filter.Any(List.of(FAILS)).matches(PAID)).isFalse();
        assertThat(new Filter.Any(List.of(FAILS, MISSING)).matches(PAID)).isFalse();
        assertThat(new Filter.Any(List.of(MISSING, MATCHES)).matches(PAID)).isTrue();
    }

    @Test
    void not_passes_if_the_filter_does_not() {
        assertThat(new Filter.Not(MATCHES).matches(PAID)).isFalse();
        assertThat(new Filter.Not(FAILS).matches(PAID)).isTrue();
        assertThat(new Filter.Not(new Filter.Any(List.of(FAILS, MISSING))).matches(PAID))
                .isTrue();
        assertThat(new Filter.Not(new Filter.Not(MATCHES)).matches(PAID)).isTrue();
    }

    @Test
    void cesql_passes_if_the_expression_is_true_and_nothing_failed() {
        assertThat(cesql("region = 'eu' AND items > 2").matches(PAID)).isTrue();
        assertThat(cesql("region = 'us'").matches(PAID)).isFalse();
        assertThat(cesql("express").matches(PAID)).isTrue();
        assertThat(cesql("items").matches(PAID)).isFalse();
        assertThat(cesql("region").matches(PAID)).isFalse();
        assertThat(cesql("1 / 0 = 0").matches(PAID)).isFalse();
        assertThat(cesql("tenant = 'x' OR TRUE").matches(PAID)).isFalse();
        assertThat(cesql("TRUE OR tenant = 'x'").matches(PAID)).isTrue();
    }

    @Test
    void not_of_a_cesql_expression_passes_also_where_the_expression_failed() {
        assertThat(new Filter.Not(cesql("tenant = 'x'")).matches(PAID)).isTrue();
        assertThat(cesql("NOT (tenant = 'x')").matches(PAID)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dialectsOfMaps")
    void a_map_must_not_be_empty(Function<Map<String, String>, Filter> dialect) {
        assertThatThrownBy(() -> dialect.apply(Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(attributes|exact|prefix|suffix) must name at least one attribute, as in .*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SOURCE", "souRce", "my source", "my_ext", "my-ext", "1st", "123", "ß", "😀", "type "})
    void an_attribute_name_must_be_one(String name) {
        assertThat(dialectsOfMaps())
                .allSatisfy(dialect -> assertThatThrownBy(() -> dialect.apply(Map.of(name, "x")))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("attribute name \"" + name
                                + "\" must match ^[a-z][a-z0-9]*$: a lower-case letter, then "
                                + "lower-case letters and digits"));
    }

    @Test
    void an_attribute_name_may_be_long_and_have_digits() {
        assertThat(exact("c1d2e3", "x").matches(PAID)).isFalse();
        assertThat(exact("a".repeat(40), "x").matches(PAID)).isFalse();
    }

    @Test
    void exact_prefix_and_suffix_need_a_value_that_is_not_empty() {
        assertThat(Stream.<Function<Map<String, String>, Filter>>of(
                        Filter.Exact::new, Filter.Prefix::new, Filter.Suffix::new))
                .allSatisfy(dialect -> assertThatThrownBy(() -> dialect.apply(Map.of("type", "x", "region", "")))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("must give the attribute \"region\" a value that is not empty")
                        .hasMessageEndingWith("write \"cesql: EXISTS region\""));
    }

    @Test
    void a_value_must_be_there() {
        // Given: what YAML's "type:" without a value becomes
        Map<String, String> values = new HashMap<>();
        values.put("type", null);

        // Then
        assertThatThrownBy(() -> new Filter.Exact(values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("attribute \"type\" must have a string as its value");
    }

    @Test
    void all_and_any_must_hold_a_filter() {
        assertThatThrownBy(() -> new Filter.All(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("all must hold at least one filter");
        assertThatThrownBy(() -> new Filter.Any(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("any must hold at least one filter");
    }

    @Test
    void filters_nest_up_to_the_limit_and_not_further() {
        // Given
        Filter deepest = MATCHES;
        for (int level = 2; level <= Filter.MAX_NESTING; level++) {
            deepest = new Filter.Not(deepest);
        }
        Filter filter = deepest;

        // Then: an odd number of times not
        assertThat(filter.matches(PAID)).isFalse();
        assertThatThrownBy(() -> new Filter.Not(filter))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not is nested in more than 64 levels of filters");
        assertThatThrownBy(() -> new Filter.Any(List.of(MATCHES, filter)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("any is nested in more than 64 levels of filters");
    }

    @Test
    void a_filter_keeps_what_it_was_made_of() {
        // Given
        Map<String, String> values = new HashMap<>(Map.of("region", "eu"));
        List<Filter> filters = new ArrayList<>(List.of(MATCHES));
        Filter exact = new Filter.Exact(values);
        Filter all = new Filter.All(filters);

        // When
        values.put("region", "us");
        filters.set(0, FAILS);

        // Then
        assertThat(exact.matches(PAID)).isTrue();
        assertThat(all.matches(PAID)).isTrue();
    }

    @Test
    void filters_are_equal_if_they_say_the_same() {
        // Given: one map in two orders
        Map<String, String> one = new LinkedHashMap<>();
        one.put("type", "x");
        one.put("id", "y");
        Map<String, String> other = new LinkedHashMap<>();
        other.put("id", "y");
        other.put("type", "x");

        // Then
        assertThat(new Filter.Exact(one)).isEqualTo(new Filter.Exact(other)).hasSameHashCodeAs(new Filter.Exact(other));
        assertThat((Filter) new Filter.Exact(one)).isNotEqualTo(new Filter.Prefix(one));
        assertThat(cesql("type = 'x'")).isEqualTo(cesql("type = 'x'")).isNotEqualTo(cesql("type = 'y'"));
    }

    static Stream<Function<Map<String, String>, Filter>> dialectsOfMaps() {
        return Stream.of(Filter.Attributes::new, Filter.Exact::new, Filter.Prefix::new, Filter.Suffix::new);
    }

    private static Filter attributes(String name, String value) {
        return new Filter.Attributes(Map.of(name, value));
    }

    private static Filter exact(String name, String value) {
        return new Filter.Exact(Map.of(name, value));
    }

    private static Filter prefix(String name, String value) {
        return new Filter.Prefix(Map.of(name, value));
    }

    private static Filter suffix(String name, String value) {
        return new Filter.Suffix(Map.of(name, value));
    }

    private static Filter cesql(String text) {
        try {
            return new Filter.Cesql(CesqlExpression.parse(text));
        } catch (CesqlSyntaxException e) {
            throw new AssertionError(text, e);
        }
    }
}
