/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DisplayCommandTest {

    private static final Pattern READY = Pattern.compile("ready on (http://127.0.0.1:\\d+)");

    private final TestConsole display = new TestConsole();

    private String url() {
        await().until(() -> READY.matcher(display.err()).find());
        Matcher ready = READY.matcher(display.err());
        assertThat(ready.find()).isTrue();
        return ready.group(1);
    }

    @Test
    void shows_an_event_as_people_read_it_and_stops_with_0() throws Exception {
        // Given
        var running = display.start("display", "--port", "0");

        // When
        var sender = new TestConsole();
        int sent = sender.run(
                "send", "--to", url(), "--type", "t", "--source", "/s", "--id", "1", "--data", "{\"a\":1.10}");

        // Then
        assertThat(sent).isZero();
        assertThat(sender.out()).isEqualTo("204 No Content\n");
        assertThat(display.out()).contains("  type               t\n").contains("      \"a\": 1.10\n");
        display.signal("SIGTERM");
        assertThat(running.get(10, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void shows_one_json_object_a_line_when_asked_to() throws Exception {
        // Given
        var running = display.start("display", "--port", "0", "--json");

        // When
        new TestConsole()
                .run("send", "--to", url(), "--type", "t", "--source", "/s", "--id", "1", "--data", "{\"a\":1.10}");

        // Then
        assertThat(display.out())
                .hasLineCount(1)
                .startsWith("{")
                .contains("\"id\":\"1\"")
                .contains("{\"a\":1.10}");
        display.signal("SIGINT");
        assertThat(running.get(10, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void a_port_that_is_taken_is_one_clear_line_and_1() throws Exception {
        try (var taken = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
            // When
            int status = display.run("display", "--port", Integer.toString(taken.getLocalPort()));

            // Then
            assertThat(status).isEqualTo(1);
            assertThat(display.err())
                    .startsWith("sluice display: --port " + taken.getLocalPort() + ": another process listens on")
                    .hasLineCount(1);
        }
    }

    @Test
    void a_port_that_is_none_is_refused() {
        assertThat(display.run("display", "--port", "65536")).isEqualTo(2);
        assertThat(display.run("display", "--port", "x")).isEqualTo(2);
    }
}
