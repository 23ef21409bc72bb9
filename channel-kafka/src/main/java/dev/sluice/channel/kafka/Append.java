/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/** Events of one append on their way to Kafka. Its future is completed on a thread of Kafka's client. */
final class Append implements Outgoing {

    private final KafkaChannel channel;
    private final List<ProducerRecord<byte[], byte[]>> records;
    private final long bytes;
    private final Promise<Void> promise = Promise.promise();
    private final AtomicInteger outstanding;
    private volatile @Nullable Throwable failure;

    // Written before the count goes down, and read when it is at zero.
    private boolean someTooLarge;
    private boolean allTooLarge = true;

    Append(KafkaChannel channel, List<ProducerRecord<byte[], byte[]>> records, long bytes) {
        this.channel = channel;
        this.records = records;
        this.bytes = bytes;
        this.outstanding = new AtomicInteger(records.size());
    }

    @Override
    public List<ProducerRecord<byte[], byte[]>> records() {
        return records;
    }

    long bytes() {
        return bytes;
    }

    Future<Void> future() {
        return promise.future();
    }

    /** The most bytes that one of them may take in a topic. */
    int largestRecord() {
        int largest = 0;
        for (ProducerRecord<byte[], byte[]> record : records) {
            largest = Math.max(largest, RecordWriter.bytesOf(record));
        }
        return largest;
    }

    /** Once for each record. */
    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
        if (metadata != null && exception == null) {
            channel.kept(metadata.partition(), metadata.offset());
        }
        settle(exception);
    }

    @Override
    public void abandon(int count, Throwable cause) {
        for (int i = 0; i < count; i++) {
            settle(cause);
        }
    }

    private void settle(@Nullable Throwable cause) {
        if (cause instanceof RecordTooLargeException) {
            someTooLarge = true;
        } else {
            allTooLarge = false;
        }
        if (cause != null) {
            failure = cause;
        }
        if (outstanding.decrementAndGet() > 0) {
            return;
        }
        Throwable failed = failure;
        channel.settled(this, failed);
        if (failed == null) {
            promise.complete();
        } else if (someTooLarge) {
            channel.tooLarge(this, allTooLarge).onComplete(refusal -> promise.fail(refusal.result()));
        } else {
            promise.fail(channel.failure(failed));
        }
    }
}
