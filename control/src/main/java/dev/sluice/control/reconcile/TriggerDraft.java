/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import java.util.Optional;

/**
 * What was decided about a Trigger, before the data plane has it.
 *
 * @param route in the table; empty if the Trigger gets no events
 * @param subscriber resolved, though there may be no route
 */
record TriggerDraft(
        ResourceName broker,
        long generation,
        Conditions conditions,
        Optional<TriggerRoute> route,
        Optional<Destination> subscriber) {}
