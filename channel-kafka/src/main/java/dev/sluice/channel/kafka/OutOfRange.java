/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What to do where the log does not have what was to be read next: retention has overtaken the read, the log has lost its
 * end, or it is another one. It asks Kafka, which may fail as any read does; then the next poll says the same again. Confined
 * to the poll thread.
 */
final class OutOfRange {

    private static final Logger LOG = LoggerFactory.getLogger(OutOfRange.class);

    private final ReadTopic topic;
    private final Topics topics;
    private final PollThread thread;
    private final AssignedPartitions assigned;
    private final Rebalancing rebalancing;
    private final Runnable onAnotherTopic;

    OutOfRange(
            ReadTopic topic,
            Topics topics,
            PollThread thread,
            AssignedPartitions assigned,
            Rebalancing rebalancing,
            Runnable onAnotherTopic) {
        this.topic = topic;
        this.topics = topics;
        this.thread = thread;
        this.assigned = assigned;
        this.rebalancing = rebalancing;
        this.onAnotherTopic = onAnotherTopic;
    }

    void recover(OffsetOutOfRangeException failure) {
        Optional<Uuid> id = within(topics.id(topic.name()));
        if (id.isEmpty()) {
            throw new UnknownTopicOrPartitionException("the topic is gone");
        }
        Map<TopicPartition, Long> places = failure.offsetOutOfRangePartitions();
        if (topic.isAnother(id)) {
            assigned.stopReading(places.keySet());
            onAnotherTopic.run();
            return;
        }
        places.forEach((partition, offset) -> {
            long first = requireNonNull(
                    thread.consumer()
                            .beginningOffsets(List.of(partition), PollThread.CALL)
                            .get(partition),
                    "beginning");
            if (offset < first) {
                LOG.atError()
                        .addKeyValue("topic", topic.name())
                        .addKeyValue("partition", partition.partition())
                        .addKeyValue("offset", offset)
                        .addKeyValue("from", first)
                        .log("retention has removed events before they were read; going on with what is left");
                assigned.skipTo(partition, first);
            } else {
                cutOff(partition, offset, failure);
            }
        });
    }

    /**
     * What comes has offsets that were read before, so everything of the partition begins anew: otherwise it would be passed
     * over as something old.
     */
    private void cutOff(TopicPartition partition, long offset, OffsetOutOfRangeException failure) {
        OffsetAndMetadata divergent = failure instanceof LogTruncationException truncation
                ? truncation.divergentOffsets().get(partition)
                : null;
        long cut = divergent != null
                ? divergent.offset()
                : requireNonNull(
                        thread.consumer()
                                .endOffsets(List.of(partition), PollThread.CALL)
                                .get(partition),
                        "end");
        LOG.atError()
                .addKeyValue("topic", topic.name())
                .addKeyValue("partition", partition.partition())
                .addKeyValue("offset", offset)
                .addKeyValue("from", cut)
                .log("the topic has lost its end; going on with what comes");
        rebalancing.beginAnew(partition, cut);
    }

    /** What the admin client answers, on the poll thread, which waits for as long as for an answer to its own client. */
    private static <T> T within(Future<T> answer) {
        long millis = PollThread.CALL.toMillis();
        try {
            return answer.toCompletionStage().toCompletableFuture().get(millis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException failure ? failure : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("no answer within " + millis + " ms", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
