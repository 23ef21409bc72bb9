/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The archive of loaded classes that the launcher gives to every process, made here for the processes of the tests: they
 * start hundreds of them, each of which would otherwise read and verify the same classes from the jars. Made once for what is
 * assembled now.
 */
final class ClassArchive {

    private static final Path LIB = Repository.path("server/target/dist/lib");

    /** It is made once, on a machine that may be busy, and no test runs without it. */
    private static final long PATIENCE_SECONDS = 240;

    private static final Path FILE = make();

    private ClassArchive() {}

    /** The words after {@code java} that start the assembled jars with the archive. */
    static List<String> words() {
        return List.of("-XX:SharedArchiveFile=" + FILE, "-Xlog:disable", "-Xlog:all=error:stderr");
    }

    /** The words at the end that name what is started. */
    static List<String> jar() {
        return List.of("-jar", LIB.resolve("sluice.jar").toString());
    }

    private static Path make() {
        if (!Files.isDirectory(LIB)) {
            throw new IllegalStateException(LIB + " is not there; run mvn package first");
        }
        Path file = Repository.path("e2e/target/classes-%08x.jsa".formatted(state()));
        if (Files.exists(file)) {
            return file;
        }
        Path made = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        var command = new ArrayList<String>();
        command.add(SluiceProcess.JAVA);
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + made, "-Xlog:disable", "-Xlog:all=error:stderr"));
        command.addAll(jar());
        command.add("rehearse");
        Path log = made.resolveSibling(made.getFileName() + ".log");
        try {
            Process rehearsal = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!rehearsal.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                rehearsal.destroyForcibly();
                throw new IllegalStateException("the rehearsal does not end; its output is in " + log);
            }
            if (rehearsal.exitValue() != 0 || !Files.exists(made)) {
                throw new IllegalStateException("no class archive was made; the reason is in " + log);
            }
            Files.delete(log);
            return Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Different as soon as another Java, or a jar of another size or time, would have the archive refused. */
    private static int state() {
        try (Stream<Path> jars = Files.list(LIB)) {
            var state = new ArrayList<Object>();
            state.add(Runtime.version());
            for (Path jar : jars.sorted().toList()) {
                state.add(List.of(jar, Files.size(jar), Files.getLastModifiedTime(jar)));
            }
            return Objects.hash(state.toArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
