/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.display;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Events;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.jackson.JsonFormat;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventPrinterTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private String printed(EventPrinter.Style style, CloudEvent... events) {
        Clock noon = Clock.fixed(Instant.parse("2026-11-21T12:00:00.5Z"), ZoneId.systemDefault());
        new EventPrinter(new PrintStream(out, true, StandardCharsets.UTF_8), style, noon).print(List.of(events));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static CloudEventBuilder event() {
        return CloudEventBuilder.v1().withId("1").withType("order.created").withSource(URI.create("/shop"));
    }

    @Test
    void attributes_stand_in_a_column_and_json_is_indented_with_its_numbers_as_they_were() {
        // When
        String text = printed(
                EventPrinter.Style.READABLE,
                event().withSubject("order/1")
                        .withExtension("region", "eu")
                        .withData(
                                "application/json",
                                "{\"total\":1.10,\"big\":1e400,\"lines\":[1]}".getBytes(StandardCharsets.UTF_8))
                        .build());

        // Then
        assertThat(text.lines().skip(1))
                .containsExactly(
                        "  specversion        1.0",
                        "  type               order.created",
                        "  source             /shop",
                        "  id                 1",
                        "  subject            order/1",
                        "  datacontenttype    application/json",
                        "  region             eu",
                        "  data (38 bytes)",
                        "    {",
                        "      \"total\": 1.10,",
                        "      \"big\": 1e400,",
                        "      \"lines\": [",
                        "        1",
                        "      ]",
                        "    }",
                        "");
    }

    @Test
    void text_is_shown_as_it_is_and_binary_data_by_its_first_bytes() {
        // When
        String text = printed(
                EventPrinter.Style.READABLE,
                event().withData("text/plain", "line 1\nline 2".getBytes(StandardCharsets.UTF_8))
                        .build(),
                event().withData("application/octet-stream", new byte[100]).build());

        // Then
        assertThat(text)
                .contains("  data (13 bytes)\n    line 1\n    line 2\n")
                .contains("  data (100 bytes)\n    00 00 00")
                .contains("    … 36 more bytes\n");
    }

    @Test
    void data_that_is_no_json_after_all_is_shown_as_it_came() {
        // When
        String text = printed(
                EventPrinter.Style.READABLE,
                event().withData("application/json", "{\"broken\"".getBytes(StandardCharsets.UTF_8))
                        .build());

        // Then
        assertThat(text).contains("    {\"broken\"\n");
    }

    @Test
    void long_text_is_cut_and_says_so() {
        // When
        String text = printed(
                EventPrinter.Style.READABLE,
                event().withData("text/plain", "x".repeat(20_000).getBytes(StandardCharsets.UTF_8))
                        .build());

        // Then
        assertThat(text).contains("    … 3616 more characters\n");
    }

    @Test
    void nothing_in_an_event_can_steer_the_terminal() {
        // When
        String text = printed(
                EventPrinter.Style.READABLE,
                event().withSubject("\u001b[2J")
                        .withData("text/plain", "\u001b]0;title\u0007\u009b31m".getBytes(StandardCharsets.UTF_8))
                        .build());

        // Then
        assertThat(text.chars().filter(c -> c != '\n')).noneMatch(Character::isISOControl);
    }

    @ParameterizedTest
    @MethodSource("dev.sluice.testkit.Events#named")
    void every_event_can_be_shown(CloudEvent event) {
        assertThat(printed(EventPrinter.Style.READABLE, event)).contains(event.getId());
    }

    @Test
    void json_data_with_line_breaks_stays_on_its_line() {
        // When
        String line = printed(
                EventPrinter.Style.JSON_LINES,
                event().withData("application/json", "{\r\n  \"a\": \"b\\nc\"\n}".getBytes(StandardCharsets.UTF_8))
                        .build());

        // Then
        assertThat(line).hasLineCount(1).contains("\"a\": \"b\\nc\"");
    }

    @Test
    void a_json_line_is_the_event_in_structured_mode() {
        // When
        String line = printed(EventPrinter.Style.JSON_LINES, Events.EVERY_ATTRIBUTE);

        // Then
        CloudEvent read = EventFormatProvider.getInstance()
                .resolveFormat(JsonFormat.CONTENT_TYPE)
                .deserialize(line.getBytes(StandardCharsets.UTF_8));
        assertThat(line).hasLineCount(1).endsWith("\n");
        assertThat(read.getId()).isEqualTo(Events.EVERY_ATTRIBUTE.getId());
        assertThat(read.getSubject()).isEqualTo(Events.EVERY_ATTRIBUTE.getSubject());
    }
}
