/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Move;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When the first and the last record of what a move skips or repeats were appended, as far as that is quick to find out. */
final class RecordTimes {

    private static final Logger LOG = LoggerFactory.getLogger(RecordTimes.class);

    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Beyond that it is not cheap any more: each is two fetches. */
    private static final int MOST_PARTITIONS = 64;

    private RecordTimes() {}

    /** The same moves, with the times. Blocks for some seconds at most. */
    static List<Move> addedTo(List<Move> moves, String topic, ClusterSettings settings) {
        List<Move> between = new ArrayList<>();
        for (Move move : moves) {
            if (move.from() != move.to()) {
                between.add(move);
            }
        }
        if (between.isEmpty() || between.size() > MOST_PARTITIONS) {
            return moves;
        }
        Map<Integer, Instant> first = new HashMap<>();
        Map<Integer, Instant> last = new HashMap<>();
        try (Consumer<byte[], byte[]> consumer = CatchUpThread.consumer(settings)) {
            find(consumer, topic, between, move -> Math.min(move.from(), move.to()), first);
            find(consumer, topic, between, move -> Math.max(move.from(), move.to()) - 1, last);
        } catch (KafkaException e) {
            // A preview without times is better than none.
            LOG.atDebug()
                    .addKeyValue("topic", topic)
                    .addKeyValue("error", e.toString())
                    .log("times of records not found");
        }
        List<Move> timed = new ArrayList<>();
        for (Move move : moves) {
            timed.add(new Move(
                    move.partition(),
                    move.from(),
                    move.to(),
                    Optional.ofNullable(first.get(move.partition())),
                    Optional.ofNullable(last.get(move.partition()))));
        }
        return timed;
    }

    private static void find(
            Consumer<byte[], byte[]> consumer,
            String topic,
            List<Move> moves,
            ToLongFunction<Move> at,
            Map<Integer, Instant> found) {
        List<TopicPartition> partitions = new ArrayList<>();
        moves.forEach(move -> partitions.add(new TopicPartition(topic, move.partition())));
        consumer.assign(partitions);
        moves.forEach(move -> consumer.seek(new TopicPartition(topic, move.partition()), at.applyAsLong(move)));
        // Those that were found before are paused still: to be assigned the same again changes nothing.
        consumer.resume(partitions);
        long deadline = System.nanoTime() + PATIENCE.toNanos() / 2;
        while (found.size() < moves.size() && System.nanoTime() - deadline < 0) {
            for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL)) {
                found.putIfAbsent(read.partition(), Instant.ofEpochMilli(read.timestamp()));
                consumer.pause(List.of(new TopicPartition(topic, read.partition())));
            }
        }
    }
}
