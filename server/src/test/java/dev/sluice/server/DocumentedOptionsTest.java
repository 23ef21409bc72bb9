/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Decisions are left out: they are not rewritten when options change. */
class DocumentedOptionsTest {

    private static final Pattern OPTION = Pattern.compile("`(--[a-z][a-z-]+)");
    private static final Pattern IN_HELP = Pattern.compile("--[a-z][a-z-]+");
    private static final Set<String> OF_KAFKAS_TOOLS = Set.of("--command-config");

    @Test
    void every_option_that_the_docs_name_is_one_of_a_command() throws IOException {
        // Given
        Set<String> known = new TreeSet<>(OF_KAFKAS_TOOLS);
        for (String command : List.of(
                "serve", "get", "explain", "dead-letters", "triggers", "topics", "validate", "send", "display")) {
            var console = new TestConsole();
            console.run(command, "--help");
            IN_HELP.matcher(console.out()).results().forEach(option -> known.add(option.group()));
        }

        // When
        List<String> unknown = new ArrayList<>();
        int named = 0;
        for (Path page : pages()) {
            Matcher option = OPTION.matcher(Files.readString(page));
            while (option.find()) {
                named++;
                if (!known.contains(option.group(1))) {
                    unknown.add(page.getFileName() + ": " + option.group(1));
                }
            }
        }

        // Then
        assertThat(named).isPositive();
        assertThat(unknown).isEmpty();
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("../README.md"), Path.of("../CHANGELOG.md")));
        try (Stream<Path> docs = Files.list(Path.of("../docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }
}
