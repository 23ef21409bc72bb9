/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import java.util.List;

/**
 * What became of everything that a stop left.
 *
 * @param waiting events and triggers that had not ended and are on disk now
 * @param parked events that are on disk now
 * @param failed events and triggers that are lost because they could not be written
 * @param problems why, a line each; empty if all is well
 */
public record Spooled(long waiting, long parked, long failed, List<String> problems) {

    public Spooled {
        problems = List.copyOf(problems);
    }
}
