/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the index can look up of a filter; that it leaves out no match is for {@link TriggerIndexPropertyTest}. */
final class CoverTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    type = 'a'                                      | type='a'!
                    NOT (type != 'a')                               | type='a'!
                    type = 'a' AND source LIKE '/x%'                | type='a' source='/x'..!
                    type = 'a' AND NOT EXISTS test                  | type='a'
                    type = 'a' AND items > 5                        | type='a' items=''..
                    type IN ('a', 'b')                              | type='a'! or type='b'!
                    type = 'a' OR type = 'b'                        | type='a'! or type='b'!
                    type = 'a' OR subject = 'b'                     | type='a'! or subject='b'
                    NOT (type != 'a' AND type != 'b')               | type='a'! or type='b'!
                    NOT (type NOT IN ('a'))                         | type='a'!
                    x IN ('05')                                     | x='05' or x='5'
                    x IN (TRUE)                                     | x='1' or x='true'
                    type LIKE 'a%'                                  | type='a'..!
                    type LIKE '%a'                                  | type=..'a'!
                    type LIKE 'a'                                   | type='a'!
                    type LIKE 'a%b'                                 | type='a'.. type=..'b'
                    type LIKE 'a_%b'                                | type='a'..
                    type LIKE '%'                                   | type=''..!
                    EXISTS x                                        | x=''..!
                    x                                               | x='true'
                    items = 5                                       | items=''..
                    type = 'a' XOR type = 'b'                       | type=''..
                    type != 'a'                                     | type=''..
                    LENGTH(type) > 1                                | all events
                    type = 'a' OR LENGTH(type) > 1                  | all events
                    TRUE                                            | all events
                    """)
    void a_cesql_expression_is_covered_by_what_its_conditions_need(String expression, String expected)
            throws Exception {
        assertThat(coverOf(new Filter.Cesql(CesqlExpression.parse(expression)))).isEqualTo(expected);
    }

    @Test
    void all_is_found_by_any_of_its_parts_and_any_by_each_of_them() {
        // Given
        Filter a = new Filter.Exact(Map.of("a", "1"));
        Filter b = new Filter.Prefix(Map.of("b", "2"));
        Filter c = new Filter.Suffix(Map.of("c", "3"));

        // Then
        assertThat(coverOf(new Filter.All(List.of(a, b)))).isEqualTo("a='1' b='2'..!");
        assertThat(coverOf(new Filter.Any(List.of(a, b)))).isEqualTo("a='1'! or b='2'..!");
        assertThat(coverOf(new Filter.All(List.of(c, new Filter.Any(List.of(a, b))))))
                .isEqualTo("c=..'3' a='1'! or c=..'3' b='2'..!");
        assertThat(coverOf(new Filter.Attributes(Map.of("a", "1", "b", "")))).isEqualTo("a='1' b=''..");
    }

    @Test
    void not_is_found_only_by_what_stands_beside_it() {
        // Given
        Filter a = new Filter.Exact(Map.of("a", "1"));
        Filter b = new Filter.Exact(Map.of("b", "2"));

        // Then
        assertThat(coverOf(new Filter.Not(a))).isEqualTo("all events");
        assertThat(coverOf(new Filter.All(List.of(a, new Filter.Not(b))))).isEqualTo("a='1'");
        assertThat(coverOf(new Filter.Any(List.of(a, new Filter.Not(b))))).isEqualTo("all events");
        assertThat(coverOf(new Filter.Not(new Filter.Any(List.of(b, new Filter.Not(a))))))
                .isEqualTo("a='1'");
        assertThat(coverOf(new Filter.Not(new Filter.Everything()))).isEqualTo("no event");
        assertThat(coverOf(new Filter.Not(new Filter.Cesql(parse("a = '1'"))))).isEqualTo("all events");
    }

    @Test
    void a_long_list_beside_many_conditions_is_not_multiplied_with_them() {
        // Given
        List<Filter> parts = new ArrayList<>();
        parts.add(anyOf("a", 2_000));
        for (int i = 0; i < 2_000; i++) {
            parts.add(new Filter.Not(new Filter.Exact(Map.of("b", "v" + i))));
        }

        // When
        List<Conjunction> cover = Cover.of(new Filter.All(parts));

        // Then
        assertThat(cover).hasSize(2_000).allSatisfy(alternative -> {
            assertThat(alternative.keys()).hasSize(1);
            assertThat(alternative.rest()).hasSize(1);
        });
    }

    @Test
    void lists_within_all_are_multiplied_out_up_to_a_bound_and_the_shortest_first() {
        // Given
        Filter type = new Filter.Exact(Map.of("type", "t"));
        Filter few = anyOf("a", 4);
        Filter some = anyOf("b", 8);
        Filter many = anyOf("c", 1_000);

        // Then
        assertThat(Cover.of(new Filter.All(List.of(type, few, some)))).hasSize(32);
        assertThat(Cover.of(new Filter.All(List.of(type, many, few)))).hasSize(4);
        assertThat(Cover.of(new Filter.All(List.of(type, many)))).hasSize(1);
        assertThat(Cover.of(new Filter.All(List.of(many, new Filter.Not(type)))))
                .hasSize(1_000);
    }

    private static Filter anyOf(String attribute, int values) {
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < values; i++) {
            filters.add(new Filter.Exact(Map.of(attribute, "v" + i)));
        }
        return new Filter.Any(filters);
    }

    private static CesqlExpression parse(String text) {
        try {
            return CesqlExpression.parse(text);
        } catch (CesqlSyntaxException e) {
            throw new AssertionError(text, e);
        }
    }

    /** Alternatives with their keys; an exclamation mark where these decide. */
    private static String coverOf(Filter filter) {
        List<Conjunction> cover = Cover.of(filter);
        if (cover.isEmpty()) {
            return "no event";
        }
        return cover.stream().map(CoverTest::textOf).collect(Collectors.joining(" or "));
    }

    private static String textOf(Conjunction conjunction) {
        if (conjunction.keys().isEmpty()) {
            return "all events";
        }
        String keys = conjunction.keys().stream().map(CoverTest::textOf).collect(Collectors.joining(" "));
        return conjunction.decides() ? keys + "!" : keys;
    }

    private static String textOf(Key key) {
        String text = "'" + key.text() + "'";
        return key.attribute().name() + "="
                + switch (key.kind()) {
                    case EXACT -> text;
                    case PREFIX -> text + "..";
                    case SUFFIX -> ".." + text;
                };
    }
}
