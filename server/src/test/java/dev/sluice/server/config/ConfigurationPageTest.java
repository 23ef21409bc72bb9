/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds the table of docs/configuration.md equal to the options. */
class ConfigurationPageTest {

    private static final String BEGIN = "<!-- options: begin -->\n";
    private static final String END = "<!-- options: end -->";

    @Test
    void the_page_lists_every_option_as_it_is() throws IOException {
        // Given
        String page = Files.readString(Path.of("../docs/configuration.md"));

        // When
        String table = page.substring(page.indexOf(BEGIN) + BEGIN.length(), page.indexOf(END));

        // Then
        assertThat(table)
                .as("put the table of this message between the marks of docs/configuration.md")
                .isEqualTo(table());
    }

    private static String table() {
        var table = new StringBuilder(
                "| option | variable | default | range | meaning |\n| --- | --- | --- | --- | --- |\n");
        for (ServeOption<?> option : ServeOptions.ALL) {
            table.append("| `")
                    .append(String.join("`, `", option.flags()))
                    .append("` ")
                    .append(option.repeatable() ? "(repeatable) " : "")
                    .append("| `")
                    .append(option.variable())
                    .append("` | ")
                    .append(option.defaultNote())
                    .append(" | ")
                    .append(option.range())
                    .append(" | ")
                    .append(option.meaning())
                    .append(" |\n");
        }
        return table.toString();
    }
}
