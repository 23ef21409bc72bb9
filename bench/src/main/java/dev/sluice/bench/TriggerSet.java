/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Filter;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.v1.CloudEventV1;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Kinds of triggers for {@link MatchingBenchmark}, as many as are asked for, and the events that go with them. */
public enum TriggerSet {

    /** One condition on one attribute each; every event matches one trigger. */
    EXACT {
        @Override
        List<Filter> filters(int count) {
            List<Filter> filters = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                filters.add(new Filter.Exact(Map.of("type", type(i))));
            }
            return filters;
        }

        @Override
        int kindsOfEvents(int triggers) {
            return triggers;
        }
    },

    /** Every dialect; ten triggers for each tenant, all of which the events of that tenant match. */
    MIX {
        @Override
        List<Filter> filters(int count) {
            List<Filter> filters = new ArrayList<>(count);
            for (int tenant = 0; filters.size() < count; tenant++) {
                filters.addAll(ofTenant(tenant));
            }
            return filters;
        }

        @Override
        int kindsOfEvents(int triggers) {
            return triggers / 10;
        }
    },

    /** Conditions that no look-up finds: a text somewhere in the middle, and what is not so. */
    UNINDEXABLE {
        @Override
        List<Filter> filters(int count) {
            List<Filter> filters = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                filters.add(
                        switch (i % 3) {
                            case 0 -> cesql("type LIKE '%" + number(i) + ".paid%'");
                            case 1 -> cesql("LENGTH(type) > " + (1000 + i));
                            default ->
                                new Filter.Not(new Filter.Any(List.of(
                                        new Filter.Prefix(Map.of("source", "/shop")),
                                        new Filter.Exact(Map.of("tenant", number(i))))));
                        });
            }
            return filters;
        }

        @Override
        int kindsOfEvents(int triggers) {
            return triggers;
        }
    };

    /** All numbers have the same length, so that texts cost the same however many triggers there are. */
    private static final int FIRST = 1_000_000;

    abstract List<Filter> filters(int count);

    /** How many different events there are for that many triggers. */
    abstract int kindsOfEvents(int triggers);

    /** A new one with texts of its own, as it comes off the wire: nothing has been asked for their hash codes yet. */
    static CloudEvent event(int kind) {
        String number = number(kind);
        return new CloudEventV1(
                number,
                URI.create("/shop/" + number + "/orders"),
                "com.example." + number + ".paid",
                "application/json",
                null,
                null,
                null,
                null,
                Map.of("tenant", number, "region", "eu"));
    }

    private static List<Filter> ofTenant(int tenant) {
        String number = number(tenant);
        Filter type = new Filter.Exact(Map.of("type", type(tenant)));
        return List.of(
                type,
                new Filter.Exact(Map.of("source", "/shop/" + number + "/orders")),
                new Filter.Attributes(Map.of("tenant", number, "region", "")),
                new Filter.Prefix(Map.of("type", "com.example." + number + ".")),
                new Filter.Suffix(Map.of("source", "/" + number + "/orders")),
                new Filter.All(List.of(type, new Filter.Not(new Filter.Exact(Map.of("region", "test"))))),
                new Filter.Any(List.of(
                        new Filter.Exact(Map.of("tenant", number, "region", "eu")),
                        new Filter.Exact(Map.of("type", "com.example." + number + ".refunded")))),
                new Filter.All(List.of(
                        new Filter.Prefix(Map.of("source", "/shop/" + number)),
                        new Filter.Any(List.of(
                                new Filter.Exact(Map.of("region", "eu")), new Filter.Exact(Map.of("region", "us")))))),
                cesql("type = '" + type(tenant) + "' AND region != 'test'"),
                cesql("tenant = '" + number + "' AND (source LIKE '/shop/%' OR EXISTS express)"));
    }

    private static String type(int i) {
        return "com.example." + number(i) + ".paid";
    }

    private static String number(int i) {
        return Integer.toString(FIRST + i);
    }

    private static Filter cesql(String text) {
        try {
            return new Filter.Cesql(CesqlExpression.parse(text));
        } catch (CesqlSyntaxException e) {
            throw new IllegalStateException(text, e);
        }
    }
}
