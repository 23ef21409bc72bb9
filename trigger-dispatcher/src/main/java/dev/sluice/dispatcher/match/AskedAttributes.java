/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.event.EventAttribute;
import java.util.HashMap;
import java.util.Map;

/** The attributes that any column asks for, one of each, so that an event's text is read once for all of them. */
final class AskedAttributes {

    private final Map<EventAttribute, AskedAttribute> byAttribute = new HashMap<>();

    boolean isEmpty() {
        return byAttribute.isEmpty();
    }

    /** For one more column. */
    AskedAttribute acquire(EventAttribute attribute) {
        AskedAttribute asked = byAttribute.computeIfAbsent(attribute, AskedAttribute::new);
        asked.columns++;
        return asked;
    }

    /** A column asks no more. */
    void release(EventAttribute attribute) {
        AskedAttribute asked = byAttribute.get(attribute);
        if (asked != null && --asked.columns == 0) {
            byAttribute.remove(attribute);
        }
    }
}
