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

/** The value of a context attribute; an error where the event does not have it. */
public final class AttributeReference extends CesqlNode {

    private final EventAttribute attribute;

    AttributeReference(int position, EventAttribute attribute) {
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
    @Nullable
    CesqlType type() {
        return null;
    }

    @Override
    int test(CloudEvent event, @Nullable Failure failure) {
        Object value = value(event, failure);
        if (value instanceof Boolean truth) {
            return BooleanNode.of(truth);
        }
        if (value instanceof Integer number) {
            return BooleanNode.of(number != 0);
        }
        return StringNode.castToBoolean(this, (String) value, failure);
    }

    @Override
    long number(CloudEvent event, @Nullable Failure failure) {
        Object value = value(event, failure);
        if (value instanceof Integer number) {
            return number;
        }
        if (value instanceof Boolean truth) {
            return BooleanNode.of(truth);
        }
        return StringNode.castToInteger(this, (String) value, failure);
    }

    @Override
    @Nullable
    String text(CloudEvent event, @Nullable Failure failure) {
        String text = attribute.textIn(event);
        if (text == null) {
            Failure.missingAttribute(failure, this, attribute.name());
        }
        return text;
    }

    @Override
    @Nullable
    Object value(CloudEvent event, @Nullable Failure failure) {
        Object value = attribute.valueIn(event);
        if (value == null) {
            Failure.missingAttribute(failure, this, attribute.name());
        }
        return value;
    }

    @Override
    public String toString() {
        return attribute.name();
    }
}
