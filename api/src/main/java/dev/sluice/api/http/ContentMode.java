/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

/** How a message carries CloudEvents, if it does (CloudEvents HTTP binding 3). */
public enum ContentMode {
    /** {@code ce-*} headers hold the context attributes, the body is the data. */
    BINARY,
    /** The body is one event in the JSON event format. */
    STRUCTURED,
    /** The body is a JSON array of events. */
    BATCHED,
    /** The message makes no claim to be a CloudEvent. */
    NONE
}
