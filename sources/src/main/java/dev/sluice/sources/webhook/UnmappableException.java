/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import dev.sluice.api.source.WebhookOutcome;

/** No event can be made of a request, and the sender is told why. */
final class UnmappableException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient WebhookOutcome.Refuse refusal;

    UnmappableException(WebhookOutcome.Kind kind, String error, String remedy) {
        // Without a stack trace: it is an answer, and whoever can reach the port can ask for a million of them.
        super(error, null, false, false);
        refusal = new WebhookOutcome.Refuse(kind, error, remedy);
    }

    WebhookOutcome.Refuse refusal() {
        return refusal;
    }
}
