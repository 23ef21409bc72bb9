/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.e2e.SluiceProcess.Finished;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./sluice} in a fresh clone: it builds once, with a word about it, and again only when sources changed. */
@Tag("slow")
final class LauncherIT {

    /** A build takes all processors that there are; with one, it leaves the other to whoever is beside it. */
    private static final String FRUGAL = "-XX:ActiveProcessorCount=1";

    private static final Set<String> NOT_IN_A_CLONE = Set.of("target", ".git", ".sluice", "docs", "e2e");

    @TempDir
    Path temporary;

    @Test
    void the_launcher_builds_once_and_again_only_when_sources_changed() throws IOException {
        // Given: a clone in a folder with a space in its name, called through a symbolic link from elsewhere
        Path clone = temporary.resolve("a clone");
        copy(Repository.root(), clone);
        // Building e2e is not the launcher's business, but Maven wants every module to be there.
        Files.createDirectories(clone.resolve("e2e"));
        Files.copy(Repository.path("e2e/pom.xml"), clone.resolve("e2e/pom.xml"));
        Path link = Files.createSymbolicLink(temporary.resolve("sluice-link"), clone.resolve("sluice"));

        // When
        Finished first = launch(link);
        Finished second = launch(link);

        // Then
        assertThat(first.status()).as(first.stderr()).isZero();
        assertThat(first.stderr()).contains("building");
        assertThat(first.stdout()).isEqualTo(second.stdout()).containsPattern("\\d+\\.\\d+");
        assertThat(second.status()).isZero();
        assertThat(second.stderr()).isEmpty();

        // When: a page is not what runs, a module's source is; of the last module, so that no other is compiled again
        Files.writeString(clone.resolve("README.md"), "changed");
        Finished third = launch(link);
        Files.writeString(
                clone.resolve("server/src/main/java/dev/sluice/server/Changed.java"),
                "package dev.sluice.server;\n\nfinal class Changed {}\n");
        Finished fourth = launch(link);

        // Then
        assertThat(third.stderr()).isEmpty();
        assertThat(fourth.status()).as(fourth.stderr()).isZero();
        assertThat(fourth.stderr()).contains("building");
    }

    private Finished launch(Path launcher) {
        return SluiceProcess.command("--version")
                .executable(launcher.toString())
                .environment("MAVEN_OPTS", FRUGAL)
                .in(temporary)
                .run("", Duration.ofMinutes(8));
    }

    private static void copy(Path from, Path to) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                        throws IOException {
                    if (NOT_IN_A_CLONE.contains(folder.getFileName().toString()) && !folder.equals(from)) {
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    Files.createDirectories(to.resolve(from.relativize(folder)));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.copy(file, to.resolve(from.relativize(file)));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
