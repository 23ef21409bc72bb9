/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome.Refuse;
import org.jspecify.annotations.Nullable;

/** Whether a request comes from who it should come from. Safe for any thread. */
@FunctionalInterface
interface Verifier {

    /** Takes every request. */
    Verifier NONE = request -> null;

    /** Why it is refused, in words that help nobody to forge the next; null if it is genuine. */
    @Nullable
    Refuse verify(Incoming request);
}
