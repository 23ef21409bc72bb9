/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

/** What the parts of one index have in common. */
record Shared(AskedAttributes asked, Residuals residuals) {

    Shared() {
        this(new AskedAttributes(), new Residuals());
    }

    /** Whether no part uses any of it. */
    boolean isEmpty() {
        return asked.isEmpty() && residuals.isEmpty();
    }
}
