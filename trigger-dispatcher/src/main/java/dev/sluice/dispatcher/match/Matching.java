/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import io.cloudevents.CloudEvent;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event that is being matched, and what is known about it so far. One for all events, one after the other. */
final class Matching {

    private static final Logger LOG = LoggerFactory.getLogger(Matching.class);

    private @Nullable CloudEvent event;
    private @Nullable List<Object> into;
    private AskedAttribute[] read = new AskedAttribute[8];
    private int readCount;
    /** Which match it is. */
    private long number;

    void begin(CloudEvent matched, List<Object> matches) {
        event = matched;
        into = matches;
        number++;
    }

    /** Holds on to nothing of the event. */
    void end() {
        for (int i = 0; i < readCount; i++) {
            read[i].read = false;
            read[i].text = null;
        }
        readCount = 0;
        event = null;
        into = null;
    }

    CloudEvent event() {
        CloudEvent present = event;
        if (present == null) {
            throw new IllegalStateException("no event is being matched");
        }
        return present;
    }

    List<Object> into() {
        List<Object> present = into;
        if (present == null) {
            throw new IllegalStateException("no event is being matched");
        }
        return present;
    }

    /** The event's text for the attribute, read at the first question. */
    @Nullable
    String textOf(AskedAttribute asked) {
        if (!asked.read) {
            if (readCount == read.length) {
                read = Arrays.copyOf(read, readCount * 2);
            }
            read[readCount++] = asked;
            asked.read = true;
            asked.text = asked.attribute().textIn(event());
        }
        return asked.text;
    }

    /** Counted from 1. */
    long number() {
        return number;
    }

    boolean meets(Condition condition) {
        CloudEvent present = event();
        try {
            return condition.holds(present);
        } catch (RuntimeException e) {
            // Filters promise not to throw. Should one break that, its trigger must not stop the others' events.
            LOG.atError()
                    .addKeyValue("eventId", present.getId())
                    .addKeyValue("filter", condition)
                    .setCause(e)
                    .log("a filter failed and counts as not matching");
            return false;
        }
    }
}
