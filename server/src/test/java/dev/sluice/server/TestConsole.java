/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import dev.sluice.server.command.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs command lines as the executable would, and keeps what they write. */
public final class TestConsole {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Consumer<String>> stop = new CompletableFuture<>();
    private final Console console;

    public TestConsole() {
        this("", Map.of());
    }

    public TestConsole(String in, Map<String, String> environment) {
        console = new Console(
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                stop::complete);
    }

    /** Runs a command line to its end. */
    public int run(String... words) {
        return Main.run(List.of(words), console);
    }

    /** Runs one that goes on until it is told to stop. */
    public CompletableFuture<Integer> start(String... words) {
        return CompletableFuture.supplyAsync(() -> run(words), task -> {
            var thread = new Thread(task, "command " + words[0]);
            thread.setDaemon(true);
            thread.start();
        });
    }

    /** What a signal would do. */
    public void signal(String name) throws Exception {
        stop.get(10, TimeUnit.SECONDS).accept(name);
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
