/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.event.EventAttribute;
import org.jspecify.annotations.Nullable;

/** An attribute that some column asks for, and its text in the event that is being matched. */
final class AskedAttribute {

    private final EventAttribute attribute;

    /** How many columns ask for it. */
    int columns;

    boolean read;

    @Nullable
    String text;

    AskedAttribute(EventAttribute attribute) {
        this.attribute = attribute;
    }

    EventAttribute attribute() {
        return attribute;
    }
}
