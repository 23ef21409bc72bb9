/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.routing;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.EventAttribute;

/**
 * How a trigger's events are put into lanes, of which each has one event under way at a time: the events of one partition
 * that have the same value of one attribute, in the order of their offsets. Those without the attribute share one lane per
 * partition.
 *
 * @param by the attribute
 * @param blocks whether an event that has used up its attempts holds its lane and is tried on at the longest wait, in place
 *     of coming to an end
 */
public record Ordering(EventAttribute by, boolean blocks) {

    /** CloudEvents' partitioning extension. */
    public static final String PARTITION_KEY = "partitionkey";

    public Ordering {
        requireNonNull(by, "by");
    }
}
