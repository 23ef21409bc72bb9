/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.RateLimit;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.PolicyTexts;
import dev.sluice.control.resource.Trigger;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a Trigger's annotations say about the order and the pace of its deliveries, and what they begin with. */
record Policies(Optional<Ordering> ordering, Pacing pacing, StartFrom startFrom) {

    /**
     * @param hasSink whether there is a dead letter sink, which by Knative's rules gets what a subscriber that is out of order
     *     does not take; so there the breaker is only for those who ask for it
     * @throws IllegalArgumentException if a value can't be used; the message names annotation and value
     */
    static Policies of(Trigger trigger, boolean hasSink) {
        String breaker = Annotations.get(trigger, Annotations.BREAKER);
        Integer maxInFlight = read(trigger, Annotations.MAX_IN_FLIGHT, PolicyTexts::maxInFlight);
        StartFrom startFrom = read(trigger, Annotations.START_FROM, PolicyTexts::startFrom);
        RateLimit rateLimit = read(trigger, Annotations.RATE_LIMIT, PolicyTexts::rateLimit);
        return new Policies(
                ordering(trigger),
                new Pacing(
                        maxInFlight == null ? OptionalInt.empty() : OptionalInt.of(maxInFlight),
                        Optional.ofNullable(rateLimit),
                        breaker == null ? !hasSink : breaker.equals("pause"),
                        "true".equals(Annotations.get(trigger, Annotations.PAUSED))),
                startFrom == null ? StartFrom.Place.DEFAULT : startFrom);
    }

    private static Optional<Ordering> ordering(Trigger trigger) {
        if (!Annotations.ORDERED.equals(Annotations.get(trigger, Annotations.DELIVERY_ORDER))) {
            return Optional.empty();
        }
        EventAttribute by = read(trigger, Annotations.ORDER_BY, PolicyTexts::attribute);
        return Optional.of(new Ordering(
                by == null ? EventAttribute.named(Ordering.PARTITION_KEY) : by,
                "block".equals(Annotations.get(trigger, Annotations.ON_EXHAUSTED))));
    }

    private static <T> @Nullable T read(Trigger trigger, String annotation, Function<String, T> reader) {
        String text = Annotations.get(trigger, annotation);
        if (text == null) {
            return null;
        }
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(annotation + " \"" + text + "\" " + e.getMessage(), e);
        }
    }
}
