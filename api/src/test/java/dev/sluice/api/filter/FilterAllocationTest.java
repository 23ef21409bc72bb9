/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.api.cesql.CesqlExpression;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Matching an event leaves no garbage on the common paths, a failure included. */
final class FilterAllocationTest {

    private static final int MATCHES = 1_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final CloudEvent EVENT = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/shop"))
            .withType("com.example.order.paid")
            .withExtension("region", "eu")
            .withExtension("items", "12")
            .withExtension("express", true)
            .build();

    @Test
    void the_dialects_of_maps_and_their_combinations_allocate_nothing() {
        // Given
        Filter filter = new Filter.All(List.of(
                new Filter.Attributes(Map.of("region", "", "type", "com.example.order.paid")),
                new Filter.Exact(Map.of("source", "/shop", "express", "true")),
                new Filter.Any(
                        List.of(new Filter.Prefix(Map.of("tenant", "x")), new Filter.Suffix(Map.of("type", ".paid")))),
                new Filter.Not(new Filter.Exact(Map.of("subject", "x")))));

        // Then
        assertThat(filter.matches(EVENT)).isTrue();
        assertThat(bytesOf(filter)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "type = 'com.example.order.paid' AND region != 'us'",
                "region IN ('us', 'eu') AND EXISTS items",
                "type LIKE 'com.%' AND type LIKE '%order%' AND source NOT LIKE '%x'",
                "type LIKE 'com.%.order._aid'",
                "items > 10 AND items % 5 = 2 AND INT(items) <= 12",
                "express AND (region = 'us' OR BOOL('true'))",
                "tenant = 'x'",
                "region > 5",
                "items / 0 = 1"
            })
    void an_expression_of_the_usual_operators_allocates_nothing_whether_it_matches_or_fails(String text)
            throws Exception {
        // Given
        Filter filter = new Filter.Cesql(CesqlExpression.parse(text));

        // Then
        assertThat(bytesOf(filter)).isZero();
    }

    /** After a first round, in which classes are loaded and URIs keep their text. */
    private static long bytesOf(Filter filter) {
        matchAll(filter);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        int unchanged = matchAll(filter);
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertThat(unchanged).isIn(0, MATCHES);
        return bytes;
    }

    private static int matchAll(Filter filter) {
        int matched = 0;
        for (int i = 0; i < MATCHES; i++) {
            matched += filter.matches(EVENT) ? 1 : 0;
        }
        return matched;
    }
}
