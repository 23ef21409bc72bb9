/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import io.cloudevents.CloudEvent;
import java.util.List;

/**
 * Finds the triggers that an event matches. Immutable, so that a new one takes the place of an old one between two
 * events; safe for any thread.
 *
 * @param <T> what stands for a trigger
 */
public interface TriggerIndex<T> {

    /**
     * Adds every trigger that {@code event} matches, each once, in no particular order. Allocates nothing for those that
     * it does not match, and never throws: a condition that can't be evaluated is not met.
     *
     * @param into what the matches are added to; left as it is when there are none
     */
    void match(CloudEvent event, List<? super T> into);
}
