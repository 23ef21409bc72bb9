/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.cesql;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.EventAttribute;
import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code EXISTS attribute}. */
public final class Exists extends BooleanNode {

    private final EventAttribute attribute;

    Exists(int position, EventAttribute attribute) {
        super(position);
        this.attribute = requireNonNull(attribute, "attribute");
    }

    public EventAttribute attribute() {
        return attribute;
    }

    @Override
    List<CesqlNode> children() {
        return List.of();
    }

    @Override
    Object own() {
        return attribute;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        return of(attribute.isPresentIn(event));
    }

    @Override
    public String toString() {
        return "(EXISTS " + attribute.name() + ")";
    }
}
