/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.LogRecord;
import io.cloudevents.CloudEvent;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** An event at its place in a topic. */
final class KafkaRecord implements LogRecord {

    /** The objects that every event has on the heap: those of the event, its map of extensions, and this. */
    private static final int OBJECTS = 400;

    private final int partition;
    private final long offset;
    private final CloudEvent event;
    private final int bytes;

    KafkaRecord(ConsumerRecord<byte[], byte[]> record, CloudEvent event) {
        this.partition = record.partition();
        this.offset = record.offset();
        this.event = event;
        int size = OBJECTS + Math.max(0, record.serializedValueSize());
        for (Header header : record.headers()) {
            // As text with its object around it; the names are shared.
            size += 48 + (header.value() == null ? 0 : header.value().length);
        }
        this.bytes = size;
    }

    @Override
    public int partition() {
        return partition;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public CloudEvent event() {
        return event;
    }

    @Override
    public int bytes() {
        return bytes;
    }
}
