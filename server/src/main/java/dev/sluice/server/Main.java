/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import dev.sluice.server.command.CommandLineInterface;
import dev.sluice.server.command.Console;
import dev.sluice.server.command.DeadLettersCommand;
import dev.sluice.server.command.DisplayCommand;
import dev.sluice.server.command.ExplainCommand;
import dev.sluice.server.command.GetCommand;
import dev.sluice.server.command.SendCommand;
import dev.sluice.server.command.SourcesCommand;
import dev.sluice.server.command.TopicsCommand;
import dev.sluice.server.command.TriggersCommand;
import dev.sluice.server.command.ValidateCommand;
import dev.sluice.server.command.VersionCommand;
import dev.sluice.server.config.LogFormat;
import dev.sluice.server.config.LogLevel;
import dev.sluice.server.logging.Logging;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.util.List;

/** The {@code sluice} executable. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        forgetAddressesSoon();
        // Whatever the locale says, events are UTF-8; a terminal that can't show a letter shows something else.
        var out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 8192),
                false,
                StandardCharsets.UTF_8);
        var err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        var console = new Console(System.in, out, err, System.getenv(), Signals::handle);
        // Commands that say more set it up anew; without this a library's debugging would go to standard output.
        Logging.configure(LogLevel.WARN, LogFormat.TEXT, err);
        int status = run(List.of(arguments), console);
        out.flush();
        // Halts instead of waiting for threads that a library may have left behind.
        Runtime.getRuntime().halt(status);
    }

    /**
     * The JVM would answer from memory for 30 seconds where the ingresses of a Service, or a Kafka, are; pods come and go
     * faster. Before the first name is looked up, after which it counts no more. Whoever has set it knows better.
     */
    static void forgetAddressesSoon() {
        if (Security.getProperty("networkaddress.cache.ttl") == null
                && System.getProperty("sun.net.inetaddr.ttl") == null) {
            Security.setProperty("networkaddress.cache.ttl", "1");
        }
    }

    /** Runs one command line to its end and answers the exit status. */
    static int run(List<String> words, Console console) {
        return new CommandLineInterface(
                        List.of(
                                new ServeCommand(),
                                new GetCommand(),
                                new ExplainCommand(),
                                new DeadLettersCommand(),
                                new TriggersCommand(),
                                new TopicsCommand(),
                                new SourcesCommand(),
                                new ValidateCommand(),
                                new SendCommand(),
                                new DisplayCommand(),
                                new VersionCommand()),
                        List.of(new RehearseCommand()))
                .run(words, console);
    }
}
