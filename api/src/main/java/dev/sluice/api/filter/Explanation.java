/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.filter;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Why a filter passes an event or does not, in words. Made for people who ask, not for each event.
 *
 * @param matches what {@link Filter#matches} answers for the event
 * @param reasons the sub-filters that decided, in the order in which they stand; at least one where it does not match
 */
public record Explanation(boolean matches, List<Reason> reasons) {

    public Explanation {
        reasons = List.copyOf(reasons);
    }

    /** Explains what a filter says about an event. Never throws. */
    public static Explanation of(Filter filter, CloudEvent event) {
        return new Explainer(event).explain(filter);
    }

    /** What a filter asks for, of any event: one line for each sub-filter. */
    public static List<Reason> wantsOf(Filter filter) {
        return Wants.of(filter);
    }

    /**
     * What one sub-filter has to say.
     *
     * @param path which one, as it stands in the {@code spec} of the Trigger: {@code filters[0].all[1].exact.type}
     * @param text for people
     * @param attribute the attribute that it looks at, if it is one
     * @param value what the event has there; empty if it does not have the attribute
     * @param wanted what the filter has there
     * @param line where in an expression, from 1
     * @param column in its line, in characters from 1
     */
    public record Reason(
            String path,
            String text,
            Optional<String> attribute,
            Optional<String> value,
            Optional<String> wanted,
            OptionalInt line,
            OptionalInt column) {

        public Reason {
            requireNonNull(path, "path");
            requireNonNull(text, "text");
            requireNonNull(attribute, "attribute");
            requireNonNull(value, "value");
            requireNonNull(wanted, "wanted");
            requireNonNull(line, "line");
            requireNonNull(column, "column");
        }

        /** A reason that is about no attribute and no place in an expression. */
        public static Reason of(String path, String text) {
            return new Reason(
                    path,
                    text,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty());
        }
    }
}
