/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.kafka.RecordReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what a consumer polled into records of the channel. What is no event is left out, and said now and then. */
final class Decoding {

    private static final Logger LOG = LoggerFactory.getLogger(Decoding.class);

    private static final long SAY_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final RecordReader reader = new RecordReader();
    private long unreadable;
    private long saidNanos = System.nanoTime() - SAY_EVERY_NANOS;

    List<LogRecord> decode(List<ConsumerRecord<byte[], byte[]>> polled) {
        List<LogRecord> records = new ArrayList<>(polled.size());
        for (ConsumerRecord<byte[], byte[]> record : polled) {
            try {
                records.add(new KafkaRecord(record, reader.read(record)));
            } catch (MalformedEventException e) {
                skip(record, e);
            }
        }
        return records;
    }

    private void skip(ConsumerRecord<byte[], byte[]> record, MalformedEventException failure) {
        unreadable++;
        if (System.nanoTime() - saidNanos >= SAY_EVERY_NANOS) {
            saidNanos = System.nanoTime();
            LOG.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("unreadable", unreadable)
                    .addKeyValue("error", failure.getMessage())
                    .log("a record is no event and is passed over");
        }
    }
}
