/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A program under measurement: its own JVM, started with the flags of the launcher, ended with this object. */
final class Measured implements AutoCloseable {

    /** The same for every program, so that every published number is of the same JVM. */
    private static final List<String> JVM_FLAGS =
            List.of(System.getProperty("sluice.bench.flags", "").split(" "));

    private static final int WARM_UP_EVENTS = Integer.getInteger("sluice.bench.warmup.events", 400_000);
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(45);

    /** Whether what the programs say once they are ready is to be seen. */
    private static final boolean ECHO = Boolean.getBoolean("sluice.bench.echo");

    private final Process process;
    private final ProcessMeter meter;
    /** Reads what the process says until it ends, so that it never waits for anybody to do so. */
    private final Thread reader;

    private final Writer input;
    private final String readyLine;

    private Measured(Process process, BufferedReader errors, String readyLine) {
        this.process = process;
        this.readyLine = readyLine;
        meter = new ProcessMeter(process.pid());
        input = process.outputWriter(StandardCharsets.UTF_8);
        reader = new Thread(() -> read(errors), "errors-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    private static void read(BufferedReader errors) {
        try (errors) {
            for (String line = errors.readLine(); line != null; line = errors.readLine()) {
                if (ECHO) {
                    System.err.println(line);
                }
            }
        } catch (IOException e) {
            System.err.println("what a program said could not be read to its end: " + e.getMessage());
        }
    }

    /** Starts the class and waits for a line on its standard error that holds the word ready. */
    static Measured start(Class<?> main, List<String> args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        JVM_FLAGS.stream().filter(flag -> !flag.isBlank()).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(args);
        return start(command);
    }

    /** Starts a command that becomes the JVM to be measured. */
    static Measured start(List<String> command) throws IOException {
        return start(command, Map.of());
    }

    /** @param environment beside that of this process */
    static Measured start(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        Process process = builder.start();
        BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
        List<String> seen = new ArrayList<>();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            seen.add(line);
            // A resource that is not ready is none of the process's readiness.
            if (line.contains("ready") && !line.contains("not ready")) {
                return new Measured(process, errors, line);
            }
        }
        throw new IOException(command + " ended before it was ready:\n" + String.join("\n", seen));
    }

    String readyLine() {
        return readyLine;
    }

    /** Writes a line to the standard input of the program. */
    void tell(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
    }

    /** Lets events flow until the compilers have seen enough of them, or for three quarters of a minute. */
    void warmUp(LongSupplier events) throws InterruptedException {
        warmUp(events, WARM_UP_EVENTS, WARM_UP_LIMIT);
    }

    /** Lets so many events flow, or as many as come in so long. */
    static void warmUp(LongSupplier events, long count, Duration limit) throws InterruptedException {
        long enough = events.getAsLong() + count;
        long end = System.nanoTime() + limit.toNanos();
        while (events.getAsLong() < enough && System.nanoTime() - end < 0) {
            Thread.sleep(100);
        }
    }

    /** What the process spends from now on until the time is over. */
    Spent spent(LongSupplier events, long millis) throws IOException, InterruptedException {
        Spent before = spentSoFar(events);
        Thread.sleep(millis);
        return spentSoFar(events).since(before);
    }

    private Spent spentSoFar(LongSupplier events) throws IOException {
        // Its allocations are asked for last, since asking allocates.
        return new Spent(events.getAsLong(), meter.cpuMicros(), meter.allocatedBytes(), System.nanoTime() / 1e9);
    }

    ProcessMeter meter() {
        return meter;
    }

    /** Memory of the process that is in the machine's memory now. */
    long residentBytes() throws IOException {
        return meter.residentBytes();
    }

    long cpuMicros() throws IOException {
        return meter.cpuMicros();
    }

    /** @throws IllegalStateException if the process has ended by itself */
    void mustRun() {
        if (!process.isAlive()) {
            throw new IllegalStateException(
                    "process " + process.pid() + " has ended with status " + process.exitValue());
        }
    }

    /** Ends the process in the middle of whatever it does. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() throws IOException {
        meter.close();
        // Not by the process itself: that would close what is being read of it.
        process.toHandle().destroy();
        try (input) {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.toHandle().destroyForcibly();
            }
            reader.join();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
