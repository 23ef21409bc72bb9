/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a person mistypes: one clear line for each mistake, the right exit status, no stack trace. {@code BadOptionsIT} looks at
 * what only a process of its own has.
 */
class BadOptionsTest {

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(List.of("serve", "-f", ".", "--ingres-port", "1"), "--ingress-port"),
                Arguments.of(List.of("serve", "-f", ".", "--no-such-thing"), "--no-such-thing"),
                Arguments.of(List.of("serve", "-f", ".", "--ingress-port", "65536"), "--ingress-port"),
                Arguments.of(List.of("serve", "-f", ".", "--ingress-port", "eighty"), "eighty"),
                Arguments.of(List.of("serve", "-f", ".", "--ingress-port"), "--ingress-port"),
                Arguments.of(List.of("serve", "-f", ".", "--shutdown-timeout", "soon"), "soon"),
                Arguments.of(List.of("serve", "-f", ".", "--max-event-size", "-1"), "--max-event-size"),
                Arguments.of(List.of("serve", "-f", ".", "--max-event-size", "1TB"), "1TB"),
                Arguments.of(List.of("serve", "-f", ".", "--max-in-flight", "0"), "--max-in-flight"),
                Arguments.of(List.of("serve", "-f", ".", "--inmemory-capacity", "101%"), "101%"),
                Arguments.of(List.of("serve", "-f", ".", "--role", "janitor"), "janitor"),
                Arguments.of(List.of("serve", "-f", ".", "--role", "broker"), "broker"),
                Arguments.of(List.of("serve", "-f", ".", "--channel", "carrier-pigeon"), "carrier-pigeon"),
                Arguments.of(List.of("serve", "-f", ".", "--config", "/no/such/file"), "/no/such/file"),
                Arguments.of(List.of("serve", "-f", "/no/such/folder"), "/no/such/folder"),
                Arguments.of(List.of("serve", "-f", ".", "--refuse-destinations", "10.0.0.0/99"), "10.0.0.0/99"),
                Arguments.of(List.of("serve", "-f", ".", "--log-level", "loud"), "loud"),
                Arguments.of(List.of("serve", "-f", ".", "unexpected"), "unexpected"),
                Arguments.of(List.of("serve"), "-f"),
                Arguments.of(List.of("get", "sprockets"), "sprockets"),
                Arguments.of(List.of("get"), "brokers"),
                Arguments.of(List.of("send", "--to", "nowhere", "--type", "t", "--source", "/s"), "nowhere"),
                Arguments.of(List.of("send", "--to", "http://localhost:1/", "--type", "t"), "--source"),
                Arguments.of(
                        List.of(
                                "send",
                                "--to",
                                "http://localhost:1/",
                                "--type",
                                "t",
                                "--source",
                                "/s",
                                "--mode",
                                "smoke"),
                        "smoke"),
                Arguments.of(
                        List.of(
                                "send",
                                "--to",
                                "http://localhost:1/",
                                "--type",
                                "t",
                                "--source",
                                "/s",
                                "--data",
                                "@/no/such"),
                        "/no/such"),
                Arguments.of(List.of("display", "--port", "70000"), "70000"),
                Arguments.of(List.of("dead-letters", "burn"), "none of list, show, redrive, discard"),
                Arguments.of(List.of("dead-letters", "list", "--rate", "5"), "--rate is for redrive"),
                Arguments.of(List.of("dead-letters", "show"), "show takes one dead letter"),
                Arguments.of(List.of("explain"), "--broker"),
                Arguments.of(List.of("explain", "--broker", "b", "-o", "yaml"), "--output=yaml is none of text, json"),
                Arguments.of(List.of("explain", "--broker", "b", "--event", "/no/such"), "there is no such file"),
                Arguments.of(List.of("validate"), "-f"),
                Arguments.of(List.of("validate", "-f", "/no/such/folder"), "/no/such/folder"),
                Arguments.of(List.of("server"), "serve"),
                Arguments.of(List.of(), "serve"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void bad_usage_ends_with_2_and_one_clear_line(List<String> arguments, String named) {
        // Given
        TestConsole console = new TestConsole();

        // When
        int status = console.run(arguments.toArray(String[]::new));

        // Then
        assertThat(status).as(console.err()).isEqualTo(2);
        assertThat(console.out()).isEmpty();
        assertThat(console.err()).contains(named).doesNotContain("Exception", "\tat ");
        // A channel reads its own options, after the others have been logged.
        assertThat(console.err().lines().filter(line -> !line.contains(" INFO ")))
                .hasSize(1);
    }
}
