/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

/**
 * Decides what becomes of a request. A function of the request alone: the same request gives the same event, but for the
 * time of its arrival and ids that had to be made up. It is called on event loops, on several at a time, and must neither
 * block nor take more than a few milliseconds.
 */
@FunctionalInterface
public interface Webhook {

    /** Whatever it throws is answered with 500 and logged. */
    WebhookOutcome receive(WebhookRequest request);
}
