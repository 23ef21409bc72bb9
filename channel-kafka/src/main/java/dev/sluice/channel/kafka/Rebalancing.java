/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;

/**
 * How partitions come to this reader and go from it, when the group is rebalanced or the reader begins one anew by itself.
 * Confined to the poll thread, mostly inside of poll; it has the context do its part by tasks.
 *
 * <pre>
 *   assigned    number it, pause it ─────────────▶ load its positions, and then have it held
 *   revoked     pause it, wait for the handler ──▶ end what is in flight, commit
 *               give it up     ◀── done, or late ──┘
 *   lost        give it up ──────────────────────▶ tell the handler
 * </pre>
 */
final class Rebalancing {

    /** The whole log counts. */
    private static final long NOT_CUT = Long.MAX_VALUE;

    /** Beyond what the handler is given, for what it does last to arrive. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final ReadTopic topic;
    private final Context context;
    private final Duration handOverTimeout;
    private final PollThread thread;
    private final Liveness liveness;
    private final AssignedPartitions assigned;
    private final Commits commits;
    private final HeldPartitions held;
    private final Loading loading;

    private final Set<Integer> toRestart = new HashSet<>();
    /** Whether there was a rebalance since they were counted. */
    private boolean maybeMorePartitions;
    /** Of the topic, as far as is known. */
    private volatile int partitions;

    /** @param handOverTimeout that the handler has to end what it does with a partition that goes */
    Rebalancing(
            ReadTopic topic,
            Context context,
            Duration handOverTimeout,
            PollThread thread,
            Liveness liveness,
            AssignedPartitions assigned,
            Commits commits,
            HeldPartitions held,
            Loading loading) {
        this.topic = topic;
        this.context = context;
        this.handOverTimeout = handOverTimeout;
        this.thread = thread;
        this.liveness = liveness;
        this.assigned = assigned;
        this.commits = commits;
        this.held = held;
        this.loading = loading;
        this.partitions = topic.topic().partitions();
    }

    /** How many the topic has, as far as is known. Any thread. */
    int partitions() {
        return partitions;
    }

    /** New partitions make every member join again, so this is soon enough. What the consumer knows already, mostly. */
    void countPartitions() {
        if (maybeMorePartitions) {
            partitions = Math.max(
                    partitions,
                    thread.consumer()
                            .partitionsFor(topic.name(), PollThread.CALL)
                            .size());
            maybeMorePartitions = false;
        }
    }

    // ---- a partition comes

    /** At the end of a rebalance. */
    void assigned(Collection<TopicPartition> coming) {
        maybeMorePartitions = true;
        begin(coming, NOT_CUT);
    }

    /** @param cut the log was cut off here, as far as is known; nothing that was read from there on counts */
    private void begin(Collection<TopicPartition> partitions, long cut) {
        Map<Integer, Long> coming = assigned.begin(partitions);
        if (!coming.isEmpty()) {
            context.runOnContext(turn -> loading.begin(coming, cut));
        }
    }

    /** Begins one anew, as {@link dev.sluice.api.channel.LogReader#restart} says. */
    void restart(int partition) {
        if (assigned.isRevoking()) {
            // It may be among those that go. If not, when they have gone.
            toRestart.add(partition);
        } else if (assigned.contains(partition)) {
            beginAnew(topic.at(partition), NOT_CUT);
        }
    }

    /** @param cut the log was cut off here; nothing that was read from there on counts */
    void beginAnew(TopicPartition partition, long cut) {
        lost(List.of(partition));
        begin(List.of(partition), cut);
    }

    // ---- a partition goes

    void revoked(Collection<TopicPartition> partitions) {
        List<TopicPartition> going = new ArrayList<>(partitions);
        AtomicInteger left = new AtomicInteger(going.size());
        thread.consumer().pause(going);
        for (TopicPartition partition : going) {
            context.runOnContext(turn -> {
                loading.forget(partition.partition());
                held.release(partition.partition(), handOverTimeout, () -> {
                    left.decrementAndGet();
                    thread.unpark();
                });
            });
        }
        long deadline = System.nanoTime() + handOverTimeout.plus(GRACE).toNanos();
        assigned.revoking(true);
        // This is inside poll, or inside close, and a wakeup would hit the commits below.
        boolean wakeups = thread.refuseWakeups();
        commits.await();
        while (left.get() > 0 && System.nanoTime() - deadline < 0 && !thread.isClosing()) {
            thread.runCommands();
            liveness.polled();
            thread.park(LOOK);
        }
        thread.runCommands();
        assigned.revoking(false);
        thread.takeWakeups(wakeups);
        going.forEach(partition -> forget(partition.partition()));
        toRestart.forEach(partition -> thread.command(() -> restart(partition)));
        toRestart.clear();
        context.runOnContext(turn -> going.forEach(partition -> held.released(partition.partition())));
    }

    void lost(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            forget(partition.partition());
            context.runOnContext(turn -> {
                loading.forget(partition.partition());
                held.lost(partition.partition());
            });
        }
    }

    void loseAll() {
        lost(assigned.all());
    }

    private void forget(int partition) {
        liveness.end(partition);
        assigned.forget(partition);
        commits.forget(partition);
    }
}
