/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs beside the tests, whose output goes to a file, one start after the other.
 *
 * <p>It does not outlive this JVM, whatever ends that: a shell watches its own standard input, which ends with this JVM, and
 * then kills the program. The methods are not to be called at once.
 */
final class NativeProcess {

    private static final long STOP_SECONDS = 30;

    private final String name;
    private final Path log;
    private final List<String> command;

    private @Nullable Process process;
    private @Nullable Process guard;
    private boolean frozen;

    NativeProcess(String name, Path log, List<String> command) {
        this.name = name;
        this.log = log;
        this.command = List.copyOf(command);
    }

    String name() {
        return name;
    }

    Path log() {
        return log;
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    void launch() {
        end(guard);
        try {
            Files.createDirectories(log.getParent());
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            process = started;
            frozen = false;
            guard = new ProcessBuilder(
                            "sh", "-c", "cat >/dev/null; kill -KILL \"$1\"", "guard", Long.toString(started.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL. Nothing happens if it does not run. */
    void kill() {
        // The guard first: once the program is gone its process id may be somebody else's.
        end(guard);
        guard = null;
        end(process);
        process = null;
        frozen = false;
    }

    /** SIGTERM. Nothing happens if it does not run. */
    void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        thaw();
        running.destroy();
        try {
            running.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
            kill();
        } catch (TimeoutException e) {
            kill();
            throw new IllegalStateException(
                    name + " did not stop within " + STOP_SECONDS + " s; its output is in " + log, e);
        } catch (ExecutionException | InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** SIGSTOP: connections stay open, and nothing is answered. */
    void freeze() {
        if (!isAlive()) {
            throw new IllegalStateException(name + " does not run; its output is in " + log);
        }
        signal("-STOP");
        frozen = true;
    }

    /** Lets it go on after {@link #freeze()}. Nothing happens if it is not frozen. */
    void thaw() {
        if (frozen && isAlive()) {
            signal("-CONT");
        }
        frozen = false;
    }

    private void signal(String signal) {
        Process running = process;
        if (running == null) {
            return;
        }
        try {
            int status = new ProcessBuilder("kill", signal, Long.toString(running.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill " + signal + " of " + name + " failed; see " + log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void end(@Nullable Process ending) {
        if (ending == null) {
            return;
        }
        ending.destroyForcibly();
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
