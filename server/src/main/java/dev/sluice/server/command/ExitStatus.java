/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

/** What the process tells the shell. A public interface. */
public final class ExitStatus {

    /** Did what was asked; stopped as asked. */
    public static final int OK = 0;

    /** Failed while running. */
    public static final int FAILED = 1;

    /** Bad usage or configuration. */
    public static final int USAGE = 2;

    private ExitStatus() {}
}
