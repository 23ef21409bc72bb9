/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** One verb of the command line. */
public interface Command {

    String name();

    /** One line for the list of commands. */
    String summary();

    /** Adds options and arguments. Called only when this command is the one that runs, or that help is asked for. */
    void describe(CommandSpec spec);

    /**
     * Runs the command.
     *
     * @return the exit status
     * @throws CommandFailure to end with lines for people
     */
    int run(ParseResult arguments, Console console) throws CommandFailure;
}
