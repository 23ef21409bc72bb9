/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

/** What keeps a source from reading until somebody mends it; tried again all the time. */
final class NotReadable extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param reason CamelCase, stable
     * @param message for people, with what to do
     */
    NotReadable(String reason, String message, Throwable cause) {
        super(message, cause, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
