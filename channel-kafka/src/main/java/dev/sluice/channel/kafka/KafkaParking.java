/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ParkingLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/** What one Broker has parked: a topic of its own, compacted and without an end of time, with one partition. */
final class KafkaParking implements ParkingLog {

    private final String topic;
    private final SharedCluster cluster;
    private final ParkingThread reads;
    private final Listener listener;
    private final int mostThisSends;
    /** What the topic takes, as far as is known. */
    private volatile int mostItTakes;

    private KafkaParking(
            String topic,
            SharedCluster cluster,
            ParkingThread reads,
            Listener listener,
            int mostThisSends,
            int mostItTakes) {
        this.topic = topic;
        this.cluster = cluster;
        this.reads = reads;
        this.listener = listener;
        this.mostThisSends = mostThisSends;
        this.mostItTakes = mostItTakes;
    }

    /**
     * Finds the topic or creates it, and reads all of it.
     *
     * @param events the topic of the Broker's events, of which each has to fit in here
     * @param replicas that the Broker asks for; empty leaves those of a topic that is created to the Kafka
     */
    static Future<ParkingLog> open(
            String name,
            Topic events,
            Optional<Short> replicas,
            SharedCluster cluster,
            ParkingThread reads,
            ProcessOptions process,
            Context context,
            Listener listener) {
        return cluster.topics()
                .ensureParkingTopic(name, events.maxMessageBytes(), replicas)
                // So that no write has to wait for what the producer must know of the topic.
                .compose(takes -> cluster.producer()
                        .warm(name)
                        .compose(warm -> cluster.topics().endOffset(name, 0))
                        .compose(end -> reads.add(name, end, context, listener))
                        .<ParkingLog>map(heard -> new KafkaParking(
                                name, cluster, reads, listener, SharedCluster.largestRecord(process), takes)))
                .recover(failure ->
                        Future.failedFuture(AppendFailure.of(failure, "topic " + name + " at " + cluster.settings())));
    }

    @Override
    public Future<Void> keep(String id, byte[] value) {
        return write(id, value);
    }

    @Override
    public Future<Void> remove(String id) {
        return write(id, null);
    }

    private Future<Void> write(String id, byte @Nullable [] value) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, id.getBytes(UTF_8), value);
        int bytes = RecordWriter.bytesOf(record);
        if (bytes > mostThisSends) {
            return Future.failedFuture(new ChannelException(
                    ChannelException.Kind.TOO_LARGE,
                    "a parked event takes up to " + bytes + " bytes as a record, and this process sends "
                            + mostThisSends + "; raise --" + ProcessOptions.BUFFER_MEMORY));
        }
        if (bytes > mostItTakes) {
            return cluster.topics()
                    .parkUpTo(topic, bytes)
                    .recover(failure -> Future.failedFuture(tooLarge(bytes, failure)))
                    .compose(takes -> {
                        mostItTakes = takes;
                        return write(record, bytes);
                    });
        }
        return write(record, bytes);
    }

    private ChannelException tooLarge(int bytes, Throwable cause) {
        return new ChannelException(
                ChannelException.Kind.TOO_LARGE,
                "a parked event takes up to " + bytes + " bytes as a record, and topic " + topic + " at "
                        + cluster.settings() + " takes " + mostItTakes + "; raise its max.message.bytes ("
                        + cause.getMessage() + ")",
                AppendFailure.RETRY_AFTER,
                cause);
    }

    private Future<Void> write(ProducerRecord<byte[], byte[]> record, int bytes) {
        // What is given up comes out of the channel, like a reply, and may use what is kept for these.
        if (!cluster.gate().tryTake(bytes, true)) {
            return Future.failedFuture(new ChannelException(
                    ChannelException.Kind.FULL,
                    cluster.gate().held() + " bytes are on their way to the Kafka at " + cluster.settings()));
        }
        Promise<Void> written = Promise.promise();
        cluster.producer().submit(new Outgoing() {
            @Override
            public List<ProducerRecord<byte[], byte[]>> records() {
                return List.of(record);
            }

            @Override
            public void abandon(int count, Throwable cause) {
                settle(cause);
            }

            @Override
            public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
                settle(exception);
            }

            private void settle(@Nullable Throwable failure) {
                cluster.gate().give(bytes);
                if (failure == null) {
                    cluster.producer().acknowledged();
                    written.complete();
                } else {
                    if (failure instanceof RecordTooLargeException) {
                        // Somebody has lowered it, or not every node has heard of it yet: next time it is raised again.
                        mostItTakes = Math.min(mostItTakes, bytes - 1);
                    }
                    written.fail(AppendFailure.of(failure, "topic " + topic + " at " + cluster.settings()));
                }
            }
        });
        return written.future();
    }

    @Override
    public Future<Void> close() {
        return reads.remove(topic, listener);
    }
}
