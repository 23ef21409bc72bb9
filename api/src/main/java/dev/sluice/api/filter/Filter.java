/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.cesql.CesqlExpression;
import io.cloudevents.CloudEvent;
import java.util.List;
import java.util.Map;

/**
 * A condition on the context attributes of an event: the dialects of Knative's Trigger. Immutable and safe for any thread.
 * The variants are public, so that an index can see which conditions it can look up.
 *
 * <p>The constructors refuse what could only be a mistake with an {@link IllegalArgumentException} whose message says, to
 * the person who wrote the filter, what is wrong and what would be right. None of them refuses at match time:
 * {@link #matches} never throws.
 *
 * <p>Attributes are compared by their canonical string form, case-sensitively ({@link dev.sluice.api.event.EventAttribute}).
 * A condition on an attribute that the event does not have does not match, so that {@code not} of it does.
 */
public sealed interface Filter {

    /** How deep filters nest at most, counted in filters; the stack that matching one takes is bounded by it. */
    int MAX_NESTING = 64;

    /** Whether the event passes. Never throws; what can't be decided about the event does not match. */
    boolean matches(CloudEvent event);

    /** No filter: passes every event. */
    record Everything() implements Filter {
        @Override
        public boolean matches(CloudEvent event) {
            return true;
        }
    }

    /**
     * {@code filter.attributes}: every attribute has the given value. An empty value asks only that the attribute is
     * there and not empty.
     */
    record Attributes(List<AttributeCondition> conditions) implements Filter {

        public Attributes {
            conditions = AttributeCondition.copyNotEmpty("attributes", conditions);
        }

        public Attributes(Map<String, String> attributes) {
            this(AttributeCondition.listOf(attributes));
        }

        @Override
        public boolean matches(CloudEvent event) {
            for (int i = 0; i < conditions.size(); i++) {
                AttributeCondition condition = conditions.get(i);
                String actual = condition.attribute().textIn(event);
                if (actual == null || actual.isEmpty()) {
                    return false;
                }
                if (!condition.value().isEmpty() && !actual.equals(condition.value())) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Every attribute has the given value, which is not empty. */
    record Exact(List<AttributeCondition> conditions) implements Filter {

        public Exact {
            conditions = AttributeCondition.copyWithValues("exact", conditions);
        }

        public Exact(Map<String, String> attributes) {
            this(AttributeCondition.listOf(attributes));
        }

        @Override
        public boolean matches(CloudEvent event) {
            for (int i = 0; i < conditions.size(); i++) {
                AttributeCondition condition = conditions.get(i);
                if (!condition.value().equals(condition.attribute().textIn(event))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Every attribute starts with the given value, which is not empty. */
    record Prefix(List<AttributeCondition> conditions) implements Filter {

        public Prefix {
            conditions = AttributeCondition.copyWithValues("prefix", conditions);
        }

        public Prefix(Map<String, String> attributes) {
            this(AttributeCondition.listOf(attributes));
        }

        @Override
        public boolean matches(CloudEvent event) {
            for (int i = 0; i < conditions.size(); i++) {
                AttributeCondition condition = conditions.get(i);
                String actual = condition.attribute().textIn(event);
                if (actual == null || !actual.startsWith(condition.value())) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Every attribute ends with the given value, which is not empty. */
    record Suffix(List<AttributeCondition> conditions) implements Filter {

        public Suffix {
            conditions = AttributeCondition.copyWithValues("suffix", conditions);
        }

        public Suffix(Map<String, String> attributes) {
            this(AttributeCondition.listOf(attributes));
        }

        @Override
        public boolean matches(CloudEvent event) {
            for (int i = 0; i < conditions.size(); i++) {
                AttributeCondition condition = conditions.get(i);
                String actual = condition.attribute().textIn(event);
                if (actual == null || !actual.endsWith(condition.value())) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Every one of the filters passes; there is at least one. */
    record All(List<Filter> filters) implements Filter {

        public All {
            filters = Nesting.copyNotEmpty("all", filters);
        }

        @Override
        public boolean matches(CloudEvent event) {
            for (int i = 0; i < filters.size(); i++) {
                if (!filters.get(i).matches(event)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** At least one of the filters passes; there is at least one. */
    record Any(List<Filter> filters) implements Filter {

        public Any {
            filters = Nesting.copyNotEmpty("any", filters);
        }

        @Override
        public boolean matches(CloudEvent event) {
            for (int i = 0; i < filters.size(); i++) {
                if (filters.get(i).matches(event)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** The filter does not pass. */
    record Not(Filter filter) implements Filter {

        public Not {
            requireNonNull(filter, "filter");
            Nesting.check("not", Nesting.depthOf(filter));
        }

        @Override
        public boolean matches(CloudEvent event) {
            return !filter.matches(event);
        }
    }

    /**
     * A CloudEvents SQL expression is true for the event. An error while evaluating it, a missing attribute for example,
     * is no match.
     *
     * @param expression from {@link CesqlExpression#parse}
     */
    record Cesql(CesqlExpression expression) implements Filter {

        public Cesql {
            requireNonNull(expression, "expression");
        }

        @Override
        public boolean matches(CloudEvent event) {
            return expression.matches(event);
        }
    }
}
