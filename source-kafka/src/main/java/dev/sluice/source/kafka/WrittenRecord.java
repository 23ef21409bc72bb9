/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Refuse;
import dev.sluice.api.source.WebhookRequest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * A record that a person has written down as an HTTP request: {@code POST /TOPIC}, its headers, its value as the body, and its
 * key as the header {@value #KEY}. Its place in the topic may stand in the query, as {@code partition} and {@code offset}.
 */
final class WrittenRecord implements Webhook {

    static final String KEY = "kafka-key";

    /** Of HTTP itself, and of no record. */
    private static final Set<String> NOT_OF_THE_RECORD = Set.of("host", "content-length", KEY);

    private final KafkaSourceDefinition definition;

    WrittenRecord(KafkaSourceDefinition definition) {
        this.definition = definition;
    }

    @Override
    public WebhookOutcome receive(WebhookRequest request) {
        String target = request.target();
        int query = target.indexOf('?');
        String topic = target.substring(1, query < 0 ? target.length() : query);
        if (!request.method().equals("POST") || !definition.topics().contains(topic)) {
            return refused(
                    topic.isEmpty()
                            ? "no record of " + String.join(", ", definition.topics())
                            : "\"" + request.method() + " /" + topic + "\" is no record of "
                                    + String.join(", ", definition.topics()));
        }
        Long partition = number(request, "partition", Integer.MAX_VALUE);
        Long offset = number(request, "offset", Long.MAX_VALUE);
        if (partition == null || offset == null) {
            return refused("partition or offset is no number from 0 on");
        }
        // A RecordEvents of its own: one must not be shared by threads.
        return new WebhookOutcome.Emit(new RecordEvents(definition.name(), definition.keyType())
                .of(record(request, topic, partition.intValue(), offset)));
    }

    private static Refuse refused(String error) {
        return new Refuse(
                WebhookOutcome.Kind.BAD_REQUEST,
                error,
                "name a file with --request that has the line POST /TOPIC HTTP/1.1, the headers of the record, an empty line, and"
                        + " its value; the header " + KEY + " is its key");
    }

    private static ConsumerRecord<byte[], byte[]> record(
            WebhookRequest request, String topic, int partition, long offset) {
        Headers headers = new RecordHeaders();
        for (Map.Entry<String, String> header : request.headers()) {
            if (!NOT_OF_THE_RECORD.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                headers.add(header.getKey(), header.getValue().getBytes(ISO_8859_1));
            }
        }
        String written = request.headers().get(KEY);
        byte[] key = written == null ? null : written.getBytes(ISO_8859_1);
        byte[] value = request.body().length() == 0 ? null : request.body().getBytes();
        return new ConsumerRecord<>(
                topic,
                partition,
                offset,
                request.arrival().toEpochMilli(),
                TimestampType.CREATE_TIME,
                key == null ? ConsumerRecord.NULL_SIZE : key.length,
                value == null ? ConsumerRecord.NULL_SIZE : value.length,
                key,
                value,
                headers,
                Optional.empty());
    }

    /** 0 if it is not there; null if it is none. */
    private static @Nullable Long number(WebhookRequest request, String name, long most) {
        String text = request.query().get(name);
        if (text == null) {
            return 0L;
        }
        try {
            long number = Long.parseLong(text);
            return number >= 0 && number <= most ? number : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
