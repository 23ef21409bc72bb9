/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Binary content mode (CloudEvents HTTP binding 3.1) and the choice of the mode (3). */
class HttpBindingBinaryTest {

    private static MultiMap minimal() {
        return headers("ce-specversion", "1.0", "ce-id", "1", "ce-source", "/orders", "ce-type", "placed");
    }

    private static MultiMap headers(String... namesAndValues) {
        MultiMap headers = HttpHeaders.headers();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    private static CloudEvent read(MultiMap headers, String body) throws MalformedEventException {
        List<CloudEvent> events = HttpBinding.read(headers, Buffer.buffer(body));
        assertThat(events).hasSize(1);
        return events.get(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/cloudevents+json                                   | STRUCTURED",
                "Application/CloudEvents+JSON                                   | STRUCTURED",
                "application/cloudevents+json; charset=utf-8                    | STRUCTURED",
                "application/cloudevents+json ;charset=UTF-8                    | STRUCTURED",
                "application/cloudevents-batch+json                             | BATCHED",
                "APPLICATION/CLOUDEVENTS-BATCH+JSON;charset=\"utf-8\"           | BATCHED",
                "application/cloudevents+avro                                   | NONE",
                "application/cloudevents                                        | NONE",
                "application/cloudevents+jsonx                                  | NONE",
                "application/json                                               | NONE",
                "text/plain                                                     | NONE",
            })
    void content_type_decides_the_mode(String contentType, ContentMode mode) {
        assertThat(HttpBinding.modeOf(headers("Content-Type", contentType))).isEqualTo(mode);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ce-specversion", "CE-Id", "ce-source", "Ce-Type"})
    void one_mandatory_attribute_in_a_header_is_a_claim(String header) {
        assertThat(HttpBinding.modeOf(headers(header, "x", "content-type", "text/plain")))
                .isEqualTo(ContentMode.BINARY);
        assertThat(HttpBinding.modeOf(headers(header, "x", "content-type", "application/cloudevents+avro")))
                .isEqualTo(ContentMode.BINARY);
        assertThat(HttpBinding.modeOf(headers(header, "x", "content-type", "application/cloudevents+json")))
                .isEqualTo(ContentMode.STRUCTURED);
    }

    @Test
    void headers_that_are_no_mandatory_attribute_are_no_claim() {
        assertThat(HttpBinding.modeOf(headers("ce-subject", "x", "ce-", "y"))).isEqualTo(ContentMode.NONE);
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> HttpBinding.read(headers("content-type", "text/plain"), Buffer.buffer("x")))
                .withMessageContaining("not a CloudEvent")
                .withMessageContaining("text/plain");
    }

    @Test
    void reads_every_attribute() throws MalformedEventException {
        MultiMap headers = minimal()
                .add("ce-subject", "Euro%20%E2%82%AC")
                .add("CE-Time", "2026-01-31T12:00:00.50+01:00")
                .add("ce-dataschema", "https://example.com/schema")
                .add("Content-Type", "Text/Plain; charset=utf-8")
                .add("Ce-ComExampleExt1", "%22quoted%22")
                .add("ce-7", "");

        CloudEvent event = read(headers, "data");

        assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V1);
        assertThat(event.getId()).isEqualTo("1");
        assertThat(event.getSource()).isEqualTo(URI.create("/orders"));
        assertThat(event.getType()).isEqualTo("placed");
        assertThat(event.getSubject()).isEqualTo("Euro €");
        assertThat(event.getTime()).isEqualTo(OffsetDateTime.parse("2026-01-31T12:00:00.5+01:00"));
        assertThat(event.getDataSchema()).isEqualTo(URI.create("https://example.com/schema"));
        assertThat(event.getDataContentType()).isEqualTo("Text/Plain; charset=utf-8");
        assertThat(event.getExtensionNames()).containsExactlyInAnyOrder("comexampleext1", "7");
        assertThat(event.getExtension("comexampleext1")).isEqualTo("\"quoted\"");
        assertThat(event.getExtension("7")).isEqualTo("");
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo("data".getBytes(UTF_8));
    }

