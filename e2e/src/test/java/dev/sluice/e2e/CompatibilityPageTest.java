/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/compatibility.md} honest. */
final class CompatibilityPageTest {

    private static final int FEATURES = 148;
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:#(\\w+))?`");

    private final List<Row> rows = rows(Repository.read("docs/compatibility.md"));

    private record Row(String number, String feature, String state, String detail) {}

    @Test
    void every_feature_stands_there_exactly_once_and_in_order() {
        assertThat(rows)
                .extracting(Row::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, FEATURES)
                        .mapToObj(n -> "F%03d".formatted(n))
                        .toList());
        assertThat(rows).extracting(Row::feature).doesNotHaveDuplicates().noneMatch(String::isBlank);
    }

    @Test
    void every_state_is_one_of_the_three() {
        assertThat(rows).extracting(Row::state).contains("works").isSubsetOf("works", "differs", "not yet");
    }

    @Test
    void what_works_names_a_test_and_what_differs_says_how() {
        assertThat(rows)
                .filteredOn(row -> row.state().equals("works"))
                .allMatch(row -> TEST.matcher(row.detail()).find());
        assertThat(rows)
                .filteredOn(row -> row.state().equals("differs"))
                .noneMatch(row -> TEST.matcher(row.detail()).replaceAll("").isBlank());
    }

    @Test
    void every_test_that_is_named_exists() {
        // Given
        Map<String, String> sources = Repository.modules().stream()
                .flatMap(module -> Repository.files(module.resolve("src/test/java"), ".java").stream())
                .collect(Collectors.toMap(CompatibilityPageTest::className, Repository::read, (a, b) -> a + b));

        // When
        var missing = new ArrayList<String>();
        for (Row row : rows) {
            Matcher named = TEST.matcher(row.detail());
            while (named.find()) {
                String source = sources.getOrDefault(named.group(1), "");
                String method = named.group(2);
                if (method == null || !source.contains("void " + method + "(")) {
                    missing.add(row.number() + ": " + named.group());
                }
            }
        }

        // Then
        assertThat(missing).isEmpty();
    }

    private static List<Row> rows(String page) {
        return page.lines()
                .filter(line -> line.startsWith("| F"))
                .map(line -> line.split("\\|", -1))
                .map(cells -> new Row(cells[1].strip(), cells[2].strip(), cells[3].strip(), cells[4].strip()))
                .toList();
    }

    private static String className(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ".java".length());
    }
}
