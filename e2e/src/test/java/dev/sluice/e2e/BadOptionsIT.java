/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.e2e.SluiceProcess.Finished;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a person mistypes: one clear line for each mistake, the right exit status, no stack trace, no port opened. Many more of
 * them are tried in {@code BadOptionsTest} of {@code server}.
 */
final class BadOptionsIT {

    @TempDir
    Path folder;

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(List.of("serve", "-f", ".", "--ingres-port", "1"), "--ingress-port"),
                Arguments.of(List.of("serve", "-f", ".", "--inmemory-capacity", "101%"), "101%"),
                Arguments.of(List.of("send", "--to", "nowhere", "--type", "t", "--source", "/s"), "nowhere"),
                Arguments.of(List.of(), "serve"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void bad_usage_ends_with_2_and_one_clear_line(List<String> arguments, String named) {
        // When
        Finished finished = SluiceProcess.run(arguments.toArray(String[]::new));

        // Then
        assertThat(finished.status()).as(finished.stderr()).isEqualTo(2);
        assertThat(finished.stdout()).isEmpty();
        assertThat(finished.stderr()).contains(named).doesNotContain("Exception", "\tat ");
        // A channel reads its own options, after the others have been logged.
        assertThat(finished.stderr().lines().filter(line -> !line.contains(" INFO ")))
                .hasSize(1);
    }

    @Test
    void all_mistakes_are_told_together() {
        Finished finished = SluiceProcess.run(
                "serve", "-f", ".", "--ingress-port", "x", "--admin-port", "y", "--max-in-flight", "0");

        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.stderr()).contains("--ingress-port", "--admin-port", "--max-in-flight");
        assertThat(finished.stderr().lines()).hasSize(3);
    }

    @Test
    void a_bad_configuration_file_is_named_with_key_and_value() throws IOException {
        // Given
        Path config = Files.writeString(folder.resolve("sluice.yaml"), "max-inflight: 5\nrequest-timeout: never\n");

        // When
        Finished finished = SluiceProcess.run("serve", "-f", ".", "--config", config.toString());

        // Then
        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.stderr())
                .contains("sluice.yaml")
                .contains("max-inflight")
                .contains("max-in-flight")
                .contains("never")
                .doesNotContain("\tat ");
    }

    @Test
    void a_bad_environment_variable_is_named() {
        // When
        Finished finished = SluiceProcess.command("serve", "-f", ".")
                .environment("SLUICE_ADMIN_PORT", "ninety")
                .run("");

        // Then
        assertThat(finished.status()).isEqualTo(2);
        assertThat(finished.stderr())
                .contains("SLUICE_ADMIN_PORT")
                .contains("ninety")
                .doesNotContain("\tat ");
    }

    @Test
    void a_port_that_is_taken_ends_with_1_and_says_which() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            for (String option : List.of("--ingress-port", "--admin-port")) {
                String other = option.equals("--ingress-port") ? "--admin-port" : "--ingress-port";
                // When
                Finished finished = SluiceProcess.run(
                        "serve", option, Integer.toString(taken.getLocalPort()), other, "0", "-f", folder.toString());

                // Then
                assertThat(finished.status()).as(finished.stderr()).isEqualTo(1);
                assertThat(finished.stderr())
                        .contains(Integer.toString(taken.getLocalPort()))
                        .contains(option)
                        .doesNotContain("\tat ");
            }
        }
    }

    @Test
    void a_flag_outweighs_the_environment_and_the_environment_the_file() throws IOException {
        // Given
        Path config = Files.writeString(
                folder.resolve("sluice.yaml"), "max-event-size: 2KiB\nrequest-timeout: 7s\nmax-in-flight: 3\n");

        // When
        try (SluiceProcess process = SluiceProcess.serve(folder)
                .option("--config", config.toString(), "--max-event-size", "8KiB")
                .environment("SLUICE_MAX_EVENT_SIZE", "4KiB")
                .environment("SLUICE_REQUEST_TIMEOUT", "5s")
                .start()) {

            // Then: the effective values are logged once, at the start
            String effective = String.join("\n", process.stderr());
            assertThat(effective)
                    .contains("max-event-size=8KiB")
                    .contains("request-timeout=5s")
                    .contains("max-in-flight=3");
        }
    }
}
