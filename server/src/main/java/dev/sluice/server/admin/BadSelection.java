/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

/** A selection of dead letters that can't be understood. The message and the remedy are for whoever wrote it. */
final class BadSelection extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String remedy;

    BadSelection(String message, String remedy) {
        super(message, null, false, false);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
