/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SendCommandTest {

    private final RecordingSubscriber subscriber = RecordingSubscriber.start();
    private final TestConsole console = new TestConsole();

    @AfterEach
    void close() {
        subscriber.close();
    }

    private int send(TestConsole on, String... more) {
        String[] words = new String[more.length + 7];
        String[] first = {"send", "--to", subscriber.uri().toString(), "--type", "order.created", "--source", "/shop"};
        System.arraycopy(first, 0, words, 0, first.length);
        System.arraycopy(more, 0, words, first.length, more.length);
        return on.run(words);
    }

    @Test
    void sends_every_attribute_it_is_given_and_shows_the_answer() {
        // When
        int status = send(
                console,
                "--id",
                "1",
                "--subject",
                "größe 1",
                "--data",
                "{\"total\": 1.10}",
                "--extension",
                "region=eu",
                "--extension",
                "shard=a=b");

        // Then
        assertThat(console.err()).isEmpty();
        assertThat(status).isZero();
        assertThat(console.out()).startsWith("20");
        CloudEvent event = subscriber.last().requireEvent();
        assertThat(event.getId()).isEqualTo("1");
        assertThat(event.getType()).isEqualTo("order.created");
        assertThat(event.getSource()).hasToString("/shop");
        assertThat(event.getSubject()).isEqualTo("größe 1");
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(event.getExtension("region")).isEqualTo("eu");
        assertThat(event.getExtension("shard")).isEqualTo("a=b");
        assertThat(event.getData().toBytes()).asString().isEqualTo("{\"total\": 1.10}");
    }

    @Test
    void sends_structured_mode_when_asked_to() {
        // When
        int status = send(console, "--mode", "structured", "--data", "[1]");

        // Then
        assertThat(status).isZero();
        assertThat(subscriber.last().header("content-type").orElseThrow()).startsWith("application/cloudevents+json");
        assertThat(subscriber.last().requireEvent().getType()).isEqualTo("order.created");
    }

    @Test
    void mints_an_id_when_none_is_given() {
        // When
        send(console);
        send(console);

        // Then
        assertThat(subscriber.ids()).hasSize(2).doesNotHaveDuplicates().doesNotContain("");
    }

    @Test
    void reads_data_from_a_file_and_from_standard_input(@TempDir Path folder) throws IOException {
        // Given
        Path file = Files.write(folder.resolve("data.bin"), new byte[] {0, 1, (byte) 0xff});
        var piped = new TestConsole("typed in", Map.of());

        // When
        int fromFile = send(console, "--data", "@" + file, "--datacontenttype", "application/octet-stream");
        int fromInput = send(piped, "--data", "-", "--datacontenttype=text/plain");

        // Then
        assertThat(fromFile).isZero();
        assertThat(fromInput).isZero();
        assertThat(subscriber.events().get(0).getData().toBytes()).containsExactly(0, 1, 0xff);
        assertThat(subscriber.events().get(1).getData().toBytes()).asString().isEqualTo("typed in");
        assertThat(subscriber.events().get(1).getDataContentType()).isEqualTo("text/plain");
    }

    @Test
    void a_refusal_is_shown_with_its_body_and_ends_with_1() {
        // Given
        subscriber.answer(Answer.raw(
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 17\r\n\r\n{\"error\": \"full\"}"));

        // When
        int status = send(console);

        // Then
        assertThat(status).isEqualTo(1);
        assertThat(console.out()).isEqualTo("429 Too Many Requests\nRetry-After: 7\n{\"error\": \"full\"}\n");
    }

    @Test
    void all_that_is_wrong_is_told_at_once_and_nothing_is_sent() {
        // When
        int status =
                send(console, "--id", "", "--data", "not json", "--extension", "Region=eu", "--extension", "lonely");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err()).isEqualTo("""
                        sluice send: --id is empty
                        sluice send: --extension=Region=eu has a name that is not made of lower-case letters and digits
                        sluice send: --extension=lonely has no value; write NAME=VALUE
                        sluice send: --data is not JSON; say what it is, such as --datacontenttype text/plain
                        """);
        assertThat(subscriber.count()).isZero();
    }

    @Test
    void what_is_missing_is_named() {
        // When
        int status = console.run("send");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err())
                .contains("--to")
                .contains("--type")
                .contains("--source")
                .hasLineCount(1);
    }

    @Test
    void an_address_that_makes_no_sense_is_refused() {
        // When
        int status = console.run("send", "--to", "localhost:8080", "--type", "t", "--source", "/s");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err()).contains("--to=localhost:8080 is not an absolute http or https URL");
    }

    @Test
    void nobody_listening_is_one_clear_line_and_1() {
        try (ClosedPort closed = ClosedPort.take()) {
            // When
            int status =
                    console.run("send", "--to", "http://localhost:" + closed.port(), "--type", "t", "--source", "/s");

            // Then
            assertThat(status).isEqualTo(1);
            assertThat(console.err())
                    .isEqualTo("sluice send: http://localhost:" + closed.port()
                            + ": connection refused; does something listen there?\n");
        }
    }
}
