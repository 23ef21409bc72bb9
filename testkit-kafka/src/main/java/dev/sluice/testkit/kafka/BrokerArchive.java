/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The archive of the classes that a node loads, which it would otherwise read from fifty jars and verify at each of its starts.
 * It is made by the first test that starts a node and lies beside the jar of this module in its {@code target}, so that all
 * modules of a build have it. Where that jar is elsewhere, or is a folder of classes, which a JVM does not archive, there is
 * none, and a start takes longer.
 */
final class BrokerArchive {

    private static boolean failed;

    private BrokerArchive() {}

    /**
     * The words for a JVM with this class path.
     *
     * @param own the location of {@link BrokerMain}
     * @param rehearsal makes the archive where it is told, by a node that starts and stops
     */
    static synchronized List<String> words(String classPath, Path own, Consumer<Path> rehearsal) {
        Path folder = own.getParent();
        if (!Files.isRegularFile(own) || folder == null || !folder.endsWith("target")) {
            return List.of();
        }
        Path file = folder.resolve("broker-classes-%08x.jsa".formatted(state(classPath, own)));
        if (!Files.exists(file) && (failed || !made(file, rehearsal))) {
            // Once is enough: on a machine that is too busy for it, each further try would make it busier.
            failed = true;
            return List.of();
        }
        return List.of("-XX:SharedArchiveFile=" + file, "-Xlog:disable", "-Xlog:all=error:stderr");
    }

    /** Different as soon as another Java, or another jar of this module, would have the archive refused. */
    private static int state(String classPath, Path own) {
        try {
            return Objects.hash(Runtime.version(), classPath, Files.size(own), Files.getLastModifiedTime(own));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean made(Path file, Consumer<Path> rehearsal) {
        Path made = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        try {
            rehearsal.accept(made);
            // Another process may have made the same meanwhile.
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException | UncheckedIOException | IllegalStateException e) {
            // Without it everything works as well, only later.
            System.err.println("Kafka starts without an archive of its classes: " + e);
            return false;
        }
    }
}
