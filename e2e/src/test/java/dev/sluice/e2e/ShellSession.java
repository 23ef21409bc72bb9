/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A terminal with the repository's {@code examples} and {@code ./sluice} in its folder, in which the scripts of one page
 * of the docs run. Ports are free ones; commands, files and output speak of those that the docs show.
 */
final class ShellSession implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern RUNS_ON = Pattern.compile("^\\./sluice (serve|display)\\b[^|;&]*$");

    /** A line that stands for any lines. */
    private static final String ANYTHING = "…";

    private final Path folder;
    private final Map<String, String> shownToActual = new LinkedHashMap<>();
    private final List<RunningOn> runningOn = new ArrayList<>();
    private boolean served;

    /** A command that does not end by itself, and what it is to print. */
    private record RunningOn(String where, SluiceProcess process, List<String> expected) {

        /** The lines that are to come, and then whatever else. */
        RunningOn andThen(List<String> more) {
            var all = new ArrayList<>(expected);
            all.addAll(more);
            all.add(ANYTHING);
            return new RunningOn(where, process, all);
        }
    }

    ShellSession() {
        try {
            folder = Scratch.folder("docs");
            for (String shown : List.of("8080", "8082", "9090", "8888")) {
                shownToActual.put(shown, Integer.toString(FreePorts.next()));
            }
            Path examples = Repository.path("examples");
            for (Path file : Repository.files(examples, "")) {
                Path copy = folder.resolve("examples").resolve(examples.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.writeString(copy, actual(Repository.read(file)));
            }
            Path sluice = folder.resolve("sluice");
            // Quoted, since the class path holds a star that is the JVM's to expand.
            String java = "'" + String.join("' '", SluiceProcess.java(List.of())) + "'";
            Files.writeString(sluice, """
                    #!/bin/sh
                    [ "$1" = serve ] || export SLUICE_ADMIN_URL=http://localhost:%s
                    case "$*" in display*--port*) ;; display*) shift; set -- display --port %s "$@" ;; esac
                    exec %s "$@"
                    """.formatted(shownToActual.get("9090"), shownToActual.get("8888"), java));
            if (!sluice.toFile().setExecutable(true)) {
                throw new IllegalStateException(sluice + " can't be made executable");
            }
            // curl draws its progress bar wherever its output is not a terminal.
            Files.writeString(folder.resolve(".curlrc"), "no-progress-meter\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a script that must succeed. */
    void script(String where, String text) {
        if (RUNS_ON.matcher(text).find()) {
            start(where, text.strip(), List.of());
            return;
        }
        serveUnlessServed();
        SluiceProcess.Finished finished = shell("-e", text).run("");
        if (finished.status() != 0) {
            throw new AssertionError(
                    where + " ended with " + finished.status() + ":\n" + finished.stdout() + "\n" + finished.stderr());
        }
    }

    /** Runs what follows each {@code $} and compares what it prints with the lines under it. */
    void console(String where, List<String> lines) {
        if (lines.isEmpty()) {
            throw new AssertionError(where + " is empty");
        }
        if (!lines.get(0).startsWith("$ ")) {
            if (runningOn.isEmpty()) {
                throw new AssertionError(where + " shows output, but nothing runs on that could have printed it");
            }
            int last = runningOn.size() - 1;
            runningOn.set(last, runningOn.get(last).andThen(lines));
            return;
        }
        for (int i = 0; i < lines.size(); ) {
            var command = new StringBuilder(lines.get(i++).substring(2));
            while (command.charAt(command.length() - 1) == '\\') {
                command.append('\n').append(lines.get(i++));
            }
            var expected = new ArrayList<String>();
            while (i < lines.size() && !lines.get(i).startsWith("$ ")) {
                expected.add(lines.get(i++));
            }
            if (RUNS_ON.matcher(command).find()) {
                start(where, command.toString(), expected);
            } else {
                serveUnlessServed();
                // Both streams go to the terminal, in the order in which they are written.
                SluiceProcess.Finished finished =
                        shell("-c", "{ " + command + "\n} 2>&1").run("");
                requireMatch(where, expected, finished.stdout());
            }
        }
    }

    /** Waits until everything that runs on has printed what it is to print. */
    void awaitOutput() {
        for (RunningOn each : runningOn) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> requireMatch(each.where(), each.expected(), outputOf(each.process())));
        }
    }

    @Override
    public void close() {
        runningOn.forEach(each -> each.process().close());
        Scratch.delete(folder);
    }

    private void serveUnlessServed() {
        if (!served) {
            start("the server of the page", "./sluice serve -f examples/quickstart", List.of());
        }
    }

    private void start(String where, String command, List<String> expected) {
        SluiceProcess process = shell("-c", "exec " + command + " 2>&1").launch();
        runningOn.add(new RunningOn(where, process, List.of()).andThen(expected));
        if (command.startsWith("./sluice serve")) {
            served = true;
            process.awaitStdout("\\bready\\b.*:\\d+", PATIENCE);
        } else {
            process.awaitStdout(":" + shownToActual.get("8888"), PATIENCE);
        }
    }

    private SluiceProcess.Builder shell(String option, String text) {
        var words = option.equals("-e") ? List.of("sh", "-e", "-c") : List.of("sh", "-c");
        return SluiceProcess.command(actual(text))
                .executable(words.toArray(String[]::new))
                .in(folder)
                .environment("HOME", folder.toString())
                .environment("SLUICE_INGRESS_PORT", shownToActual.getOrDefault("8080", ""))
                .environment("SLUICE_SOURCES_PORT", shownToActual.getOrDefault("8082", ""))
                .environment("SLUICE_ADMIN_PORT", shownToActual.getOrDefault("9090", ""));
    }

    private String outputOf(SluiceProcess process) {
        return String.join("\n", process.stdout());
    }

    private void requireMatch(String where, List<String> expected, String output) {
        if (!matches(expected, output)) {
            throw new AssertionError(
                    where + " printed:\n" + shown(output) + "\nbut is shown to print:\n" + String.join("\n", expected));
        }
    }

    private boolean matches(List<String> expected, String output) {
        var regex = new StringBuilder();
        for (String line : expected) {
            if (line.strip().equals(ANYTHING)) {
                regex.append("(?:[^\\n]*\\n)*");
            } else {
                for (String part : line.stripTrailing().split("(?=…)|(?<=…)|(?<=\\S)(?= {2})|(?<= {2})(?=\\S)")) {
                    // Columns are as wide as what is in them, and a free port has more digits than the one that is
                    // shown.
                    regex.append(part.equals("…") ? "[^\\n]*" : part.startsWith("  ") ? " {2,}" : Pattern.quote(part));
                }
                regex.append("[ \\t\\r]*\\n");
            }
        }
        return Pattern.matches(regex.toString(), output.isEmpty() ? "" : shown(output) + "\n");
    }

    private String actual(String text) {
        String result = text;
        for (Map.Entry<String, String> port : shownToActual.entrySet()) {
            result = result.replaceAll("(?<=[:\\s=])" + port.getKey() + "\\b", port.getValue());
        }
        return result;
    }

    private String shown(String text) {
        String result = text;
        for (Map.Entry<String, String> port : shownToActual.entrySet()) {
            result = result.replace(port.getValue(), port.getKey());
        }
        return result;
    }
}
