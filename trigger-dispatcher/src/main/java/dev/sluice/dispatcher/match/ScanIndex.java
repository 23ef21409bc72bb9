/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.filter.Filter;
import io.cloudevents.CloudEvent;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Evaluates the filter of every trigger, one after the other: the plain meaning that any faster index must equal. */
public final class ScanIndex<T> implements TriggerIndex<T> {

    private static final Logger LOG = LoggerFactory.getLogger(ScanIndex.class);

    /** A trigger and its condition. */
    public record Entry<T>(Filter filter, T trigger) {
        public Entry {
            requireNonNull(filter, "filter");
            requireNonNull(trigger, "trigger");
        }
    }

    // Two arrays side by side: the scan touches a filter for each trigger, and the trigger only when it matches.
    private final Filter[] filters;
    private final List<T> triggers;

    public ScanIndex(List<Entry<T>> entries) {
        filters = entries.stream().map(Entry::filter).toArray(Filter[]::new);
        triggers = entries.stream().map(Entry::trigger).toList();
    }

    @Override
    public void match(CloudEvent event, List<? super T> into) {
        for (int i = 0; i < filters.length; i++) {
            if (matches(filters[i], event)) {
                into.add(triggers.get(i));
            }
        }
    }

    private static boolean matches(Filter filter, CloudEvent event) {
        try {
            return filter.matches(event);
        } catch (RuntimeException e) {
            // Filters promise not to throw. Should one break that, its trigger must not stop the others' events.
            LOG.atError()
                    .addKeyValue("eventId", event.getId())
                    .addKeyValue("filter", filter)
                    .setCause(e)
                    .log("a filter failed and counts as not matching");
            return false;
        }
    }
}
