/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import dev.sluice.api.routing.ResourceName;
import java.util.Set;

/** Delivers parked events again. Safe for any thread. */
public interface Redriver {

    /** Whether the trigger that failed is in force: the very one, not another of the same name. */
    boolean canRedrive(ParkedEvent parked);

    /** The names of the triggers that are in force. */
    Set<ResourceName> triggers();

    /** Gives the event to its trigger, or puts it back if that is gone by now. */
    void redrive(Redriven redriven);

    /** Puts back those of these events that are not being sent at this moment; the others come to their end. */
    void recall(Set<Redriven> redriven);
}
