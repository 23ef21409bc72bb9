/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import dev.sluice.api.event.EventAttribute;
import io.cloudevents.CloudEvent;

/**
 * A condition that the index finds by the attribute's text, without asking each trigger.
 *
 * @param text what the attribute is equal to, starts with or ends with; a prefix that is empty asks only that the event has
 *     the attribute
 */
record Key(EventAttribute attribute, Kind kind, String text) {

    enum Kind {
        EXACT,
        PREFIX,
        SUFFIX
    }

    static Key present(EventAttribute attribute) {
        return new Key(attribute, Kind.PREFIX, "");
    }

    boolean isMetBy(CloudEvent event) {
        String actual = attribute.textIn(event);
        if (actual == null) {
            return false;
        }
        return switch (kind) {
            case EXACT -> actual.equals(text);
            case PREFIX -> actual.startsWith(text);
            case SUFFIX -> actual.endsWith(text);
        };
    }

    /**
     * How much a key of this kind promises to leave out, the best first. Of two exact keys of one attribute an event meets one
     * at most, but it may meet any number of prefixes; and most events meet a key that only asks for presence.
     */
    int rank() {
        if (kind == Kind.EXACT) {
            return 0;
        }
        return text.isEmpty() ? 2 : 1;
    }
}
