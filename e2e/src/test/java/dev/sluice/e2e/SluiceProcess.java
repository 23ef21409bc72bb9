/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The {@code sluice} executable as a process of its own: what {@code ./sluice} starts, from the same jars. Closing it ends
 * the process by its id, whatever state it is in. What it wrote is kept in memory up to {@value #MAX_LINES} lines, and as
 * a whole in {@code e2e/target/processes/} for whoever reads the log of a failed build.
 */
final class SluiceProcess implements AutoCloseable {

    static final int MAX_LINES = 20_000;

    /** Generous, because a build machine may be doing other things; how fast it starts is measured elsewhere. */
    static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    /** The Java that runs the tests. */
    static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private static final Duration END_TIMEOUT = Duration.ofSeconds(45);
    private static final Pattern PORT = Pattern.compile(":(\\d{1,5})(?!\\d)");
    private static final Pattern WEBHOOKS = Pattern.compile("webhooks are taken in port=(\\d+)");
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final List<String> HEEDING_INTERRUPTS = heedingInterrupts();

    private final Process process;
    private final Path directory;
    private final boolean ownsDirectory;
    private final Output stdout;
    private final Output stderr;
    private volatile int ingressPort;
    private volatile int adminPort;

    private SluiceProcess(Process process, Path directory, boolean ownsDirectory, Path log) {
        this.process = process;
        this.directory = directory;
        this.ownsDirectory = ownsDirectory;
        this.stdout = new Output(process.getInputStream(), log.resolveSibling(log.getFileName() + ".out"));
        this.stderr = new Output(process.getErrorStream(), log.resolveSibling(log.getFileName() + ".err"));
    }

    /** A server on free ports; {@code files} are its {@code -f} options. */
    static Builder serve(Path... files) {
        var arguments = new ArrayList<String>(List.of("serve"));
        for (Path file : files) {
            arguments.add("-f");
            arguments.add(file.toString());
        }
        return new Builder(arguments)
                .option("--ingress-port", "0")
                .option("--sources-port", "0")
                .option("--admin-port", "0");
    }

    /** Any command, with no option added. */
    static Builder command(String... arguments) {
        return new Builder(List.of(arguments));
    }

    /** Runs a command to its end. */
    static Finished run(String... arguments) {
        return command(arguments).run("");
    }

    static final class Builder {
        private final List<String> arguments;
        private final List<String> jvmArguments = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private Optional<Path> directory = Optional.empty();
        private Optional<List<String>> executable = Optional.empty();

        private Builder(List<String> arguments) {
            this.arguments = new ArrayList<>(arguments);
        }

        Builder option(String... words) {
            arguments.addAll(List.of(words));
            return this;
        }

        Builder jvm(String... words) {
            jvmArguments.addAll(List.of(words));
            return this;
        }

        Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /**
         * Where the process runs, and keeps its {@code .sluice} folder; unless set, a fresh folder that is deleted when the
         * process is closed.
         */
        Builder in(Path folder) {
            directory = Optional.of(folder);
            return this;
        }

        /** Starts this executable instead of a JVM on the assembled jars, such as {@code ./sluice}. */
        Builder executable(String... words) {
            executable = Optional.of(List.of(words));
            return this;
        }

        /** Starts the server and waits until it says that it is ready. */
        SluiceProcess start() {
            SluiceProcess started = launch();
            try {
                started.awaitReady();
                return started;
            } catch (RuntimeException | Error e) {
                started.close();
                throw e;
            }
        }

        /** Starts the process and waits for nothing. */
        SluiceProcess launch() {
            try {
                Path in = directory.orElseGet(() -> Scratch.folder("process"));
                Path log = Repository.path("e2e/target/processes")
                        .resolve(ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-" + caller());
                Files.createDirectories(log.getParent());
                var words = new ArrayList<>(HEEDING_INTERRUPTS);
                words.addAll(executable.orElseGet(() -> java(jvmArguments)));
                words.addAll(arguments);
                var builder = new ProcessBuilder(words).directory(in.toFile());
                // A setting of the developer's own shell must not decide what is tested.
                builder.environment().keySet().removeIf(name -> name.startsWith("SLUICE_"));
                builder.environment().putAll(environment);
                return new SluiceProcess(builder.start(), in, directory.isEmpty(), log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Starts the process, feeds its standard input and waits for its end. */
        Finished run(String input) {
            return run(input, Duration.ofSeconds(60));
        }

        Finished run(String input, Duration timeout) {
            try (SluiceProcess started = launch()) {
                try (OutputStream stdin = started.process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    // The command ended without reading its input, which is its right.
                    started.stderr.note("standard input closed: " + e.getMessage());
                }
                int status = started.awaitExit(timeout);
                return new Finished(status, String.join("\n", started.stdout()), String.join("\n", started.stderr()));
            }
        }

        private static String caller() {
            return StackWalker.getInstance()
                    .walk(frames -> frames.map(StackWalker.StackFrame::getClassName)
                            .filter(name -> !name.startsWith(SluiceProcess.class.getName()))
                            .map(name -> name.substring(name.lastIndexOf('.') + 1))
                            .findFirst()
                            .orElse("unknown"));
        }
    }

    /**
     * Words before a command that make it heed SIGINT. A build that a script started in the background ignores it, and so
     * do all its children, unless they are told otherwise; no user's terminal does that.
     */
    private static List<String> heedingInterrupts() {
        try {
            Process probe = new ProcessBuilder("env", "--default-signal=INT", "true").start();
            return probe.waitFor() == 0 ? List.of("env", "--default-signal=INT") : List.of();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while trying env", e);
        }
    }

    /** The words that start the assembled jars on the JVM that runs the tests. */
    static List<String> java(List<String> jvmArguments) {
        var words = new ArrayList<String>();
        words.add(JAVA);
        words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        words.addAll(ClassArchive.words());
        words.addAll(jvmArguments);
        words.addAll(ClassArchive.jar());
        return words;
    }

    /** How a command ended and what it wrote. */
    record Finished(int status, String stdout, String stderr) {}

    /** Waits for the line that says {@code ready} and reads the ports from it. */
    void awaitReady() {
        String line = stderr.await("\\bready\\b.*:\\d+", START_TIMEOUT, process);
        Matcher ports = PORT.matcher(line);
        var found = new ArrayList<Integer>();
        // The time of day at the head of a log line has colons too, so only what follows the word counts.
        ports.region(line.indexOf("ready"), line.length());
        while (ports.find()) {
            found.add(Integer.parseInt(ports.group(1)));
        }
        boolean takesIn = line.contains("ingress=");
        if (found.size() < (takesIn ? 2 : 1)) {
            throw new AssertionError("not every address is in the line: " + line);
        }
        ingressPort = takesIn ? found.get(0) : 0;
        // Between them stands the port for webhooks, if there are sources already.
        adminPort = found.get(found.size() - 1);
    }

    /** 0 for a process that takes nothing in. */
    int ingressPort() {
        return ingressPort;
    }

    int adminPort() {
        return adminPort;
    }

    /** Where events for the Broker {@code namespace/name} are posted. */
    URI ingress(String namespace, String name) {
        return URI.create("http://localhost:" + ingressPort + "/" + namespace + "/" + name);
    }

    /** Where webhooks for a source are posted; waits until there is one at all, since the port is opened for the first. */
    URI webhook(String namespace, String name) {
        Matcher port = WEBHOOKS.matcher(stderr.await(WEBHOOKS.pattern(), START_TIMEOUT, process));
        if (!port.find()) {
            throw new AssertionError("the line that was awaited does not match");
        }
        return URI.create("http://localhost:" + port.group(1) + "/" + namespace + "/" + name);
    }

    /** An address on the admin port; {@code path} starts with a slash. */
    URI admin(String path) {
        return URI.create("http://localhost:" + adminPort + path);
    }

    /** The folder in which the process runs. */
    Path directory() {
        return directory;
    }

    List<String> stdout() {
        return stdout.lines();
    }

    List<String> stderr() {
        return stderr.lines();
    }

    /** Waits for a line of standard error that contains a match of {@code regex}, from the start of the process on. */
    String awaitStderr(String regex, Duration timeout) {
        return stderr.await(regex, timeout, process);
    }

    /** Waits for a line of standard output that contains a match of {@code regex}, from the start of the process on. */
    String awaitStdout(String regex, Duration timeout) {
        return stdout.await(regex, timeout, process);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    void sigterm() {
        signal("TERM");
    }

    void sigint() {
        signal("INT");
    }

    void sigkill() {
        signal("KILL");
    }

    /** Stops it in its tracks: connections stay open, and nothing is answered. It can still be killed. */
    void sigstop() {
        signal("STOP");
    }

    /** Lets it go on after {@link #sigstop()}. */
    void sigcont() {
        signal("CONT");
    }

    /** The exit status, once the process has ended and all that it wrote has been read. */
    int awaitExit(Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("process " + pid() + " still runs after " + timeout + "\n" + tail());
            }
            stdout.join();
            stderr.join();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for process " + pid(), e);
        }
    }

    /** Memory of the process that is resident now, in bytes, as the kernel counts it. */
    long residentBytes() {
        return Repository.read(Path.of("/proc", Long.toString(pid()), "status"))
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    /** The last lines of standard error, for messages of failed tests. */
    String tail() {
        List<String> lines = stderr();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    @Override
    public void close() {
        // A launcher that builds has children; a JVM started by it has taken its place and has none.
        try (Stream<ProcessHandle> children = process.descendants()) {
            children.forEach(ProcessHandle::destroyForcibly);
        }
        process.destroyForcibly();
        awaitExit(END_TIMEOUT);
        if (ownsDirectory) {
            Scratch.delete(directory);
        }
    }

    private void signal(String name) {
        try {
            // The shell has kill built in; a program of that name need not be installed.
            new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid())
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while signalling process " + pid(), e);
        }
    }

    /** One stream of the process, read to its end by a thread of its own so that the process never blocks on it. */
    private static final class Output {
        private final List<String> lines = new ArrayList<>();
        private final Thread reader;
        private boolean ended;

        Output(InputStream stream, Path copy) {
            reader = new Thread(() -> read(stream, copy), "output-" + copy.getFileName());
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream stream, Path copy) {
            try (var in = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
                    var out = Files.newBufferedWriter(copy)) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    out.write(line);
                    out.newLine();
                    out.flush();
                    note(line);
                }
            } catch (IOException e) {
                note("reading the output failed: " + e);
            } finally {
                synchronized (this) {
                    ended = true;
                    notifyAll();
                }
            }
        }

        synchronized void note(String line) {
            if (lines.size() < MAX_LINES) {
                lines.add(line);
                notifyAll();
            }
        }

        synchronized List<String> lines() {
            return List.copyOf(lines);
        }

        synchronized String await(String regex, Duration timeout, Process process) {
            Pattern pattern = Pattern.compile(regex);
            long deadline = System.nanoTime() + timeout.toNanos();
            int seen = 0;
            while (true) {
                for (; seen < lines.size(); seen++) {
                    if (pattern.matcher(lines.get(seen)).find()) {
                        return lines.get(seen);
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (ended || left <= 0) {
                    String why = ended ? "process " + process.pid() + " ended" : "nothing within " + timeout;
                    throw new AssertionError(
                            "no line matches \"" + regex + "\": " + why + "; it wrote:\n" + String.join("\n", lines));
                }
                try {
                    wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for \"" + regex + "\"", e);
                }
            }
        }

        void join() throws InterruptedException {
            // A grandchild may hold the stream open after the process has ended; what it writes then is not awaited.
            reader.join(5_000);
        }
    }
}
