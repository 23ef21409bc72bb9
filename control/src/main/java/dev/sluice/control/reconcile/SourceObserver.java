/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.source.SourceName;
import java.util.Optional;

/** Looks at sources that run. May be asked on any thread. */
@FunctionalInterface
public interface SourceObserver {

    /** Where none run. */
    SourceObserver NONE = name -> Optional.empty();

    /** @return empty if none of this name is to run here */
    Optional<SourceObservation> observe(SourceName name);

    /** Whether enough is known of it for a status; until then the one before stands, which another process may have written. */
    default boolean isKnown(SourceName name) {
        return true;
    }
}
