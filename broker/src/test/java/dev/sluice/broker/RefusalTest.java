/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RefusalTest {

    private static final Pattern ROW = Pattern.compile("\\| (\\d{3}) \\| `(\\w+)` \\|.*\\| (yes|no) \\|");

    @Test
    void the_docs_list_every_refusal_and_no_other() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "ingress.md"));

        List<String> documented =
                ROW.matcher(page).results().map(RefusalTest::row).toList();

        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(Stream.of(Refusal.values())
                        .map(refusal ->
                                refusal.status() + " " + refusal.reason() + (refusal.isRetryable() ? " yes" : " no"))
                        .toList());
    }

    private static String row(MatchResult row) {
        return row.group(1) + " " + row.group(2) + " " + row.group(3);
    }

    @Test
    void reasons_are_camel_case_and_no_two_are_the_same() {
        assertThat(Stream.of(Refusal.values()).map(Refusal::reason))
                .doesNotHaveDuplicates()
                .allMatch(reason -> reason.matches("([A-Z][a-z]+)+"));
    }
}
