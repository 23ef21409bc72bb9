/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.WireForm;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.net.URI;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RecordWriterTest {

    private final RecordWriter writer = new RecordWriter("topic", EventAttribute.named("partitionkey"));

    static Stream<CloudEvent> events() {
        return Events.all().stream();
    }

    @ParameterizedTest
    @MethodSource("events")
    void what_is_written_reads_the_same_to_the_sdk(CloudEvent event) {
        ProducerRecord<byte[], byte[]> record = writer.write(event);

        assertThat(WireForm.of(readBySdk(record))).isEqualTo(WireForm.of(event));
    }

    @ParameterizedTest
    @MethodSource("events")
    void a_record_is_never_larger_than_it_is_said_to_be_and_not_much_smaller(CloudEvent event) {
        ProducerRecord<byte[], byte[]> record = writer.write(event);

        MemoryRecords real = MemoryRecords.withRecords(
                Compression.NONE,
                new SimpleRecord(
                        System.currentTimeMillis(),
                        record.key(),
                        record.value(),
                        record.headers().toArray()));

        assertThat(RecordWriter.bytesOf(record))
                .isBetween(
                        real.sizeInBytes(),
                        real.sizeInBytes() + 21 + 10 * (1 + record.headers().toArray().length));
    }

    @Test
    void an_event_is_in_binary_mode_with_its_data_as_it_is() {
        CloudEvent event = Events.EVERY_ATTRIBUTE;

        ProducerRecord<byte[], byte[]> record = writer.write(event);

        assertThat(record.topic()).isEqualTo("topic");
        assertThat(record.value()).isEqualTo(event.getData().toBytes());
        assertThat(header(record, "ce_specversion")).isEqualTo("1.0");
        assertThat(header(record, "ce_id")).isEqualTo("every-attribute");
        assertThat(header(record, "content-type")).isEqualTo("application/json");
        assertThat(record.headers().headers("ce_datacontenttype")).isEmpty();
    }

    @Test
    void an_event_whose_data_is_an_event_is_in_structured_mode_so_that_nobody_takes_the_inner_for_the_outer() {
        CloudEvent outer = CloudEventBuilder.v1()
                .withId("outer")
                .withSource(URI.create("/outer"))
                .withType("outer")
                .withData("application/cloudevents+json", "{\"id\":\"inner\"}".getBytes(UTF_8))
                .build();

        ProducerRecord<byte[], byte[]> record = writer.write(outer);

        assertThat(record.headers()).extracting(Header::key).containsExactly("content-type");
        assertThat(readBySdk(record).getId()).isEqualTo("outer");
    }

    @Test
    void the_key_is_the_partition_key_extension() {
        assertThat(writer.write(Events.EVERY_ATTRIBUTE_V03).key()).isEqualTo("customer-1".getBytes(UTF_8));
        assertThat(writer.write(Events.MINIMAL).key()).isNull();
    }

    @Test
    void the_key_may_be_any_other_attribute() {
        RecordWriter bySubject = new RecordWriter("topic", EventAttribute.named("subject"));

        assertThat(bySubject.write(Events.EVERY_ATTRIBUTE).key()).isEqualTo("orders/4711".getBytes(UTF_8));
    }

    private static String header(ProducerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    private static CloudEvent readBySdk(ProducerRecord<byte[], byte[]> record) {
        return KafkaMessageFactory.createReader(new ConsumerRecord<>(
                        record.topic(),
                        0,
                        0,
                        0,
                        TimestampType.CREATE_TIME,
                        0,
                        0,
                        record.key(),
                        record.value(),
                        record.headers(),
                        Optional.empty()))
                .toEvent();
    }
}
