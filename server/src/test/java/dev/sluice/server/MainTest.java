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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a JVM of its own can show: real signals, real exit statuses, real streams. */
class MainTest {

    private static final String BROKER =
            "apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: default}\n";

    @TempDir
    private Path folder;

    private Process start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice.server.Main"));
        command.addAll(List.of(words));
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SLUICE_"));
        return builder.start();
    }

    private static void awaitLine(Process process, String word) throws IOException {
        var lines = process.errorReader();
        String line = lines.readLine();
        while (line != null && !line.contains(word)) {
            line = lines.readLine();
        }
        assertThat(line).as("the line with " + word).isNotNull();
    }

    private static int exit(Process process) throws InterruptedException {
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void a_server_says_that_it_is_ready_and_stops_on_sigterm_with_0() throws Exception {
        // Given
        Path file = Files.writeString(folder.resolve("broker.yaml"), BROKER);
        Process process = start("serve", "-f", file.toString(), "--ingress-port=0", "--admin-port=0");

        // When
        awaitLine(process, " ready ingress=");
        process.toHandle().destroy(); // unlike Process.destroy, leaves the streams open

        // Then
        awaitLine(process, "stopped undelivered=0");
        assertThat(exit(process)).isZero();
    }

    @Test
    void a_display_stops_on_sigterm_with_0() throws Exception {
        // Given
        Process process = start("display", "--port", "0");

        // When
        awaitLine(process, "ready");
        process.toHandle().destroy(); // unlike Process.destroy, leaves the streams open

        // Then
        assertThat(exit(process)).isZero();
    }

    @Test
    void bad_usage_ends_with_2_and_a_failure_with_1() throws Exception {
        assertThat(exit(start("serve", "--no-such-option"))).isEqualTo(2);
        assertThat(exit(start("send", "--to", "http://127.0.0.1:1", "--type", "t", "--source", "/s")))
                .isEqualTo(1);
    }
}
