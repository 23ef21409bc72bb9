/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Selects objects by their labels, as Kubernetes does: all requirements have to hold. None: selects everything. */
public record LabelSelector(List<Requirement> requirements) {

    static final LabelSelector EVERYTHING = new LabelSelector(List.of());

    public LabelSelector {
        requirements = List.copyOf(requirements);
    }

    /** What may be asked of a label. */
    enum Operator {
        IN("In"),
        /** Also holds of an object without the label. */
        NOT_IN("NotIn"),
        EXISTS("Exists"),
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

    /** @param values empty where the operator does not compare */
    record Requirement(String key, Operator operator, Set<String> values) {

        Requirement {
            requireNonNull(key, "key");
            requireNonNull(operator, "operator");
            values = Set.copyOf(values);
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
