/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.util.List;

/** Ends a command: what to say, a line each, and the exit status. Shown without a stack trace. */
public final class CommandFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient List<String> lines;

    private CommandFailure(int status, List<String> lines) {
        super(String.join("; ", lines), null, false, false);
        this.status = status;
        this.lines = List.copyOf(lines);
    }

    /** Bad usage or configuration. */
    public static CommandFailure usage(List<String> problems) {
        return new CommandFailure(ExitStatus.USAGE, problems);
    }

    /** Bad usage or configuration. */
    public static CommandFailure usage(String problem) {
        return usage(List.of(problem));
    }

    /** Something outside did not work. */
    public static CommandFailure failed(String problem) {
        return new CommandFailure(ExitStatus.FAILED, List.of(problem));
    }

    public int status() {
        return status;
    }

    public List<String> lines() {
        return lines;
    }
}
