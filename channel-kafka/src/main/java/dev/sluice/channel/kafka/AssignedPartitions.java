/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The partitions that the group has given to this reader, and how far each has been read. Confined to the poll thread.
 *
 * <pre>
 *   begin ──▶ paused, no position ──readFrom──▶ read from there ◀──pause, resume──▶ paused by the handler
 *                     ▲                              │
 *                     └───────────stopReading────────┘                 forget, from anywhere
 * </pre>
 *
 * <p>Each time that a partition comes it has another number, so that what was meant for an earlier time is known.
 */
final class AssignedPartitions {

    private final ReadTopic topic;
    private final PollThread thread;

    /** The number of the assignment. */
    private final Map<Integer, Long> numbers = new HashMap<>();
    /** Behind what was handed over last, of those that are read. */
    private final Map<Integer, Long> next = new HashMap<>();

    private final Set<Integer> pausedByReader = new HashSet<>();
    private long assignments;
    private boolean revoking;

    AssignedPartitions(ReadTopic topic, PollThread thread) {
        this.topic = topic;
        this.thread = thread;
    }

    /** @return the number of the assignment, by partition */
    Map<Integer, Long> begin(Collection<TopicPartition> partitions) {
        Map<Integer, Long> coming = new HashMap<>();
        for (TopicPartition partition : partitions) {
            long assignment = ++assignments;
            numbers.put(partition.partition(), assignment);
            coming.put(partition.partition(), assignment);
            // The position is looked up, never guessed; until it is known nothing is fetched from this one.
            consumer().pause(List.of(partition));
            consumer().seek(partition, 0);
        }
        return coming;
    }

    void forget(int partition) {
        numbers.remove(partition);
        next.remove(partition);
        pausedByReader.remove(partition);
    }

    boolean contains(int partition) {
        return numbers.containsKey(partition);
    }

    /** Whether the partition is here, and has not gone and come again since it had this number. */
    boolean isSince(int partition, long assignment) {
        return Long.valueOf(assignment).equals(numbers.get(partition));
    }

    /** The number of the assignment, by partition, as it is now. */
    Map<Integer, Long> numbers() {
        return Map.copyOf(numbers);
    }

    List<TopicPartition> all() {
        List<TopicPartition> all = new ArrayList<>();
        numbers.keySet().forEach(partition -> all.add(topic.at(partition)));
        return all;
    }

    // ---- what is given back

    /** Whether some are being given back, inside of poll. */
    boolean isRevoking() {
        return revoking;
    }

    void revoking(boolean now) {
        revoking = now;
    }

    // ---- what is read

    void readFrom(int partition, long offset) {
        consumer().seek(topic.at(partition), offset);
        next.put(partition, offset);
        if (!pausedByReader.contains(partition)) {
            consumer().resume(List.of(topic.at(partition)));
        }
    }

    /** Goes on from an offset further on. */
    void skipTo(TopicPartition partition, long offset) {
        consumer().seek(partition, offset);
        next.put(partition.partition(), offset);
    }

    /** So that nothing resumes them. */
    void stopReading(Collection<TopicPartition> partitions) {
        consumer().pause(partitions);
        partitions.forEach(partition -> next.remove(partition.partition()));
    }

    boolean isAnyRead() {
        return !next.isEmpty();
    }

    /** Behind what was handed over last; null if nothing of it may be. */
    @Nullable
    Long next(int partition) {
        return next.get(partition);
    }

    void handedOver(int partition, long behind) {
        next.put(partition, behind);
    }

    /**
     * To behind what was handed over last. The consumer may be behind more than that: left alone, it would pass it over in
     * silence.
     */
    void goBack() {
        next.forEach((partition, from) -> {
            if (consumer().assignment().contains(topic.at(partition))) {
                consumer().seek(topic.at(partition), from);
            }
        });
    }

    /** As it was, with another consumer, which has these partitions too. */
    void goOn() {
        for (TopicPartition partition : all()) {
            Long from = next.get(partition.partition());
            if (from == null) {
                consumer().pause(List.of(partition));
            } else {
                consumer().seek(partition, from);
                if (pausedByReader.contains(partition.partition())) {
                    consumer().pause(List.of(partition));
                } else {
                    consumer().resume(List.of(partition));
                }
            }
        }
    }

    // ---- what is fetched

    /** As the handler wishes. */
    void pause(int partition) {
        if (numbers.containsKey(partition)) {
            pausedByReader.add(partition);
            consumer().pause(List.of(topic.at(partition)));
        }
    }

    /** As the handler wishes. */
    void resume(int partition) {
        pausedByReader.remove(partition);
        if (next.containsKey(partition)) {
            consumer().resume(List.of(topic.at(partition)));
        }
    }

    /** Has a poll bring nothing. */
    void pauseAll() {
        consumer().pause(consumer().assignment());
    }

    /** All but those that are paused for a reason of their own. */
    void resumeAll() {
        Set<TopicPartition> resumed = new HashSet<>(consumer().assignment());
        resumed.removeIf(partition ->
                !next.containsKey(partition.partition()) || pausedByReader.contains(partition.partition()));
        consumer().resume(resumed);
    }

    private Consumer<byte[], byte[]> consumer() {
        return thread.consumer();
    }
}
