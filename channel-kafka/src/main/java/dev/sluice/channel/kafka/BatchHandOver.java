/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.LogBatch;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Polls, and takes what came to the handler. One hand-over is under way at a time: meanwhile the consumer's own buffer fills,
 * and that bounds memory. Nothing counts as handed over before it is on its way. Confined to the poll thread.
 */
final class BatchHandOver {

    /** A context that takes longer for a hand-over must not make this a member that does not poll. */
    private static final Duration SLOW = Duration.ofSeconds(1);

    private static final Duration POLL_WHILE_SLOW = Duration.ofMillis(100);

    /** Batches on their way to the handler. */
    private static final class HandOver {
        private final long sinceNanos = System.nanoTime();
        /** Written on the context. */
        private volatile boolean done;
    }

    private final Context context;
    private final PollThread thread;
    private final AssignedPartitions assigned;
    private final HeldPartitions held;

    private final Decoding decoding = new Decoding();
    private @Nullable HandOver last;
    /** The consumer may be behind records that were not handed over. */
    private boolean isAhead;

    BatchHandOver(Context context, PollThread thread, AssignedPartitions assigned, HeldPartitions held) {
        this.context = context;
        this.thread = thread;
        this.assigned = assigned;
        this.held = held;
    }

    /** Something has failed, perhaps with records that nobody has seen. */
    void mayBeAhead() {
        isAhead = true;
    }

    void goBackIfAhead() {
        if (isAhead) {
            assigned.goBack();
            isAhead = false;
        }
    }

    /** Waits for the hand-over that is under way. False if there is none; then nothing was waited for. */
    boolean await() {
        HandOver waiting = last;
        if (waiting == null || waiting.done) {
            return false;
        }
        if (System.nanoTime() - waiting.sinceNanos < SLOW.toNanos()) {
            thread.park(PollThread.POLL);
        } else {
            // The context is busy for long.
            pollForNothing();
        }
        return true;
    }

    /** To stay a member, this has to poll, and must get nothing by it. */
    void pollForNothing() {
        assigned.pauseAll();
        try {
            handOver(thread.poll(POLL_WHILE_SLOW));
        } finally {
            // A command wakes the poll up, which throws; what stayed paused then would stay so for good.
            assigned.resumeAll();
        }
    }

    /** @return how many records have come and are on their way to the handler */
    int poll() {
        return handOver(thread.poll(PollThread.POLL));
    }

    private int handOver(ConsumerRecords<byte[], byte[]> records) {
        List<LogBatch> batches;
        try {
            batches = batchesOf(records);
        } catch (KafkaException e) {
            // By the newer protocol the lag is asked of another thread, which may fail. The consumer is behind these
            // already.
            isAhead = true;
            throw e;
        }
        if (batches.isEmpty()) {
            return 0;
        }
        Map<Integer, Long> assignments = assigned.numbers();
        HandOver waiting = new HandOver();
        context.runOnContext(turn -> {
            try {
                held.read(batches, assignments);
            } finally {
                waiting.done = true;
                thread.unpark();
            }
        });
        // Only now, for what could not be handed over is read again.
        last = waiting;
        batches.forEach(batch -> assigned.handedOver(batch.partition(), batch.next()));
        return batches.stream().mapToInt(batch -> batch.records().size()).sum();
    }

    private List<LogBatch> batchesOf(ConsumerRecords<byte[], byte[]> records) {
        List<LogBatch> batches = new ArrayList<>();
        records.nextOffsets().forEach((partition, position) -> {
            Long from = assigned.next(partition.partition());
            if (from == null || position.offset() <= from) {
                return;
            }
            // Below zero while events are appended: a node looks for the end of the log before it reads up to there.
            long lag = Math.max(0, thread.consumer().currentLag(partition).orElse(0));
            batches.add(new LogBatch(
                    partition.partition(),
                    from,
                    position.offset(),
                    position.offset() + lag,
                    decoding.decode(records.records(partition))));
        });
        return batches;
    }
}
