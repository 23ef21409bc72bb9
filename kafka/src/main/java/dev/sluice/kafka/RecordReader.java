/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.kafka;

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
public final class RecordReader {

    /** What stands before the name of an attribute in the name of a header, in binary content mode. */
    public static final String ATTRIBUTE_PREFIX = "ce_";

    /** The name of the header with the type of the data, or of the whole value in structured content mode; in any case. */
    public static final String CONTENT_TYPE = "content-type";

    private static final String VERSION = "ce_specversion";

    private static final String EVENT_PREFIX = "application/cloudevents";

    /** A topic's events have a few names; more are a sender's doing, and are read without being remembered. */
    private static final int REMEMBERED = 256;

    private final Map<String, String> attributes = new HashMap<>();

    /** Whether the record says that it is an event; {@link #read} finds out whether it is one. */
    public static boolean claimsToBeAnEvent(ConsumerRecord<byte[], byte[]> record) {
        return record.headers().lastHeader(VERSION) != null || isOfEvents(contentType(record));
    }

    /** @throws MalformedEventException if the record is no event, which says what would make it one */
    public CloudEvent read(ConsumerRecord<byte[], byte[]> record) throws MalformedEventException {
        // As Knative's Kafka Broker has it: headers with attributes say binary, whatever the content type.
        Header version = record.headers().lastHeader(VERSION);
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
            if (key.startsWith(ATTRIBUTE_PREFIX)) {
                event.put(attributeOf(key), new String(value, UTF_8));
            } else if (key.equalsIgnoreCase(CONTENT_TYPE)) {
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
        String attribute = key.substring(ATTRIBUTE_PREFIX.length());
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
        if (!isOfEvents(contentType)) {
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

    private static boolean isOfEvents(@Nullable String contentType) {
        return contentType != null && contentType.regionMatches(true, 0, EVENT_PREFIX, 0, EVENT_PREFIX.length());
    }

    /** As it is written; null if there is none. */
    public static @Nullable String contentType(ConsumerRecord<byte[], byte[]> record) {
        for (Header header : record.headers()) {
            if (header.key().equalsIgnoreCase(CONTENT_TYPE) && header.value() != null) {
                return new String(header.value(), UTF_8);
            }
        }
        return null;
    }
}
