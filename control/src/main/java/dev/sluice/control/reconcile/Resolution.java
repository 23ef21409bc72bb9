/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.Destination;

/** What a destination leads to. */
sealed interface Resolution {

    /** Where events are POSTed. */
    record Resolved(Destination destination) implements Resolution {}

    /**
     * It leads nowhere that is known here.
     *
     * @param reason CamelCase, stable
     * @param message what is missing and what to do
     */
    record Unresolved(String reason, String message) implements Resolution {}

    /**
     * Nobody knows yet.
     *
     * @param reason CamelCase, stable
     * @param message what is being waited for
     */
    record Pending(String reason, String message) implements Resolution {}
}
