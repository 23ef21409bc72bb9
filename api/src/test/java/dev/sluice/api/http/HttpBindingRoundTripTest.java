/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.event.CanonicalText;
import dev.sluice.api.event.Extensions;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.jackson.JsonFormat;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an event holds, it reads back as it was written; and the CloudEvents SDK sees the same. */
class HttpBindingRoundTripTest {

    private static final int ROUNDS = 4_000;
    private static final EventFormat SDK = new JsonFormat();

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void every_event_survives_structured_mode() throws MalformedEventException {
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = anyEvent(true);
            assertThat(there(event, ContentMode.STRUCTURED))
                    .as("seed %d", seed)
                    .isEqualTo(withoutBlanksAroundJson(event));
        }
    }

    @Test
    void every_event_survives_binary_mode_with_extensions_as_text() throws MalformedEventException {
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = anyEvent(true);
            CloudEvent expected = Extensions.edit(
                    event, extensions -> extensions.replaceAll((name, value) -> CanonicalText.of(value)));
            assertThat(there(event, ContentMode.BINARY)).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/cloudevents+json",
                "Application/CloudEvents+JSON; charset=UTF-8",
                "application/cloudevents-batch+json",
                "application/cloudevents+avro",
            })
    void an_event_inside_an_event_is_not_taken_for_it(String dataContentType) throws MalformedEventException {
        String inner = "{\"specversion\":\"1.0\",\"id\":\"inner\",\"source\":\"/s\",\"type\":\"t\"}";
        CloudEvent event = CloudEventBuilder.v1()
                .withId("outer")
                .withSource(URI.create("/s"))
                .withType("t")
                .withData(dataContentType, inner.getBytes(UTF_8))
                .build();

        assertThat(there(event, ContentMode.BINARY)).isEqualTo(event);
        assertThat(there(event, ContentMode.STRUCTURED)).isEqualTo(event);
    }

    @Test
    void the_sdk_reads_what_we_write_in_structured_mode() {
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = anyEvent(false);
            Buffer body = HttpBinding.write(event, ContentMode.STRUCTURED, HttpHeaders.headers());
            CloudEvent theirs = SDK.deserialize(body.getBytes());
            assertThat(theirs.getSpecVersion()).isEqualTo(event.getSpecVersion());
            for (String name : event.getAttributeNames()) {
                assertThat(theirs.getAttribute(name))
                        .as("%s, seed %d", name, seed)
                        .isEqualTo(event.getAttribute(name));
            }
            assertThat(theirs.getExtensionNames()).isEqualTo(event.getExtensionNames());
            for (String name : event.getExtensionNames()) {
                assertThat(theirs.getExtension(name))
                        .as("%s, seed %d", name, seed)
                        .isEqualTo(event.getExtension(name));
            }
        }
    }

    @Test
    void we_read_what_the_sdk_writes_in_structured_mode() throws MalformedEventException {
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = anyEvent(false);
            MultiMap headers = HttpHeaders.headers().add("content-type", SDK.serializedContentType());
            CloudEvent ours = HttpBinding.read(headers, Buffer.buffer(SDK.serialize(event)))
                    .get(0);
            if (event.getData() == null || event.getDataContentType() != null) {
                assertThat(ours).as("seed %d", seed).isEqualTo(event);
            } else {
                // The SDK writes such data as data_base64 or data; both say the same bytes.
                assertThat(ours.getExtensionNames()).isEqualTo(event.getExtensionNames());
            }
        }
    }

    @Test
    void blanks_around_a_json_value_are_no_part_of_it_in_structured_mode() throws MalformedEventException {
        CloudEvent event = json("\t {\"a\": 1}\r\n");
        assertThat(there(event, ContentMode.STRUCTURED)).isEqualTo(json("{\"a\": 1}"));
        assertThat(there(event, ContentMode.BINARY)).isEqualTo(event);
    }

    private static CloudEvent json(String data) {
        return CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .withData("application/json", data.getBytes(UTF_8))
                .build();
    }

    /** Random bytes now and then are a JSON number with a blank at its side. */
    private static CloudEvent withoutBlanksAroundJson(CloudEvent event) {
        if (event.getData() == null || !"application/json".equals(event.getDataContentType())) {
            return event;
        }
        String data = new String(event.getData().toBytes(), ISO_8859_1);
        String value = data.replaceAll("^[\t\r\n ]+|[\t\r\n ]+$", "");
        return value.matches("[0-9]+")
                ? CloudEventBuilder.from(event)
                        .withData(event.getDataContentType(), value.getBytes(ISO_8859_1))
                        .build()
                : event;
    }

    private static CloudEvent there(CloudEvent event, ContentMode mode) throws MalformedEventException {
        MultiMap headers = HttpHeaders.headers();
        Buffer body = HttpBinding.write(event, mode, headers);
        return HttpBinding.read(headers, body).get(0);
    }

    private CloudEvent anyEvent(boolean binaryData) {
        CloudEventBuilder builder = (random.nextInt(4) == 0 ? CloudEventBuilder.v03() : CloudEventBuilder.v1())
                .withId(text())
                .withSource(anyUri())
                .withType(text());
        if (random.nextBoolean()) {
            builder.withSubject(text());
        }
        if (random.nextBoolean()) {
            builder.withTime(time());
        }
        if (random.nextBoolean()) {
            builder.withDataSchema(URI.create("http://example.com/" + random.nextInt(9)));
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            String name = Integer.toString(random.nextInt(Integer.MAX_VALUE), 36) + "x";
            switch (random.nextInt(3)) {
                case 0 -> builder.withExtension(name, random.nextInt());
                case 1 -> builder.withExtension(name, random.nextBoolean());
                default -> builder.withExtension(name, random.nextInt(5) == 0 ? "" : text());
            }
        }
        switch (random.nextInt(binaryData ? 5 : 3)) {
            case 0 -> builder.withDataContentType("text/plain");
            case 1 ->
                builder.withData(
                        "application/json",
                        ("{\"a\":[" + random.nextInt() + ",\"" + "é".repeat(random.nextInt(3)) + "\"]}")
                                .getBytes(UTF_8));
            case 2 -> {}
            case 3 -> {
                byte[] bytes = new byte[1 + random.nextInt(20)];
                random.nextBytes(bytes);
                String[] types = {"application/octet-stream", "text/plain", "application/json", "a/b+xml; x=\"y\""};
                builder.withData(types[random.nextInt(types.length)], bytes);
            }
            default -> builder.withData(text().getBytes(UTF_8));
        }
        return builder.build();
    }

    private URI anyUri() {
        String[] uris = {"/s", "urn:x:y", "http://example.com/%C3%A9?q=%25#f", "rel/ative", "#", "//host", "mailto:a@b"
        };
        return URI.create(uris[random.nextInt(uris.length)]);
    }

    private OffsetDateTime time() {
        return OffsetDateTime.of(
                random.nextInt(1, 9999),
                random.nextInt(1, 13),
                random.nextInt(1, 29),
                random.nextInt(24),
                random.nextInt(60),
                random.nextInt(60),
                random.nextBoolean() ? 0 : random.nextInt(1_000_000_000),
                ZoneOffset.ofTotalSeconds(random.nextInt(-18 * 60, 18 * 60 + 1) * 60));
    }

    /** At least one character, of those that attribute values may hold. */
    private String text() {
        String special = " \"%\\,;:€é😀~\u00a0\ufeff\ufffd";
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(12); i > 0; i--) {
            if (random.nextInt(3) == 0) {
                text.appendCodePoint(special.codePointAt(
                        special.offsetByCodePoints(0, random.nextInt(special.codePointCount(0, special.length())))));
            } else {
                text.append((char) random.nextInt(' ', 0x7F));
            }
        }
        return text.toString();
    }
}