    @Test
    void reads_0_3_as_0_3() throws MalformedEventException {
        MultiMap headers = headers("ce-specversion", "0.3", "ce-id", "1", "ce-source", "/s", "ce-type", "t")
                .add("ce-schemaurl", "schema/1")
                .add("ce-datacontentencoding", "base64")
                .add("ce-dataschema", "an extension here");

        CloudEvent event = read(headers, "raw");

        assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V03);
        assertThat(event.getAttribute("schemaurl")).isEqualTo(URI.create("schema/1"));
        assertThat(event.getExtensionNames()).containsExactly("dataschema");
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo("raw".getBytes(UTF_8));
    }

    @Test
    void schemaurl_and_datacontentencoding_are_extensions_of_1_0() throws MalformedEventException {
        CloudEvent event = read(minimal().add("ce-schemaurl", "x").add("ce-datacontentencoding", "base64"), "");

        assertThat(event.getExtension("schemaurl")).isEqualTo("x");
        assertThat(event.getExtension("datacontentencoding")).isEqualTo("base64");
    }

    @Test
    void an_empty_body_is_no_data() throws MalformedEventException {
        assertThat(read(minimal(), "").getData()).isNull();
    }

    @Test
    void data_bytes_of_any_kind_stay_as_they_are() throws MalformedEventException {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        CloudEvent event = HttpBinding.read(
                        minimal().add("content-type", "application/octet-stream"), Buffer.buffer(bytes))
                .get(0);
        assertThat(Objects.requireNonNull(event.getData()).toBytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "ce-id            | ^^                    | id              | must not be empty",
                "ce-source        | ^^                    | source          | must not be empty",
                "ce-type          | ^^                    | type            | must not be empty",
                "ce-subject       | ^^                    | subject         | must not be empty",
                "ce-dataschema    | ^^                    | dataschema      | must not be empty",
                "ce-specversion   | 9.9                   | specversion     | \"9.9\"",
                "ce-specversion   | 1                     | specversion     | \"1\"",
                "ce-specversion   | ^^                    | specversion     | \"\"",
                "ce-source        | not a uri             | source          | \"not a uri\"",
                "ce-source        | http://[             | source          | \"http://[\"",
                "ce-source        | /a%20b                | source          | \"/a b\"",
                "ce-dataschema    | http://h/ x           | dataschema      | \"http://h/ x\"",
                "ce-dataschema    | relative              | dataschema      | absolute",
                "ce-time          | yesterday             | time            | \"yesterday\"",
                "ce-time          | 2026-01-31            | time            | RFC 3339",
                "ce-time          | ^^                    | time            | \"\"",
                "ce-expirytime    | soon                  | expirytime      | \"soon\"",
                "ce-subject       | %C0%A0                | subject         | UTF-8",
                "ce-subject       | a%0Ab                 | subject         | \"a\\u000ab\"",
                "ce-subject       | %EF%BF%BF             | subject         | noncharacter",
                "ce-subject       | %C2%85                | subject         | control",
                "ce-ext           | %00                   | ext             | control",
                "content-type     | nonsense              | datacontenttype | \"nonsense\"",
                "content-type     | text/                 | datacontenttype | media type",
                "content-type     | te xt/plain           | datacontenttype | media type",
                "ce-my-ext        | x                     | ce-my-ext       | names an attribute that can't be",
                "ce-My_Ext        | x                     | ce-My_Ext       | names an attribute that can't be",
                "ce-data          | x                     | ce-data         | data is no attribute",
                "ce-datacontenttype | text/plain          | ce-datacontenttype | must not be there",
            })
    void refuses_a_bad_attribute_and_names_it(String header, String value, String named, String rule) {
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> read(minimal().set(header, value), ""))
                .withMessageContaining("\"" + named + "\"")
                .withMessageContaining(rule)
                .satisfies(e -> assertThat(e.remedy()).isNotBlank());
    }

    @ParameterizedTest
    @ValueSource(strings = {"specversion", "id", "source", "type"})
    void refuses_a_missing_attribute_and_says_how_to_add_it(String name) {
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> read(minimal().remove("ce-" + name), ""))
                .withMessage("attribute \"" + name + "\" is missing")
                .satisfies(e -> assertThat(e.remedy()).contains("\"ce-" + name + "\""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ce-id", "CE-ID", "ce-specversion", "ce-ext", "content-type"})
    void refuses_an_attribute_that_is_there_twice(String header) {
        MultiMap headers = minimal().add("ce-ext", "x").add("content-type", "text/plain");
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> read(headers.add(header, "1.0"), ""))
                .withMessageContaining("more than once");
    }

    @Test
    void shortens_a_long_value_in_the_error() {
        assertThatExceptionOfType(MalformedEventException.class)
                .isThrownBy(() -> read(minimal().set("ce-time", "x".repeat(10_000)), ""))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250).contains("…"));
    }

    @Test
    void attribute_names_may_be_long() throws MalformedEventException {
        String name = "a1".repeat(200);
        assertThat(read(minimal().add("ce-" + name, "x"), "").getExtension(name))
                .isEqualTo("x");
    }

    @Test
    void names_that_collide_in_the_tables_are_kept_apart() throws MalformedEventException {
        for (int i = 0; i < 20_000; i++) {
            CloudEvent event = read(minimal().add("ce-n" + i, "v" + i), "");
            assertThat(event.getExtension("n" + i)).isEqualTo("v" + i);
            MultiMap written = HttpHeaders.headers();
            HttpBinding.write(event, ContentMode.BINARY, written);
            assertThat(written.get("ce-n" + i)).isEqualTo("v" + i);
        }
    }

    @Test
    void applies_an_edit_while_it_reads() throws MalformedEventException {
        CloudEvent event = HttpBinding.read(minimal().add("ce-ext", "x"), Buffer.buffer(), extensions -> {
                    extensions.remove("ext");
                    extensions.put("stamp", 1);
                })
                .get(0);
        assertThat(event.getExtensionNames()).containsExactly("stamp");
    }

    @Test
    void writes_every_attribute_in_canonical_form() {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("a b")
                .withSource(URI.create("/a%20b"))
                .withType("t\u00fc")
                .withSubject("100%")
                .withTime(OffsetDateTime.parse("2026-01-31T12:00:00Z"))
                .withDataSchema(URI.create("http://example.com/s"))
                .withDataContentType("application/json; charset=utf-8")
                .withExtension("flag", true)
                .withExtension("number", -5)
                .withExtension("when", OffsetDateTime.parse("2026-01-31T12:00:00Z"))
                .withExtension("where", URI.create("http://example.com/%C3%A9"))
                .withExtension("bytes", new byte[] {(byte) 0xFF, 0})
                .withData("{}".getBytes(UTF_8))
                .build();
        MultiMap headers = HttpHeaders.headers();

        Buffer body = HttpBinding.write(event, ContentMode.BINARY, headers);

        assertThat(body.toString()).isEqualTo("{}");
        assertThat(headers.get("ce-specversion")).isEqualTo("1.0");
        assertThat(headers.get("ce-id")).isEqualTo("a%20b");
        assertThat(headers.get("ce-source")).isEqualTo("/a%2520b");
        assertThat(headers.get("ce-type")).isEqualTo("t%C3%BC");
        assertThat(headers.get("ce-subject")).isEqualTo("100%25");
        assertThat(headers.get("ce-time")).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(headers.get("ce-dataschema")).isEqualTo("http://example.com/s");
        assertThat(headers.get("content-type")).isEqualTo("application/json; charset=utf-8");
        assertThat(headers.get("ce-flag")).isEqualTo("true");
        assertThat(headers.get("ce-number")).isEqualTo("-5");
        assertThat(headers.get("ce-when")).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(headers.get("ce-where")).isEqualTo("http://example.com/%25C3%25A9");
        assertThat(headers.get("ce-bytes")).isEqualTo("/wA=");
        assertThat(headers.contains("ce-datacontenttype")).isFalse();
        assertThat(headers.size()).isEqualTo(13);
    }

    @Test
    void writes_0_3_as_0_3() {
        CloudEvent event = CloudEventBuilder.v03()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .withDataSchema(URI.create("http://example.com/s"))
                .build();
        MultiMap headers = HttpHeaders.headers();

        assertThat(HttpBinding.write(event, ContentMode.BINARY, headers).length())
                .isZero();

        assertThat(headers.get("ce-specversion")).isEqualTo("0.3");
        assertThat(headers.get("ce-schemaurl")).isEqualTo("http://example.com/s");
        assertThat(headers.contains("ce-dataschema")).isFalse();
        assertThat(headers.contains("content-type")).isFalse();
    }

    @Test
    void leaves_out_the_extensions_that_are_named() throws MalformedEventException {
        CloudEvent event = read(minimal().add("ce-knativebrokerttl", "5").add("ce-other", "x"), "");
        for (ContentMode mode : new ContentMode[] {ContentMode.BINARY, ContentMode.STRUCTURED}) {
            MultiMap headers = HttpHeaders.headers();
            Buffer body = HttpBinding.write(event, mode, headers, Set.of("knativebrokerttl"));
            assertThat(HttpBinding.read(headers, body).get(0).getExtensionNames())
                    .containsExactly("other");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BATCHED", "NONE"})
    void writes_no_other_mode(ContentMode mode) {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .build();
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> HttpBinding.write(event, mode, HttpHeaders.headers()));
    }
}
