/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.event.Extensions;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.api.http.MediaType;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.kafka.RecordReader;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the event of a record: the one that it is, if it is one, else one around it as Knative's KafkaSource makes it. Of the
 * same record it is always the same. Not safe for several threads at once: it remembers names.
 */
final class RecordEvents {

    static final String TYPE = "dev.knative.kafka.event";

    private static final Logger LOG = LoggerFactory.getLogger(RecordEvents.class);

    private static final String HEADER_PREFIX = "kafkaheader";
    private static final String KEY = "key";
    private static final String PARTITION_KEY = "partitionkey";

    /** A topic's records have a few; more are a writer's doing, and are taken without being remembered. */
    private static final int REMEMBERED = 256;

    private final ResourceName source;
    private final KeyType keyType;
    private final RecordReader reader = new RecordReader();
    private final Map<String, URI> sources = new HashMap<>();
    private final Map<String, String> extensions = new HashMap<>();

    RecordEvents(ResourceName source, KeyType keyType) {
        this.source = source;
        this.keyType = keyType;
    }

    /** The attribute {@code source} of what is made of a topic's records. */
    static String sourceOf(ResourceName source, String topic) {
        return "/apis/v1/namespaces/" + source.namespace() + "/kafkasources/" + source.name() + "#" + topic;
    }

    CloudEvent of(ConsumerRecord<byte[], byte[]> record) {
        if (RecordReader.claimsToBeAnEvent(record)) {
            try {
                return reader.read(record);
            } catch (MalformedEventException e) {
                // As Knative has it: its receiver gets it all the same, and sees from the type what it is.
                LOG.atDebug()
                        .addKeyValue("source", source)
                        .addKeyValue("topic", record.topic())
                        .addKeyValue("partition", record.partition())
                        .addKeyValue("offset", record.offset())
                        .addKeyValue("error", e.getMessage())
                        .log("a record says that it is an event and is none; it is sent as any other record");
            }
        }
        return around(record);
    }

    private CloudEvent around(ConsumerRecord<byte[], byte[]> record) {
        Map<String, Object> more = new HashMap<>();
        String contentType = mediaType(record);
        for (Header header : record.headers()) {
            boolean isType = contentType != null && header.key().equalsIgnoreCase(RecordReader.CONTENT_TYPE);
            if (header.value() != null && !isType) {
                more.put(extensionOf(header.key()), Text.orBytes(header.value()));
            }
        }
        byte[] key = record.key();
        if (key != null && key.length > 0) {
            Object shown = keyType.shown(key);
            more.put(KEY, shown);
            more.put(PARTITION_KEY, shown);
        }
        byte[] value = record.value();
        return new CloudEventV1(
                "partition:" + record.partition() + "/offset:" + record.offset(),
                sources.computeIfAbsent(record.topic(), topic -> URI.create(sourceOf(source, topic))),
                TYPE,
                contentType,
                null,
                "partition:" + record.partition() + "#" + record.offset(),
                time(record),
                value == null ? null : BytesCloudEventData.wrap(value),
                Extensions.compact(more));
    }

    /** Null if there is none; what is no media type is a header like others, since no event could have it. */
    private static @Nullable String mediaType(ConsumerRecord<byte[], byte[]> record) {
        String written = RecordReader.contentType(record);
        return written == null || !MediaType.isValid(written) ? null : written.toLowerCase(Locale.ROOT);
    }

    private static @Nullable OffsetDateTime time(ConsumerRecord<byte[], byte[]> record) {
        // Formats from before Kafka 0.10 have none.
        return record.timestamp() < 0
                ? null
                : Instant.ofEpochMilli(record.timestamp()).atOffset(ZoneOffset.UTC);
    }

    private String extensionOf(String header) {
        String known = extensions.get(header);
        if (known != null) {
            return known;
        }
        StringBuilder name = new StringBuilder(HEADER_PREFIX);
        for (byte each : header.getBytes(UTF_8)) {
            char c = (char) (each >= 'A' && each <= 'Z' ? each + ('a' - 'A') : each);
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
                name.append(c);
            }
        }
        String extension = name.toString();
        if (extensions.size() < REMEMBERED) {
            extensions.put(header, extension);
        }
        return extension;
    }
}
