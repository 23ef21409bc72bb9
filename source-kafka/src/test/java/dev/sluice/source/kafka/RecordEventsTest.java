/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.ResourceName;
import io.cloudevents.CloudEvent;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RecordEventsTest {

    private static final long NOON = 1_769_860_800_000L;
    private static final byte[] NO_TEXT = {0, 1, (byte) 0xFF};

    private static CloudEvent event(KeyType keyType, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        return new RecordEvents(new ResourceName("shop", "till"), keyType)
                .of(new ConsumerRecord<>(
                        "orders",
                        3,
                        42,
                        NOON,
                        TimestampType.CREATE_TIME,
                        key == null ? -1 : key.length,
                        value == null ? -1 : value.length,
                        key,
                        value,
                        headers,
                        Optional.empty()));
    }

    private static CloudEvent keyed(KeyType keyType, byte[] key) {
        return event(keyType, key, null, new RecordHeaders());
    }

    private static byte[] bytes(CloudEvent event) {
        return Objects.requireNonNull(event.getData()).toBytes();
    }

    @Test
    void a_record_that_is_no_event_becomes_one_as_in_knative() {
        // When
        CloudEvent event = event(
                KeyType.STRING,
                "k-1".getBytes(UTF_8),
                "{ \"a\":1 }".getBytes(UTF_8),
                new RecordHeaders()
                        .add("Content-Type", "Application/JSON".getBytes(UTF_8))
                        .add("X-Trace_Id", "abc".getBytes(UTF_8))
                        .add("nothing", null));

        // Then
        assertThat(event.getType()).isEqualTo("dev.knative.kafka.event");
        assertThat(event.getSource()).isEqualTo(URI.create("/apis/v1/namespaces/shop/kafkasources/till#orders"));
        assertThat(event.getId()).isEqualTo("partition:3/offset:42");
        assertThat(event.getSubject()).isEqualTo("partition:3#42");
        assertThat(event.getTime()).isEqualTo(OffsetDateTime.parse("2026-01-31T12:00:00Z"));
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(bytes(event)).isEqualTo("{ \"a\":1 }".getBytes(UTF_8));
        assertThat(event.getExtension("kafkaheaderxtraceid")).isEqualTo("abc");
        assertThat(event.getExtension("key")).isEqualTo("k-1");
        assertThat(event.getExtension("partitionkey")).isEqualTo("k-1");
        assertThat(event.getExtensionNames()).hasSize(3);
    }

    @Test
    void an_event_passes_as_it_is_in_either_content_mode() {
        // When
        CloudEvent binary = event(
                KeyType.STRING,
                "k".getBytes(UTF_8),
                "data".getBytes(UTF_8),
                new RecordHeaders()
                        .add("ce_specversion", "1.0".getBytes(UTF_8))
                        .add("ce_id", "1".getBytes(UTF_8))
                        .add("ce_source", "/s".getBytes(UTF_8))
                        .add("ce_type", "t".getBytes(UTF_8))
                        .add("other", "x".getBytes(UTF_8)));
        CloudEvent structured = event(
                KeyType.STRING,
                null,
                "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/s\",\"type\":\"t\",\"more\":\"x\",\"data\":7}"
                        .getBytes(UTF_8),
                new RecordHeaders().add("content-type", "application/cloudevents+json".getBytes(UTF_8)));

        // Then
        assertThat(binary.getId()).isEqualTo("1");
        assertThat(bytes(binary)).isEqualTo("data".getBytes(UTF_8));
        assertThat(binary.getExtensionNames()).isEmpty();
        assertThat(structured.getId()).isEqualTo("2");
        assertThat(structured.getExtension("more")).isEqualTo("x");
    }

    @Test
    void what_only_says_that_it_is_an_event_is_sent_as_any_other_record() {
        // When
        CloudEvent event = event(
                KeyType.STRING,
                null,
                "data".getBytes(UTF_8),
                new RecordHeaders().add("ce_specversion", "1.0".getBytes(UTF_8)));

        // Then
        assertThat(event.getType()).isEqualTo("dev.knative.kafka.event");
        assertThat(event.getExtension("kafkaheadercespecversion")).isEqualTo("1.0");
        assertThat(bytes(event)).isEqualTo("data".getBytes(UTF_8));
    }

    @Test
    void a_record_without_key_and_value_has_neither_extensions_nor_data() {
        // When
        CloudEvent event = event(KeyType.STRING, null, null, new RecordHeaders());

        // Then
        assertThat(event.getData()).isNull();
        assertThat(event.getExtensionNames()).isEmpty();
        assertThat(keyed(KeyType.STRING, new byte[0]).getExtensionNames()).isEmpty();
    }

    @Test
    void keys_are_what_their_type_says() {
        // Then
        byte[] four = ByteBuffer.allocate(4).putInt(-7).array();
        byte[] eight = ByteBuffer.allocate(8).putLong(1L << 40).array();
        assertThat(keyed(KeyType.INT, four).getExtension("key")).isEqualTo(-7);
        assertThat(keyed(KeyType.INT, eight).getExtension("key")).isEqualTo("1099511627776");
        assertThat(keyed(KeyType.INT, "odd".getBytes(UTF_8)).getExtension("key"))
                .isEqualTo("odd");
        assertThat(keyed(KeyType.FLOAT, ByteBuffer.allocate(4).putFloat(1.5f).array())
                        .getExtension("key"))
                .isEqualTo("1.5");
        assertThat(keyed(KeyType.FLOAT, ByteBuffer.allocate(8).putDouble(-0.25).array())
                        .getExtension("partitionkey"))
                .isEqualTo("-0.25");
        assertThat(keyed(KeyType.BYTE_ARRAY, "abc".getBytes(UTF_8)).getExtension("key"))
                .isEqualTo("abc".getBytes(UTF_8));
    }

    @Test
    void bytes_that_are_no_text_are_kept_as_bytes() {
        // When
        CloudEvent event = event(
                KeyType.STRING,
                NO_TEXT,
                null,
                new RecordHeaders().add("schema", NO_TEXT).add("content-type", "not a type".getBytes(UTF_8)));

        // Then
        assertThat(event.getExtension("key")).isEqualTo(NO_TEXT);
        assertThat(event.getExtension("kafkaheaderschema")).isEqualTo(NO_TEXT);
        assertThat(event.getDataContentType()).isNull();
        assertThat(event.getExtension("kafkaheadercontenttype")).isEqualTo("not a type");
    }

    @Test
    void the_same_record_is_the_same_event() {
        // Then
        assertThat(keyed(KeyType.STRING, "k".getBytes(UTF_8))).isEqualTo(keyed(KeyType.STRING, "k".getBytes(UTF_8)));
    }
}
