/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import static java.util.Objects.requireNonNull;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What a command sees of the world.
 *
 * @param in standard input
 * @param out standard output: what was asked for
 * @param err standard error: everything else
 * @param environment the variables
 * @param stop tells a command that runs until it is stopped when that is
 */
public record Console(
        InputStream in, PrintStream out, PrintStream err, Map<String, String> environment, StopRequests stop) {

    public Console {
        requireNonNull(in, "in");
        requireNonNull(out, "out");
        requireNonNull(err, "err");
        requireNonNull(stop, "stop");
        environment = Map.copyOf(environment);
    }
}
