/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Selects objects by their labels, as Kubernetes does: all requirements have to hold. Without any it selects everything. Any
 * thread.
 *
 * @param requirements in the order in which they were written, {@code matchLabels} first
 */
public record LabelSelector(List<Requirement> requirements) {

    /** Selects every object. */
    public static final LabelSelector EVERYTHING = new LabelSelector(List.of());

    public LabelSelector {
        requirements = List.copyOf(requirements);
    }

    /**
     * Reads what stands at a field of a resource, {@code matchLabels} and {@code matchExpressions}, and reports there what is
     * wrong.
     *
     * @param field that is there
     * @return null if it is wrong
     */
    public static @Nullable LabelSelector read(SpecField field) {
        return LabelSelectorReader.read(field);
    }

    /** What may be asked of a label. */
    public enum Operator {
        /** The label has one of the values. */
        IN("In"),
        /** The label has none of the values. Also holds of an object without the label. */
        NOT_IN("NotIn"),
        /** There is such a label. */
        EXISTS("Exists"),
        /** There is no such label. */
        DOES_NOT_EXIST("DoesNotExist");

        private final String text;

        Operator(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }

        boolean compares() {
            return this == IN || this == NOT_IN;
        }
    }

    /**
     * What is asked of one label.
     *
     * @param key the name of the label
     * @param operator what is asked of it
     * @param values in the order in which they were written; empty where the operator does not compare
     */
    public record Requirement(String key, Operator operator, Set<String> values) {

        public Requirement {
            requireNonNull(key, "key");
            requireNonNull(operator, "operator");
            values = Collections.unmodifiableSet(new LinkedHashSet<>(values));
        }

        boolean holds(Map<String, String> labels) {
            String value = labels.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
            };
        }

        private String query() {
            return switch (operator) {
                case IN ->
                    values.size() == 1
                            ? key + "=" + values.iterator().next()
                            : key + " in (" + String.join(",", values) + ")";
                case NOT_IN -> key + " notin (" + String.join(",", values) + ")";
                case EXISTS -> key;
                case DOES_NOT_EXIST -> "!" + key;
            };
        }
    }

    /** As the parameter {@code labelSelector} of a request to the Kubernetes API has it; empty if it selects everything. */
    public String query() {
        return requirements.stream().map(Requirement::query).collect(Collectors.joining(","));
    }

    /** Whether it selects an object with these labels. */
    public boolean matches(Map<String, String> labels) {
        for (Requirement requirement : requirements) {
            if (!requirement.holds(labels)) {
                return false;
            }
        }
        return true;
    }
}
