/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.control.text.Nearest;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code sluice COMMAND …}: finds the command, reads its arguments, reports all that is wrong with them together, and runs
 * it. Only the command that runs is described to picocli, since describing all of them costs time at every start.
 */
public final class CommandLineInterface {

    private final Map<String, Command> commands = new LinkedHashMap<>();
    private final Map<String, Command> unlisted = new LinkedHashMap<>();

    /**
     * @param commands in the order in which help lists them
     * @param unlisted commands for scripts of ours, which help passes over
     */
    public CommandLineInterface(List<Command> commands, List<Command> unlisted) {
        commands.forEach(command -> this.commands.put(command.name(), command));
        unlisted.forEach(command -> this.unlisted.put(command.name(), command));
    }

    /** Runs a command line to its end. Never throws for what a person typed. */
    public int run(List<String> words, Console console) {
        if (words.isEmpty()) {
            console.err().println("sluice: no command; one of " + names() + ", or --help");
            return ExitStatus.USAGE;
        }
        String first = words.get(0);
        List<String> rest = words.subList(1, words.size());
        switch (first) {
            case "--help", "-h", "help" -> {
                return help(rest, console);
            }
            case "--version", "-V" -> {
                return run(List.of("version"), console);
            }
            default -> {
                // A command, or a mistake.
            }
        }
        Command command = commands.containsKey(first) ? commands.get(first) : unlisted.get(first);
        if (command == null) {
            return unknown(first, console);
        }
        try {
            return run(command, rest, console);
        } catch (CommandFailure e) {
            e.lines().forEach(line -> console.err().println("sluice " + command.name() + ": " + line));
            return e.status();
        }
    }

    private static int run(Command command, List<String> words, Console console) throws CommandFailure {
        CommandLine line = line(command);
        ParseResult arguments = line.parseArgs(words.toArray(new String[0]));
        if (line.isUsageHelpRequested()) {
            usage(line, console.out());
            return ExitStatus.OK;
        }
        List<String> problems = problems(line, arguments);
        if (!problems.isEmpty()) {
            problems.addAll(command.furtherProblems(arguments, console));
            throw CommandFailure.usage(problems);
        }
        return command.run(arguments, console);
    }

    private static CommandLine line(Command command) {
        CommandSpec spec = CommandSpec.create().name("sluice " + command.name());
        spec.usageMessage().description(command.summary()).width(110).abbreviateSynopsis(true);
        command.describe(spec);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Shows this and ends.")
                .build());
        var line = new CommandLine(spec);
        // Every problem is reported, not the first alone; unknown words come back to be named here.
        spec.parser().collectErrors(true);
        line.setUnmatchedArgumentsAllowed(true);
        // "--data @order.json" names a file of data, not one of more arguments.
        line.setExpandAtFiles(false);
        // "--to=-" is fine, and so is "--data -": a dash alone is a value.
        line.setUnmatchedOptionsArePositionalParams(false);
        return line;
    }

    private static List<String> problems(CommandLine line, ParseResult arguments) {
        List<String> problems = new ArrayList<>();
        for (Exception error : arguments.errors()) {
            // What is missing is told once for each thing that is missing.
            if (!problems.contains(firstLine(error))) {
                problems.add(firstLine(error));
            }
        }
        List<String> flags = new ArrayList<>();
        line.getCommandSpec().options().forEach(option -> flags.addAll(List.of(option.names())));
        boolean valueOfUnknown = false;
        for (String word : arguments.unmatched()) {
            if (word.startsWith("-") && word.length() > 1) {
                String flag = word.indexOf('=') < 0 ? word : word.substring(0, word.indexOf('='));
                problems.add("unknown option " + flag + Nearest.phrase(flag, flags));
                // What follows an option that nobody knows is most likely its value.
                valueOfUnknown = flag.equals(word);
            } else if (valueOfUnknown) {
                valueOfUnknown = false;
            } else {
                problems.add("unexpected argument \"" + word + "\"");
            }
        }
        return problems;
    }

    private int unknown(String word, Console console) {
        String meant = Nearest.phrase(word, commands.keySet());
        console.err()
                .println("sluice: unknown " + (word.startsWith("-") ? "option " : "command ") + word
                        + (meant.isEmpty() ? "; one of " + names() + ", or --help" : meant + " See sluice --help"));
        return ExitStatus.USAGE;
    }

    private int help(List<String> words, Console console) {
        if (!words.isEmpty()) {
            Command command = commands.get(words.get(0));
            if (command == null) {
                return unknown(words.get(0), console);
            }
            usage(line(command), console.out());
            return ExitStatus.OK;
        }
        PrintStream out = console.out();
        out.println("Usage: sluice COMMAND [OPTION...]");
        out.println("A CloudEvents broker and trigger system that speaks Knative Eventing's API.");
        out.println();
        int width = 0;
        for (String name : commands.keySet()) {
            width = Math.max(width, name.length());
        }
        for (Command each : commands.values()) {
            out.println("  " + each.name() + " ".repeat(2 + width - each.name().length()) + each.summary());
        }
        out.println();
        out.println("\"sluice COMMAND --help\" shows the options of a command.");
        return ExitStatus.OK;
    }

    private static void usage(CommandLine line, PrintStream out) {
        line.usage(out, Ansi.OFF);
    }

    private String names() {
        return String.join(", ", commands.keySet());
    }

    private static String firstLine(Exception error) {
        return String.valueOf(error.getMessage()).lines().findFirst().orElse(error.toString());
    }
}
