/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static dev.sluice.kafka.RecordReader.ATTRIBUTE_PREFIX;
import static dev.sluice.kafka.RecordReader.CONTENT_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.event.CanonicalText;
import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.event.Timestamps;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Writes events as the records of one topic, in binary content mode: attributes are headers that begin with {@code ce_}, in
 * UTF-8 as they are, and the data is the value (CloudEvents Kafka binding 3.2). Stateless and safe for any thread.
 */
final class RecordWriter {

    private static final String EVENT_PREFIX = "application/cloudevents";

    private static final Header V1 = new RecordHeader("ce_specversion", "1.0".getBytes(UTF_8));
    private static final Header V03 = new RecordHeader("ce_specversion", "0.3".getBytes(UTF_8));

    /** What a batch of one record has around the record, and the record around its parts, at most. */
    private static final int RECORD_OVERHEAD = 61 + 21;

    /** Two lengths of at most 5 bytes. */
    private static final int HEADER_OVERHEAD = 10;

    private final String topic;
    private final EventAttribute partitionBy;

    RecordWriter(String topic, EventAttribute partitionBy) {
        this.topic = topic;
        this.partitionBy = partitionBy;
    }

    ProducerRecord<byte[], byte[]> write(CloudEvent event) {
        String key = partitionBy.textIn(event);
        return new ProducerRecord<>(
                topic, null, null, key == null ? null : key.getBytes(UTF_8), value(event), headers(event));
    }

    /**
     * What the record takes on its way and in a topic if nothing compresses it, from above: in bytes.
     */
    static int bytesOf(ProducerRecord<byte[], byte[]> record) {
        int bytes = RECORD_OVERHEAD + length(record.key()) + length(record.value());
        for (Header header : record.headers()) {
            // Names are ASCII.
            bytes += HEADER_OVERHEAD + header.key().length() + length(header.value());
        }
        return bytes;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static byte @Nullable [] value(CloudEvent event) {
        if (holdsAnEvent(event)) {
            return HttpBinding.write(event, ContentMode.STRUCTURED, MultiMap.caseInsensitiveMultiMap())
                    .getBytes();
        }
        CloudEventData data = event.getData();
        return data == null ? null : data.toBytes();
    }

    private static Headers headers(CloudEvent event) {
        RecordHeaders headers = new RecordHeaders();
        if (holdsAnEvent(event)) {
            MultiMap structured = MultiMap.caseInsensitiveMultiMap();
            HttpBinding.write(event, ContentMode.STRUCTURED, structured);
            return headers.add(
                    CONTENT_TYPE, structured.get(HttpHeaders.CONTENT_TYPE).getBytes(UTF_8));
        }
        boolean old = event.getSpecVersion() == SpecVersion.V03;
        headers.add(old ? V03 : V1);
        headers.add("ce_id", event.getId().getBytes(UTF_8));
        headers.add("ce_source", event.getSource().toString().getBytes(UTF_8));
        headers.add("ce_type", event.getType().getBytes(UTF_8));
        if (event.getSubject() != null) {
            headers.add("ce_subject", event.getSubject().getBytes(UTF_8));
        }
        if (event.getTime() != null) {
            headers.add("ce_time", Timestamps.format(event.getTime()).getBytes(UTF_8));
        }
        if (event.getDataSchema() != null) {
            headers.add(
                    old ? "ce_schemaurl" : "ce_dataschema",
                    event.getDataSchema().toString().getBytes(UTF_8));
        }
        if (event.getDataContentType() != null) {
            headers.add(CONTENT_TYPE, event.getDataContentType().getBytes(UTF_8));
        }
        for (String name : event.getExtensionNames()) {
            Object extension = event.getExtension(name);
            if (extension != null) {
                headers.add(
                        ATTRIBUTE_PREFIX.concat(name),
                        CanonicalText.of(extension).getBytes(UTF_8));
            }
        }
        return headers;
    }

    /**
     * Whether the data is itself an event, or claims to be: in binary mode its content type would say that the value is the
     * event (CloudEvents Kafka binding 3), so such an event is written in structured mode.
     */
    private static boolean holdsAnEvent(CloudEvent event) {
        String contentType = event.getDataContentType();
        return contentType != null && contentType.regionMatches(true, 0, EVENT_PREFIX, 0, EVENT_PREFIX.length());
    }
}
