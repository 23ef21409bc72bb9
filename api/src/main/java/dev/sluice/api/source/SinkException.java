/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

/** The sink does not have the event, or nobody knows. The message says why, as the sink or the network did. */
public final class SinkException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    /** @param retryable whether the same event may be taken later */
    public SinkException(String message, boolean retryable) {
        super(message, null, false, false);
        this.retryable = retryable;
    }

    /** Whether the same event may be taken later. Otherwise the sink refuses this one for good. */
    public boolean isRetryable() {
        return retryable;
    }
}
