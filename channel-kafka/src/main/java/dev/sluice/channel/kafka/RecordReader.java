/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.event.ExtensionEdit;
import dev.sluice.api.http.EventAssembler;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.MalformedEventException;
import io.cloudevents.CloudEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Reads the event of a record, in binary or structured content mode (CloudEvents Kafka binding 3), whoever wrote it. Not safe
 * for several threads at once: it remembers names.
 */
final class RecordReader {

    private static final String EVENT_PREFIX = "application/cloudevents";

    /** A topic's events have a few names; more are a sender's doing, and are read without being remembered. */
    private static final int REMEMBERED = 256;

    private final Map<String, String> attributes = new HashMap<>();

    /** @throws MalformedEventException if the record is no event, which says what would make it one */
    CloudEvent read(ConsumerRecord<byte[], byte[]> record) throws MalformedEventException {
        // As Knative's Kafka Broker has it: headers with attributes say binary, whatever the content type.
        Header version = record.headers().lastHeader("ce_specversion");
        if (version == null) {
            return readStructured(record);
        }
        EventAssembler event = EventAssembler.ofRecordHeaders();
        for (Header header : record.headers()) {
            String key = header.key();
            byte[] value = header.value();
            if (value == null) {
                continue;
            }
            if (key.startsWith(RecordWriter.PREFIX)) {
                event.put(attributeOf(key), new String(value, UTF_8));
            } else if (key.equalsIgnoreCase(RecordWriter.CONTENT_TYPE)) {
                event.put("datacontenttype", new String(value, UTF_8));
            }
        }
        return event.build(record.value(), ExtensionEdit.NONE);
    }

    private String attributeOf(String key) throws MalformedEventException {
        String known = attributes.get(key);
        if (known != null) {
            return known;
        }
        String attribute = key.substring(RecordWriter.PREFIX.length());
        if (!EventAssembler.isName(attribute) || attribute.equals("data") || attribute.equals("datacontenttype")) {
            throw new MalformedEventException(
                    "the record's header \"" + key + "\" names an attribute that can't be",
                    "behind \"ce_\" write lower-case letters and digits; data is the value, and its type the header"
                            + " \"content-type\"");
        }
        if (attributes.size() < REMEMBERED) {
            attributes.put(key, attribute);
        }
        return attribute;
    }

    private static CloudEvent readStructured(ConsumerRecord<byte[], byte[]> record) throws MalformedEventException {
        String contentType = contentType(record);
        boolean claims =
                contentType != null && contentType.regionMatches(true, 0, EVENT_PREFIX, 0, EVENT_PREFIX.length());
        if (!claims) {
            throw new MalformedEventException(
                    "the record is not a CloudEvent: it has no header \"ce_specversion\"",
                    "write its attributes as headers that begin with \"ce_\", or the event as application/cloudevents+json");
        }
        byte[] value = record.value();
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add(HttpHeaders.CONTENT_TYPE, contentType);
        List<CloudEvent> events = HttpBinding.read(headers, Buffer.buffer(value == null ? new byte[0] : value));
        if (events.size() != 1) {
            throw new MalformedEventException(
                    "the record is a batch of " + events.size() + " events",
                    "write one event a record (CloudEvents Kafka binding 3)");
        }
        return events.get(0);
    }

    private static @Nullable String contentType(ConsumerRecord<byte[], byte[]> record) {
        for (Header header : record.headers()) {
            if (header.key().equalsIgnoreCase(RecordWriter.CONTENT_TYPE) && header.value() != null) {
                return new String(header.value(), UTF_8);
            }
        }
        return null;
    }
}
