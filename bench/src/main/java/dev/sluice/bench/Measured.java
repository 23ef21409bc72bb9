/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program under measurement: its own JVM, started with the flags of the launcher, ended with this object. */
final class Measured implements AutoCloseable {

    /** The launcher's flags, so that every published number is of the same JVM. */
    private static final List<String> JVM_FLAGS =
            List.of(System.getProperty("sluice.bench.flags", "").split(" "));

    /** Ticks of /proc/PID/stat in a second; the same on every Linux that Java runs on. */
    private static final long TICKS_PER_SECOND = 100;

    private final Process process;
    /** Kept open; a process that is ready says next to nothing more. */
    private final BufferedReader errors;

    private final String readyLine;

    private Measured(Process process, BufferedReader errors, String readyLine) {
        this.process = process;
        this.errors = errors;
        this.readyLine = readyLine;
    }

    /** Starts the class and waits for a line on its standard error that holds the word ready. */
    static Measured start(Class<?> main, List<String> args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        JVM_FLAGS.stream().filter(flag -> !flag.isBlank()).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(args);
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader errors =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        List<String> seen = new ArrayList<>();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            seen.add(line);
            if (line.contains("ready")) {
                return new Measured(process, errors, line);
            }
        }
        throw new IOException(main.getName() + " ended before it was ready:\n" + String.join("\n", seen));
    }

    String readyLine() {
        return readyLine;
    }

    /** User and system time since the start, in microseconds, to a hundredth of a second. */
    long cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        // The command name, in brackets, may hold spaces; utime and stime are the 12th and 13th field behind it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return ticks * TimeUnit.SECONDS.toMicros(1) / TICKS_PER_SECOND;
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try (errors) {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
