/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** One verb of the command line. */
public interface Command {

    String name();

    /** One line for the list of commands. */
    String summary();

    /** Adds options and arguments. Called only when this command is the one that runs, or that help is asked for. */
    void describe(CommandSpec spec);

    /** When the words themselves are wrong: what else is wrong, so that it is all said at once. */
    default List<String> furtherProblems(ParseResult arguments, Console console) {
        return List.of();
    }

    /**
     * Runs the command.
     *
     * @return the exit status
     * @throws CommandFailure to end with lines for people
     */
    int run(ParseResult arguments, Console console) throws CommandFailure;
}
