/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.e2e.MarkdownPage.Block;
import dev.sluice.e2e.MarkdownPage.Link;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What of the docs can be checked without a running server; {@link DocsIT} runs the rest. */
final class DocsTest {

    static final Set<String> KINDS =
            Set.of("yaml", "yaml invalid", "yaml cluster", "json", "sh", "console", "text", "http");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where statuses are made of what is seen. */
    private static final List<String> OF_STATUSES =
            List.of("api", "control", "server", "sources", "source-kafka", "source-apiserver");

    /** A reason of a condition stands as its second argument, or as the first of what becomes a condition. */
    private static final Pattern CONDITION =
            Pattern.compile("\\b(?:Mark|SourceCondition)\\.(?:isFalse|unknown|isTrue)\\([^\";]*?\"(\\w+)\"");

    /** Or it is made elsewhere, and looks like one. */
    private static final Pattern CAMEL_CASE = Pattern.compile("\"((?:[A-Z][a-z]+){2,})\"");

    /** In the code for what others write, or for the log. */
    private static final Set<String> NO_REASONS = Set.of("BrokerList", "TriggerList", "NotIn", "DoesNotExist");

    private final List<MarkdownPage> pages = MarkdownPage.all();

    @Test
    void every_block_says_how_it_is_tested() {
        assertThat(problems((page, found) -> page.blocks().stream()
                        .filter(block -> !KINDS.contains(block.kind()))
                        .forEach(block -> found.add(at(page, block.line()) + " a block of kind \"" + block.kind()
                                + "\"; CONTRIBUTING.md lists the kinds"))))
                .isEmpty();
    }

    @Test
    void every_block_that_is_skipped_says_why() {
        assertThat(problems((page, found) -> page.blocks().stream()
                        .filter(block -> block.skipped().map(String::isBlank).orElse(false))
                        .forEach(block -> found.add(at(page, block.line()) + " is skipped without a reason"))))
                .isEmpty();
    }

    @Test
    void every_json_block_parses() {
        assertThat(problems((page, found) -> page.blocks().stream()
                        .filter(block -> block.kind().equals("json"))
                        .forEach(block -> problem(block).ifPresent(why -> found.add(at(page, block.line()) + why)))))
                .isEmpty();
    }

    @Test
    void every_link_leads_somewhere() {
        assertThat(problems((page, found) -> page.links().stream()
                        .filter(link -> !leadsSomewhere(page, link))
                        .forEach(link -> found.add(at(page, link.line()) + " links to " + link.target()))))
                .isEmpty();
    }

    @Test
    void every_reason_of_a_condition_is_on_a_page() {
        // Given
        String told = pages.stream()
                .filter(page -> !page.name().contains("decisions/"))
                .map(page -> Repository.read(page.file()))
                .collect(Collectors.joining());

        // When
        Map<String, String> reasons = new TreeMap<>();
        for (String module : OF_STATUSES) {
            for (Path file : Repository.files(Repository.path(module + "/src/main/java"), ".java")) {
                String code = Repository.read(file);
                for (Pattern pattern : List.of(CONDITION, CAMEL_CASE)) {
                    pattern.matcher(code)
                            .results()
                            .forEach(found -> reasons.put(
                                    found.group(1), file.getFileName().toString()));
                }
            }
        }
        reasons.keySet().removeAll(NO_REASONS);

        // Then
        assertThat(reasons).containsKeys("Starting", "DependencyNotReady", "KeptByHand", "InvalidFilter");
        assertThat(reasons)
                .allSatisfy((reason, file) -> assertThat(told)
                        .as("%s of %s", reason, file)
                        .matches(page -> Pattern.compile("\\b" + reason + "\\b")
                                .matcher(page)
                                .find()));
    }

    @Test
    void the_index_names_every_page() {
        String index = Repository.read("docs/README.md");
        assertThat(Repository.files(Repository.path("docs"), ".md"))
                .map(file -> Repository.path("docs").relativize(file).toString())
                .filteredOn(name -> !name.equals("README.md") && !name.startsWith("decisions/"))
                .allMatch(name -> index.contains("(" + name + ")"));
    }

    private boolean leadsSomewhere(MarkdownPage page, Link link) {
        if (link.target().matches("[a-z]+:.*")) {
            // Another's page: whether it is there is not for this build to decide.
            return true;
        }
        int hash = link.target().indexOf('#');
        String path = hash < 0 ? link.target() : link.target().substring(0, hash);
        Path file =
                path.isEmpty() ? page.file() : page.file().resolveSibling(path).normalize();
        if (!Files.exists(file) || !file.startsWith(Repository.root())) {
            return false;
        }
        return hash < 0
                || pages.stream()
                        .filter(other -> other.file().equals(file))
                        .anyMatch(
                                other -> other.anchors().contains(link.target().substring(hash + 1)));
    }

    private static java.util.Optional<String> problem(Block json) {
        try {
            JSON.readTree(json.text());
            return java.util.Optional.empty();
        } catch (JsonProcessingException e) {
            return java.util.Optional.of(" " + e.getOriginalMessage());
        }
    }

    private List<String> problems(BiConsumer<MarkdownPage, List<String>> check) {
        var found = new ArrayList<String>();
        pages.forEach(page -> check.accept(page, found));
        return found;
    }

    private static String at(MarkdownPage page, int line) {
        return page.name() + ":" + line + ":";
    }
}
