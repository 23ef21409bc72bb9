/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {

    @ParameterizedTest
    @ValueSource(strings = {"$millis()", "$now()", "$now('[H01]:[m01]:[s01].[f001]', '+0200')"})
    void the_time_goes_on_also_on_a_thread_that_did_not_compile(String text) throws Exception {
        // Given
        Expression expression = Expression.compile(text);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            String first = other.submit(() -> expression.textIn(null)).get();

            // Then
            await().atMost(30, TimeUnit.SECONDS)
                    .until(() -> !Objects.equals(
                            other.submit(() -> expression.textIn(null)).get(), first));
        } finally {
            other.shutdown();
        }
    }

    private static Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("id", "evt_1");
        body.put("count", 5);
        body.put("time", 1_614_265_330L);
        body.put("huge", new BigInteger("12345678901234567890123"));
        body.put("half", 1.5);
        body.put("large", 1e21);
        body.put("live", true);
        body.put("nothing", null);
        body.put("items", List.of(Map.of("sku", "a"), Map.of("sku", "b")));
        return body;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "id | evt_1",
                "count | 5",
                "time | 1614265330",
                "huge | 12345678901234567890123",
                "half | 1.5",
                "large | 1000000000000000000000",
                "live | true",
                "id & '-' & count | evt_1-5",
                "items[0].sku | a",
                "$join(items.sku, '+') | a+b",
                "live ? 'yes' : 'no' | yes",
                "$fromMillis(time * 1000) | 2021-02-25T15:02:10.000Z"
            })
    void gives_a_single_value_as_text(String expression, String text) throws Exception {
        assertThat(Expression.compile(expression).textIn(body())).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "nothing", "missing.deeper", "items[9].sku", "$[0].x"})
    void gives_nothing_where_there_is_nothing(String expression) throws Exception {
        assertThat(Expression.compile(expression).textIn(body())).isNull();
    }

    @Test
    void gives_nothing_for_no_body() throws Exception {
        assertThat(Expression.compile("id").textIn(null)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "items | gives a list, not a single value",
                "items[0] | gives an object, not a single value",
                "$ | gives an object, not a single value",
                "$unknown() | fails with JSONata's T1006",
                "$error(id) | fails with JSONata's D3137",
                "$number(id) | fails"
            })
    void says_why_it_gives_nothing_that_can_be_used(String expression, String why) {
        assertThatThrownBy(() -> Expression.compile(expression).textIn(body()))
                .isInstanceOf(Expression.FailedException.class)
                .hasMessage(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo(", "a.b..", "'unterminated", "a[", "", " ", "{", "a b", "\"\\", "/(/", "$$$("})
    void refuses_what_is_no_expression_and_says_where(String text) {
        assertThatThrownBy(() -> Expression.compile(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("is not JSONata");
    }

    @Test
    void refuses_an_expression_that_is_a_program() {
        assertThatThrownBy(() -> Expression.compile("1" + "+1".repeat(4000)))
                .hasMessage("is longer than 4096 characters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "( $f := function($x){ 1 + $f($x) }; $f(1) ) | fails: it is more than 200 calls deep",
                "( $f := function($x){ $f($x) }; $f(1) ) | fails: it takes more than 100000 steps",
                "$sum([1..1000000].($ * 2)) | fails: it takes more than 100000 steps"
            })
    void ends_what_would_never_end(String expression, String why) {
        assertThatThrownBy(() -> Expression.compile(expression).textIn(body()))
                .isInstanceOf(Expression.FailedException.class)
                .hasMessage(why);
    }

    @Test
    void has_room_for_a_body_with_thousands_of_items() throws Exception {
        List<Map<String, Object>> items = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            items.add(Map.of("price", 2, "count", 1));
        }
        assertThat(Expression.compile("$sum(items.(price * count))").textIn(Map.of("items", items)))
                .isEqualTo("10000");
    }

    @Test
    void gives_each_thread_its_own_even_if_all_share_the_expressions() throws Exception {
        // Given
        Expression id = Expression.compile("id");
        Expression sum = Expression.compile("($n := count + 1; $n)");
        int threads = 4;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                tasks.add(() -> {
                    int wrong = 0;
                    for (int i = 0; i < 5_000; i++) {
                        Map<String, Object> body = Map.of("id", thread + "-" + i, "count", i);
                        wrong += (thread + "-" + i).equals(id.textIn(body)) ? 0 : 1;
                        wrong += Integer.toString(i + 1).equals(sum.textIn(body)) ? 0 : 1;
                    }
                    return wrong;
                });
            }

            // When
            List<Future<Integer>> results = executor.invokeAll(tasks, 2, TimeUnit.MINUTES);

            // Then
            for (Future<Integer> result : results) {
                assertThat(result.get()).isZero();
            }
        } finally {
            executor.shutdownNow();
        }
    }
}
