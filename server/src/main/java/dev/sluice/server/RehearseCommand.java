/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import dev.sluice.server.command.Command;
import dev.sluice.server.command.CommandFailure;
import dev.sluice.server.command.Console;
import dev.sluice.server.command.ExitStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.JarURLConnection;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * Lives through a short life of Sluice on a temporary folder: start, one event in and out, the commands that people use,
 * stop. The launcher runs it once after a build, to find out which classes belong into the class data archive. Of Kafka, which
 * is not there for a rehearsal, all classes of its clients are loaded. Not listed in help.
 */
final class RehearseCommand implements Command {

    private static final long PATIENCE_SECONDS = 30;

    private static final String CLASS = ".class";
    private static final String KAFKA = "org/apache/kafka/";

    /** Some class of the clients, to find the others by. */
    private static final String KAFKA_CLIENT = KAFKA + "clients/producer/KafkaProducer.class";

    private static final String RESOURCES = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata:
              name: default
            ---
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata:
              name: all
            spec:
              broker: default
              filters:
                - cesql: type LIKE '%%' AND EXISTS source
                - any:
                    - exact: {type: rehearsal}
                    - prefix: {type: re}
              subscriber:
                uri: http://localhost:%d/display
            """;

    @Override
    public String name() {
        return "rehearse";
    }

    @Override
    public String summary() {
        return "Lives through a short life of Sluice, for the launcher.";
    }

    @Override
    public void describe(CommandSpec spec) {
        // Nothing to add.
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        try {
            Path folder = Files.createTempDirectory("sluice-rehearsal");
            try {
                rehearse(folder, console);
                loadKafka();
            } finally {
                delete(folder);
            }
            return ExitStatus.OK;
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw CommandFailure.failed(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted");
        }
    }

    private static void rehearse(Path folder, Console console)
            throws IOException, ExecutionException, InterruptedException, TimeoutException, CommandFailure {
        int adminPort = freePort();
        int ingressPort = freePort();
        Path resources = Files.createDirectory(folder.resolve("resources"));
        Files.writeString(resources.resolve("rehearsal.yaml"), RESOURCES.formatted(adminPort));

        var shown = new Awaited();
        var said = new Awaited();
        var stop = new CompletableFuture<Consumer<String>>();
        var serving = CompletableFuture.supplyAsync(
                () -> Main.run(
                        List.of(
                                "serve",
                                "-f",
                                resources.toString(),
                                "--data-dir",
                                folder.resolve("data").toString(),
                                "--ingress-port",
                                Integer.toString(ingressPort),
                                "--admin-port",
                                Integer.toString(adminPort)),
                        console(shown.stream(), said.stream(), stop)),
                task -> new Thread(task, "rehearsal").start());
        try {
            said.await("ready", serving);
            run(
                    console,
                    "send",
                    "--to",
                    "http://localhost:" + ingressPort + "/default/default",
                    "--type",
                    "rehearsal",
                    "--source",
                    "/rehearsal",
                    "--data",
                    "{\"ok\": true}");
            shown.await("rehearsal", serving);
            String admin = "http://localhost:" + adminPort;
            run(console, "get", "triggers", "--admin-url", admin);
            run(console, "get", "brokers", "-o", "yaml", "--admin-url", admin);
            run(console, "validate", "-f", resources.toString());
            run(console, "version");
        } finally {
            // A server that ended by itself may never have asked how it is told to stop.
            CompletableFuture.anyOf(stop, serving).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (stop.isDone()) {
                stop.join().accept("the end of the rehearsal");
            }
            int status = serving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (status != ExitStatus.OK) {
                console.err().print(said);
            }
        }
    }

    /** Nothing is initialized, so what can't be used here, such as what needs a library that is not there, does no harm. */
    private static void loadKafka() throws IOException {
        ClassLoader loader = RehearseCommand.class.getClassLoader();
        URL client = loader.getResource(KAFKA_CLIENT);
        if (client == null || !(client.openConnection() instanceof JarURLConnection jar)) {
            // Run without a channel on Kafka, or from a folder of classes.
            return;
        }
        for (JarEntry entry : Collections.list(jar.getJarFile().entries())) {
            String name = entry.getName();
            if (!name.startsWith(KAFKA) || !name.endsWith(CLASS)) {
                continue;
            }
            try {
                Class.forName(name.substring(0, name.length() - CLASS.length()).replace('/', '.'), false, loader);
            } catch (ClassNotFoundException | LinkageError e) {
                // Nobody can use it, then.
            }
        }
    }

    private static void run(Console console, String... words) throws CommandFailure {
        int status = Main.run(List.of(words), console);
        if (status != ExitStatus.OK) {
            throw CommandFailure.failed(String.join(" ", words) + " ended with " + status);
        }
    }

    private static Console console(OutputStream out, OutputStream err, CompletableFuture<Consumer<String>> stop) {
        return new Console(
                InputStream.nullInputStream(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                stop::complete);
    }

    /** The subscriber has to know it before the server starts. Nobody else is likely to take it in between. */
    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(paths::add);
        }
        for (int i = paths.size() - 1; i >= 0; i--) {
            Files.deleteIfExists(paths.get(i));
        }
    }

    /** Collects what is written, and lets somebody wait for a word of it. */
    private static final class Awaited {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        OutputStream stream() {
            return new OutputStream() {
                @Override
                public void write(int b) {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] buffer, int offset, int length) {
                    synchronized (Awaited.this) {
                        bytes.write(buffer, offset, length);
                        Awaited.this.notifyAll();
                    }
                }
            };
        }

        synchronized void await(String word, CompletableFuture<?> serving) throws InterruptedException, CommandFailure {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!toString().contains(word)) {
                if (serving.isDone() || System.nanoTime() - deadline > 0) {
                    throw CommandFailure.failed("\"" + word + "\" was never written; instead: " + this);
                }
                // Looks again now and then, since a server that ended writes nothing any more.
                wait(100);
            }
        }

        @Override
        public synchronized String toString() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
