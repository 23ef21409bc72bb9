/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EventAttributeTest {

    private static final CloudEvent FULL = CloudEventBuilder.v1()
            .withId("42")
            .withSource(URI.create("/a%20b/../c"))
            .withType("com.example.paid")
            .withSubject("basket")
            .withTime(OffsetDateTime.parse("2020-02-03T04:05:00Z"))
            .withDataSchema(URI.create("urn:schema"))
            .withDataContentType("text/plain")
            .withExtension("string", "text")
            .withExtension("truth", false)
            .withExtension("integer", Integer.valueOf(-7))
            .withExtension("number", (Number) 7L)
            .withExtension("large", (Number) 3_000_000_000L)
            .withExtension("uri", URI.create("https://example.com/?q=%C3%A9"))
            .withExtension("timestamp", OffsetDateTime.parse("2018-04-26T14:48:09.120300+02:00"))
            .withExtension("binary", new byte[] {(byte) 0xfb, (byte) 0xff, 0})
            .withExtension("empty", "")
            .build();

    private static final CloudEvent MINIMAL = CloudEventBuilder.v1()
            .withId("1")
            .withSource(URI.create("/"))
            .withType("t")
            .build();

    private static final CloudEvent OLD = CloudEventBuilder.v03()
            .withId("1")
            .withSource(URI.create("/old"))
            .withType("t")
            .withSubject("s")
            .withTime(OffsetDateTime.parse("2020-02-03T04:05:06Z"))
            .withSchemaUrl(URI.create("urn:old"))
            .withDataContentType("text/plain")
            .withExtension("ext", "e")
            .build();

    @ParameterizedTest
    @CsvSource({
        "id, 42",
        "source, /a%20b/../c",
        "type, com.example.paid",
        "subject, basket",
        "time, 2020-02-03T04:05:00Z",
        "dataschema, urn:schema",
        "schemaurl, urn:schema",
        "datacontenttype, text/plain",
        "specversion, 1.0",
        "string, text",
        "truth, false",
        "integer, -7",
        "number, 7",
        "large, 3000000000",
        "uri, https://example.com/?q=%C3%A9",
        "timestamp, 2018-04-26T14:48:09.1203+02:00",
        "binary, +/8A",
        "empty, ''"
    })
    void the_text_of_an_attribute_is_its_canonical_string_form(String name, String text) {
        // When
        EventAttribute attribute = EventAttribute.named(name);

        // Then
        assertThat(attribute.textIn(FULL)).isEqualTo(text);
        assertThat(attribute.isPresentIn(FULL)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "subject",
                "time",
                "dataschema",
                "schemaurl",
                "datacontenttype",
                "datacontentencoding",
                "string",
                "data"
            })
    void an_attribute_that_is_not_set_is_absent(String name) {
        // When
        EventAttribute attribute = EventAttribute.named(name);

        // Then
        assertThat(attribute.textIn(MINIMAL)).isNull();
        assertThat(attribute.valueIn(MINIMAL)).isNull();
        assertThat(attribute.isPresentIn(MINIMAL)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "id, 1",
        "source, /old",
        "type, t",
        "subject, s",
        "time, 2020-02-03T04:05:06Z",
        "schemaurl, urn:old",
        "dataschema, urn:old",
        "datacontenttype, text/plain",
        "specversion, 0.3",
        "ext, e"
    })
    void an_event_of_version_0_3_is_read_in_the_same_way(String name, String text) {
        assertThat(EventAttribute.named(name).textIn(OLD)).isEqualTo(text);
    }

    @Test
    void a_value_keeps_the_types_that_cloudevents_sql_has_and_is_text_otherwise() {
        assertThat(valueOf("truth")).isEqualTo(false);
        assertThat(valueOf("integer")).isEqualTo(-7);
        assertThat(valueOf("number")).isEqualTo(7);
        assertThat(valueOf("large")).isEqualTo("3000000000");
        assertThat(valueOf("string")).isEqualTo("text");
        assertThat(valueOf("source")).isEqualTo("/a%20b/../c");
        assertThat(valueOf("timestamp")).isEqualTo("2018-04-26T14:48:09.1203+02:00");
        assertThat(valueOf("binary")).isEqualTo("+/8A");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Type", "my-ext", "my_ext", "my.ext", "ünïcode", " type", "٥"})
    void a_name_that_no_attribute_can_have_is_refused(String name) {
        assertThatThrownBy(() -> EventAttribute.named(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("attribute name \"" + name + "\" must ");
    }

    private static Object valueOf(String name) {
        return EventAttribute.named(name).valueIn(FULL);
    }
}
