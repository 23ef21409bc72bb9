/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * A partition that a reader was given.
 *
 * @param partition from 0
 * @param positions how far the triggers are: what was committed last, and the starts that this did not cover. The read
 *     begins at the watermark
 * @param triggers the UIDs of all triggers that the channel knows
 */
public record Assignment(int partition, Positions positions, Set<String> triggers) {

    public Assignment {
        requireNonNull(positions, "positions");
        triggers = Set.copyOf(triggers);
    }
}
