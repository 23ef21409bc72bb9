/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import java.util.Optional;

/** Looks at the deliveries of Triggers. May be asked on any thread. */
@FunctionalInterface
public interface TriggerObserver {

    /** Where nothing is delivered. */
    TriggerObserver NONE = uid -> Optional.empty();

    /** @return empty if nothing is known of a Trigger with this UID */
    Optional<TriggerObservation> observe(String uid);

    /** Whether enough is known for statuses; until then those before stand, which another process may have written. */
    default boolean isKnown() {
        return true;
    }
}
