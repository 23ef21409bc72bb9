/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.EventAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a dialect of maps says about one attribute.
 *
 * @param attribute the attribute, its name a lower-case letter followed by lower-case letters and digits
 * @param value what the dialect compares the attribute's canonical string form with
 */
public record AttributeCondition(EventAttribute attribute, String value) {

    public AttributeCondition {
        requireNonNull(attribute, "attribute");
        requireNonNull(value, "value");
        char first = attribute.name().charAt(0);
        if (first < 'a' || first > 'z') {
            throw invalidName(attribute.name());
        }
    }

    /** Sorted by name, so that the order in which a map was written is no difference between two filters. */
    static List<AttributeCondition> listOf(Map<String, String> values) {
        List<AttributeCondition> conditions = new ArrayList<>(values.size());
        for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
            String name = entry.getKey();
            if (!isName(name)) {
                throw invalidName(name);
            }
            conditions.add(new AttributeCondition(EventAttribute.named(name), requireValue(name, entry.getValue())));
        }
        return conditions;
    }

    static List<AttributeCondition> copyNotEmpty(String dialect, List<AttributeCondition> conditions) {
        if (conditions.isEmpty()) {
            throw new IllegalArgumentException(
                    dialect + " must name at least one attribute, as in \"type: com.example.order\"");
        }
        return List.copyOf(conditions);
    }

    static List<AttributeCondition> copyWithValues(String dialect, List<AttributeCondition> conditions) {
        for (AttributeCondition condition : conditions) {
            if (condition.value.isEmpty()) {
                throw new IllegalArgumentException(dialect + " must give the attribute \"" + condition.attribute.name()
                        + "\" a value that is not empty; to ask only that it is there write \"cesql: EXISTS "
                        + condition.attribute.name() + "\"");
            }
        }
        return copyNotEmpty(dialect, conditions);
    }

    private static String requireValue(String name, String value) {
        if (value == null) {
            throw new IllegalArgumentException("attribute \"" + name + "\" must have a string as its value");
        }
        return value;
    }

    private static boolean isName(String name) {
        if (name.isEmpty() || name.charAt(0) < 'a') {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
                return false;
            }
        }
        return true;
    }

    private static IllegalArgumentException invalidName(String name) {
        return new IllegalArgumentException("attribute name \"" + name
                + "\" must match ^[a-z][a-z0-9]*$: a lower-case letter, then lower-case letters and digits");
    }
}
