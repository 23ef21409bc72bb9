/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.kafka.RecordReader;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.WireForm;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RecordReaderTest {

    private final RecordReader reader = new RecordReader();

    static Stream<CloudEvent> events() {
        return Events.all().stream();
    }

    @ParameterizedTest
    @MethodSource("events")
    void reads_unchanged_what_the_channel_wrote(CloudEvent event) throws MalformedEventException {
        ProducerRecord<byte[], byte[]> written =
                new RecordWriter("topic", EventAttribute.named("partitionkey")).write(event);

        CloudEvent read = reader.read(record(written.headers(), written.value()));

        assertThat(WireForm.of(read)).isEqualTo(WireForm.of(event));
    }

    @ParameterizedTest
    @MethodSource("events")
    void reads_unchanged_what_the_sdk_wrote_in_either_mode(CloudEvent event) throws MalformedEventException {
        ProducerRecord<Void, byte[]> binary =
                KafkaMessageFactory.createWriter("topic").writeBinary(event);
        ProducerRecord<Void, byte[]> structured =
                KafkaMessageFactory.createWriter("topic").writeStructured(event, "application/cloudevents+json");

        assertThat(WireForm.of(reader.read(record(binary.headers(), binary.value()))))
                .isEqualTo(WireForm.of(event));
        CloudEvent read = reader.read(record(structured.headers(), structured.value()));
        assertThat(read.getId()).isEqualTo(event.getId());
        assertThat(read.getSpecVersion()).isEqualTo(event.getSpecVersion());
        assertThat(read.getExtensionNames()).isEqualTo(event.getExtensionNames());
    }

    @Test
    void values_are_text_as_it_is_and_not_percent_coded() throws MalformedEventException {
        Headers headers = minimal().add("ce_subject", "100%25 \u20ac".getBytes(UTF_8));

        assertThat(reader.read(record(headers, null)).getSubject()).isEqualTo("100%25 \u20ac");
    }

    @Test
    void headers_of_others_are_nobodys_business() throws MalformedEventException {
        Headers headers =
                minimal().add("traceparent", "00-1-2-01".getBytes(UTF_8)).add("empty", null);

        assertThat(reader.read(record(headers, null)).getExtensionNames()).isEmpty();
    }

    @Test
    void a_record_that_is_no_event_is_told_what_is_missing() {
        assertThatThrownBy(() -> reader.read(record(new RecordHeaders(), "hello".getBytes(UTF_8))))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining("no header \"ce_specversion\"");
        assertThatThrownBy(() -> reader.read(record(minimal().remove("ce_id"), null)))
                .hasMessageContaining("\"id\" is missing")
                .extracting(failure -> ((MalformedEventException) failure).remedy())
                .asString()
                .contains("ce_id");
        assertThatThrownBy(() -> reader.read(record(minimal().add("ce_Sub-Ject", "a".getBytes(UTF_8)), null)))
                .hasMessageContaining("ce_Sub-Ject");
        assertThatThrownBy(() -> reader.read(record(minimal().add("ce_datacontenttype", "a/b".getBytes(UTF_8)), null)))
                .hasMessageContaining("ce_datacontenttype");
        assertThatThrownBy(() -> reader.read(record(minimal().add("ce_id", "again".getBytes(UTF_8)), null)))
                .hasMessageContaining("more than once");
    }

    @Test
    void a_batch_is_no_event() {
        Headers headers = new RecordHeaders().add("content-type", "application/cloudevents-batch+json".getBytes(UTF_8));

        assertThatThrownBy(() -> reader.read(record(headers, "[]".getBytes(UTF_8))))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining("batch");
    }

    private static Headers minimal() {
        return new RecordHeaders()
                .add("ce_specversion", "1.0".getBytes(UTF_8))
                .add("ce_id", "1".getBytes(UTF_8))
                .add("ce_source", "/s".getBytes(UTF_8))
                .add("ce_type", "t".getBytes(UTF_8));
    }

    private static ConsumerRecord<byte[], byte[]> record(Headers headers, byte @Nullable [] value) {
        return new ConsumerRecord<>(
                "topic", 0, 0, 0, TimestampType.CREATE_TIME, 0, 0, null, value, headers, Optional.empty());
    }
}
