/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import dev.sluice.testkit.kafka.KafkaFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Processes that serve one folder of resources with one Kafka, each with a data directory that outlives it. In an instance
 * field it lives for one test.
 */
final class Fleet implements AfterEachCallback {

    /** The Kafka that all classes share, and that some of them kill: one class at a time. */
    static final String KAFKA = "kafka";

    /** For what several processes and a Kafka have to do, each of which takes seconds to start on a busy machine. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    /** How long a process may take to stop that has nothing to wait for but its own hand-over. */
    static final Duration END = Duration.ofSeconds(60);

    private final KafkaFixture kafka;
    private final List<String> jvm = new ArrayList<>();
    private final Path home = Scratch.folder("fleet");
    private final Path resources = home.resolve("resources");
    private final List<Sluice> started = new ArrayList<>();

    Fleet(KafkaFixture kafka) {
        this.kafka = kafka;
        try {
            Files.createDirectory(resources);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the processes that are started from now on these words for their JVM. */
    Fleet jvm(String... words) {
        jvm.addAll(Arrays.asList(words));
        return this;
    }

    /** Starts a process with the parts of this role. */
    Sluice start(String name, String role, String... options) {
        List<String> words = new ArrayList<>(List.of("--role", role, "--channel", "kafka"));
        words.addAll(Arrays.asList(options));
        return startPlain(name, words.toArray(String[]::new));
    }

    /** Starts a process that knows the Kafka, with everything else as it is by default. */
    Sluice startPlain(String name, String... options) {
        List<String> words = new ArrayList<>(List.of("serve", "-f", resources.toString()));
        words.addAll(List.of("--data-dir", home.resolve(name).toString()));
        words.addAll(List.of("--kafka-bootstrap-servers", kafka.bootstrapServers()));
        // As few as show everything: a topic of ten takes a second longer on a busy machine.
        words.addAll(List.of("--kafka-topic-partitions", "3"));
        words.addAll(Arrays.asList(options));
        for (String port : List.of("--ingress-port", "--admin-port")) {
            if (!words.contains(port)) {
                words.addAll(List.of(port, "0"));
            }
        }
        Sluice sluice = Sluice.of(
                        resources,
                        SluiceProcess.command(words.toArray(String[]::new))
                                .jvm(jvm.toArray(String[]::new))
                                .start())
                .waitingFor(PATIENCE);
        started.add(sluice);
        return sluice;
    }

    /** When, by {@link System#nanoTime()}, processes that were started here have said this on standard error. */
    List<Long> saidAt(String text) {
        return started.stream()
                .flatMap(each -> each.process().stderr().stream())
                .filter(line -> line.contains(text))
                .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
                .map(said -> System.nanoTime()
                        - Duration.between(said, Instant.now()).toNanos())
                .toList();
    }

    /** Asks a process to stop, and waits until it has. */
    static void stop(Sluice sluice) {
        sluice.process().sigterm();
        int status = sluice.process().awaitExit(END);
        if (status != 0) {
            throw new AssertionError(
                    "exit status " + status + "\n" + sluice.process().tail());
        }
    }

    /** Ends a process in the middle of whatever it does. */
    static void kill(Sluice sluice) {
        sluice.process().sigkill();
        sluice.process().awaitExit(END);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            started.forEach(each ->
                    System.err.println(context.getDisplayName() + " failed; the end of standard error of process "
                            + each.process().pid() + ":\n" + each.process().tail()));
        }
        started.forEach(Sluice::close);
        Scratch.delete(home);
    }
}
