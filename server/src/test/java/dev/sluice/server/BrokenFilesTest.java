/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.HostileYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each way in which a file can be broken: {@code validate} names file, document, line, field, value and remedy. That the
 * process of its own does so too, and that a server goes on beside them, is shown by {@code BrokenFilesIT}.
 */
class BrokenFilesTest {

    private static final String SOMEWHERE = "http://localhost:1/";

    @TempDir
    Path folder;

    /** @param spec one more line of its {@code spec}, or nothing */
    private static String trigger(String spec) {
        return """
                apiVersion: eventing.knative.dev/v1
                kind: Trigger
                metadata:
                  namespace: shop
                  name: paid
                spec:
                  broker: default
                  subscriber:
                    uri: %s
                """.formatted(SOMEWHERE) + (spec.isEmpty() ? "" : "  " + spec + "\n");
    }

    static Stream<Arguments> broken() {
        String good = trigger("");
        return Stream.of(
                Arguments.of("syntax", good + "  : :\n   oops", new String[] {"broken.yaml:"}),
                Arguments.of("tabs", good.replace("  broker", "\tbroker"), new String[] {"broken.yaml:"}),
                Arguments.of("wrong type", trigger("delivery: {retry: three}"), new String[] {
                    "broken.yaml:10", "shop/paid", "spec.delivery.retry", "three"
                }),
                Arguments.of("unknown field", good.replace("subscriber:", "subscribe:"), new String[] {
                    "shop/paid", "spec.subscribe", "subscriber"
                }),
                Arguments.of("missing required", good.replaceFirst("  subscriber:\n    uri: .*\n", ""), new String[] {
                    "shop/paid", "spec.subscriber"
                }),
                Arguments.of("no name", good.replaceFirst("  name: paid\n", ""), new String[] {
                    "broken.yaml:", "metadata.name"
                }),
                Arguments.of("name that is none", good.replace("name: paid", "name: Paid_Orders"), new String[] {
                    "metadata.name", "Paid_Orders"
                }),
                Arguments.of(
                        "duplicate key",
                        good.replace("broker: default", "broker: default\n  broker: other"),
                        new String[] {"broken.yaml:", "broker"}),
                Arguments.of("duplicate names", good + "---\n" + good, new String[] {
                    "broken.yaml:", "document 2", "shop/paid"
                }),
                Arguments.of("subscriber no absolute URI", good.replace(SOMEWHERE, "paid-orders:8080"), new String[] {
                    "shop/paid", "spec.subscriber.uri", "paid-orders:8080"
                }),
                Arguments.of("no duration", trigger("delivery: {backoffDelay: 2s}"), new String[] {
                    "spec.delivery.backoffDelay", "2s"
                }),
                Arguments.of("no policy", trigger("delivery: {backoffPolicy: quadratic}"), new String[] {
                    "spec.delivery.backoffPolicy", "quadratic"
                }),
                Arguments.of(
                        "negative retry", trigger("delivery: {retry: -1}"), new String[] {"spec.delivery.retry", "-1"}),
                Arguments.of(
                        "cesql that does not parse",
                        trigger("filters: [{cesql: \"type = = 'a'\"}]"),
                        new String[] {"shop/paid", "spec.filters[0].cesql"}),
                Arguments.of("billion laughs", HostileYaml.laughs(), new String[] {"broken.yaml"}),
                Arguments.of("nested without end", "[".repeat(100_000), new String[] {"broken.yaml"}),
                Arguments.of("10 MB", good + "# " + "x".repeat(10_000_000), new String[] {"broken.yaml"}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void a_broken_file_is_refused_with_a_line_that_says_what_and_where(String what, String yaml, String[] named)
            throws IOException {
        // Given
        Files.writeString(folder.resolve("broken.yaml"), yaml);
        TestConsole console = new TestConsole();

        // When
        int status = console.run("validate", "-f", folder.toString());

        // Then
        String said = console.out() + console.err();
        assertThat(status).as(said).isEqualTo(2);
        assertThat(said).contains(named).doesNotContain("Exception", "\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SOURCE", "Source", "a b", "a_b", "a-b", "123", "😀", "a.b"})
    void a_name_that_no_attribute_can_have_is_refused(String name) throws IOException {
        // Given
        Files.writeString(folder.resolve("odd.yaml"), trigger("filter: {attributes: {\"" + name + "\": x}}"));
        TestConsole console = new TestConsole();

        // When
        int status = console.run("validate", "-f", folder.toString());

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.out()).contains("shop/paid", name);
    }

    @Test
    void every_problem_of_every_file_is_listed() throws IOException {
        // Given
        Files.writeString(folder.resolve("a.yaml"), trigger("delivery: {retry: three, backoffPolicy: quadratic}"));
        Files.writeString(folder.resolve("b.yaml"), trigger("").replace(SOMEWHERE, "nowhere"));
        TestConsole console = new TestConsole();

        // When
        int status = console.run("validate", "-f", folder.toString());

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.out()).contains("a.yaml", "three", "quadratic", "b.yaml", "nowhere");
    }

    @Test
    void a_kind_that_sluice_does_not_know_is_reported_and_skipped() throws IOException {
        // Given
        Files.writeString(
                folder.resolve("mixed.yaml"),
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n---\n" + trigger(""));
        TestConsole console = new TestConsole();

        // When
        int status = console.run("validate", "-f", folder.toString());

        // Then
        assertThat(status).isZero();
        assertThat(console.out()).contains("Deployment");
    }

    @Test
    void a_binary_file_is_refused() throws IOException {
        // Given
        Files.write(folder.resolve("broken.yaml"), Events.bytes(10_000, 4711));
        TestConsole console = new TestConsole();

        // When
        int status = console.run("validate", "-f", folder.toString());

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.out() + console.err()).contains("broken.yaml").doesNotContain("Exception", "\tat ");
    }
}
