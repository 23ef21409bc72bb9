/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A node as a process of its own. Its output goes to {@code node.log} in its folder, one start after the other. */
final class ForkedNode implements KafkaNode {

    private static final long STOP_SECONDS = 30;

    private static final List<String> LOG_FLAGS = List.of(
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
            "-Dorg.slf4j.simpleLogger.showThreadName=false");

    private final int id;
    private final Path home;
    private final String classPath;
    private final String clusterId;
    private final String bootstrapServers;
    private final String properties;
    private final List<String> jvmFlags;

    private @Nullable Process process;
    private @Nullable Process freezer;

    ForkedNode(
            int id,
            Path home,
            String classPath,
            String clusterId,
            String bootstrapServers,
            String properties,
            List<String> jvmFlags) {
        this.id = id;
        this.home = home;
        this.classPath = classPath;
        this.clusterId = clusterId;
        this.bootstrapServers = bootstrapServers;
        this.properties = properties;
        this.jvmFlags = jvmFlags;
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public long pid() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("Kafka node " + id + " does not run");
        }
        return running.pid();
    }

    @Override
    public void start() {
        if (!isAlive()) {
            launch();
            awaitServing();
        }
    }

    void launch() {
        try {
            Files.createDirectories(home);
            Path file = Files.writeString(home.resolve("server.properties"), properties);
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(jvmFlags);
            command.addAll(LOG_FLAGS);
            command.addAll(List.of("-cp", classPath, BrokerMain.class.getName(), clusterId, file.toString()));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitServing() {
        try {
            Readiness.await(bootstrapServers, id, this::isAlive);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + "; its output is in " + log(), e);
        }
    }

    @Override
    public void kill() {
        Process running = process;
        if (running == null) {
            return;
        }
        running.destroyForcibly();
        await(running);
        process = null;
        thaw();
    }

    @Override
    public void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        thaw();
        // Not destroy() of the process itself: that closes its standard input as well, which ends it on the spot.
        running.toHandle().destroy();
        try {
            running.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
            process = null;
        } catch (TimeoutException e) {
            kill();
            throw new IllegalStateException(
                    "Kafka node " + id + " did not stop within " + STOP_SECONDS + " s; its output is in " + log(), e);
        } catch (ExecutionException | InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * A shell of its own stops the node and lets it go on when its standard input ends, also because this JVM has ended: a
     * stopped node could not notice that itself, and would stay for ever.
     */
    @Override
    public void freeze() {
        Process running = process;
        if (running == null || freezer != null) {
            throw new IllegalStateException(
                    "Kafka node " + id + (running == null ? " does not run" : " is frozen already"));
        }
        try {
            Process shell = new ProcessBuilder(
                            "sh",
                            "-c",
                            "kill -STOP \"$1\" && echo stopped && cat >/dev/null; kill -CONT \"$1\"",
                            "freezer",
                            Long.toString(running.pid()))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
            freezer = shell;
            if (shell.getInputStream().read() < 0) {
                freezer = null;
                throw new IllegalStateException("Kafka node " + id + " could not be frozen; see " + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void thaw() {
        Process shell = freezer;
        if (shell == null) {
            return;
        }
        freezer = null;
        try {
            shell.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await(shell);
    }

    private boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    void deleteData() {
        ForkedKafka.delete(home.resolve("data"));
    }

    private Path log() {
        return home.resolve("node.log");
    }

    private static void await(Process ending) {
        try {
            ending.waitFor();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(Exception cause) {
        if (cause instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return new IllegalStateException("interrupted while a process was ending", cause);
    }
}
