/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.e2e.MarkdownPage.Block;
import dev.sluice.server.command.CommandLineInterface;
import dev.sluice.server.command.Console;
import dev.sluice.server.command.ValidateCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs every script of the docs and validates every example. How each block is meant is described in CONTRIBUTING.md. */
final class DocsIT {

    private static final Set<String> SCRIPTS = Set.of("sh", "console");

    @TestFactory
    Stream<DynamicTest> every_script_of_the_docs_runs_as_shown() {
        return MarkdownPage.all().stream()
                .filter(page -> page.blocks().stream().anyMatch(DocsIT::isRun))
                .map(page -> DynamicTest.dynamicTest(page.name(), () -> run(page)));
    }

    @TestFactory
    Stream<DynamicTest> every_example_of_a_resource_is_valid(@TempDir Path folder) {
        return MarkdownPage.all().stream()
                .filter(page -> page.blocks().stream().anyMatch(DocsIT::isValidated))
                .map(page -> DynamicTest.dynamicTest(page.name(), () -> validate(page, folder)));
    }

    private static void run(MarkdownPage page) {
        try (var session = new ShellSession()) {
            for (Block block : page.blocks().stream().filter(DocsIT::isRun).toList()) {
                String where = page.name() + ":" + block.line();
                if (block.kind().equals("console")) {
                    session.console(where, block.lines());
                } else {
                    session.script(where, block.text());
                }
            }
            session.awaitOutput();
        }
    }

    private static void validate(MarkdownPage page, Path folder) throws IOException {
        for (Block block : page.blocks().stream().filter(DocsIT::isValidated).toList()) {
            Path file = Files.writeString(
                    folder.resolve(page.name().replace('/', '-') + "-line-" + block.line() + ".yaml"), block.text());
            if (isConfiguration(block)) {
                // Started for real, which is the only thing that says that it would start.
                Sluice.start("--config", file.toString()).close();
                continue;
            }
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            assertThat(validate(file, said))
                    .as("%s:%d\n%s", page.name(), block.line(), said.toString(UTF_8))
                    .isEqualTo(block.kind().equals("yaml") ? 0 : 2);
            if (block.kind().equals("yaml cluster")) {
                assertThat(said.toString(UTF_8).lines().filter(line -> line.startsWith(file.toString())))
                        .as("%s:%d", page.name(), block.line())
                        .isNotEmpty()
                        .allMatch(line -> line.contains(" is for a Kubernetes cluster only"));
            }
        }
    }

    /** The command without a process of its own, which a JVM would have to be started for: there are many examples. */
    private static int validate(Path file, ByteArrayOutputStream said) {
        PrintStream terminal = new PrintStream(said, true, UTF_8);
        return new CommandLineInterface(List.of(new ValidateCommand()), List.of())
                .run(
                        List.of("validate", "-f", file.toString()),
                        new Console(InputStream.nullInputStream(), terminal, terminal, Map.of(), stop -> {}));
    }

    private static boolean isRun(Block block) {
        return block.skipped().isEmpty() && SCRIPTS.contains(block.kind());
    }

    private static boolean isValidated(Block block) {
        return block.skipped().isEmpty() && block.kind().startsWith("yaml");
    }

    private static boolean isConfiguration(Block block) {
        List<String> lines = block.lines();
        return block.kind().equals("yaml") && lines.stream().noneMatch(line -> line.startsWith("kind:"));
    }
}
