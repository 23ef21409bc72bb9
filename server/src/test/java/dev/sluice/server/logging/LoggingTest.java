/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.config.LogFormat;
import dev.sluice.server.config.LogLevel;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {

    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice.some.Part");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private boolean closed;

    private OutputStream stream() {
        return new FilterOutputStream(out) {
            @Override
            public void close() {
                closed = true;
            }
        };
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_line_has_time_level_message_and_keys() {
        // Given
        Logging.configure(LogLevel.INFO, LogFormat.TEXT, stream());

        // When
        LOG.atWarn()
                .addKeyValue("trigger", "default/a")
                .addKeyValue("error", "said \"no\"\nand left")
                .addKeyValue("empty", "")
                .log("not delivered");

        // Then
        assertThat(written())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z WARN  not delivered trigger=default/a"
                        + " error=\"said \\\\\"no\\\\\"\\\\nand left\" empty=\"\"\\n");
    }

    @Test
    void nothing_that_is_logged_can_forge_a_line_or_steer_the_terminal() {
        // Given
        Logging.configure(LogLevel.INFO, LogFormat.TEXT, stream());

        // When
        LOG.atInfo().addKeyValue("id", "\u001b[2J\u009b").log("a\r\nb\u0007");

        // Then
        assertThat(written()).hasLineCount(1).endsWith("INFO  a\\r\\nb\\x07 id=\"\\x1b[2J\\x9b\"\n");
    }

    @Test
    void a_json_line_is_one_object_with_the_keys_beside_the_message() {
        // Given
        Logging.configure(LogLevel.INFO, LogFormat.JSON, stream());

        // When
        LOG.atError()
                .addKeyValue("events", 3)
                .addKeyValue("kept", true)
                .addKeyValue("trigger", "default/a")
                .setCause(new IllegalStateException("broken"))
                .log("lost\n");

        // Then
        assertThat(written()).hasLineCount(1);
        JsonObject line = new JsonObject(written());
        assertThat(line.getString("level")).isEqualTo("ERROR");
        assertThat(line.getString("logger")).isEqualTo("dev.sluice.some.Part");
        assertThat(line.getString("message")).isEqualTo("lost\n");
        assertThat(line.getInteger("events")).isEqualTo(3);
        assertThat(line.getBoolean("kept")).isTrue();
        assertThat(line.getString("trigger")).isEqualTo("default/a");
        assertThat(line.getString("stackTrace")).contains("IllegalStateException: broken", "LoggingTest");
    }

    @Test
    void the_level_counts_for_all_but_the_life_cycle() {
        // Given
        Logging.configure(LogLevel.ERROR, LogFormat.TEXT, stream());

        // When
        LOG.atWarn().log("hidden");
        Logging.lifeCycle().atInfo().log("ready");

        // Then
        assertThat(written()).contains("ready").doesNotContain("hidden");
    }

    @Test
    void debugging_is_about_sluice_and_not_about_its_libraries() {
        // Given
        Logging.configure(LogLevel.DEBUG, LogFormat.TEXT, stream());

        // When
        LOG.atDebug().log("ours");
        LoggerFactory.getLogger("io.netty").atDebug().log("theirs");

        // Then
        assertThat(written()).contains("ours").doesNotContain("theirs");
    }

    @Test
    void a_new_configuration_takes_over_and_leaves_the_stream_open() {
        // Given
        Logging.configure(LogLevel.WARN, LogFormat.TEXT, stream());

        // When
        Logging.configure(LogLevel.INFO, LogFormat.TEXT, stream());
        LOG.atInfo().log("after");

        // Then
        assertThat(closed).isFalse();
        assertThat(written()).hasLineCount(1).contains("after");
    }
}
