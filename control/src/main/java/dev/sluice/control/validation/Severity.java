/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

/** What a problem does to the resource it is about. */
public enum Severity {
    /** The resource is not taken; what was in force of it before stays in force. */
    ERROR,
    /** The resource is taken, and can't become Ready; what was in force of it before stays in force. */
    NOT_READY,
    /** The resource is taken, and works but for what the problem says. */
    WARNING
}
