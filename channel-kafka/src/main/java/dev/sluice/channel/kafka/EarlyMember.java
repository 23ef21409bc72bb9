/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a Broker's group that does not read yet. Kafka has the first who comes into an empty group wait for others, 3 s by
 * its default. So a process joins before it knows what to do with partitions, and finds that out beside the wait. Whoever
 * reads then {@linkplain #handOver takes the membership over}, with the partitions that have been dealt out.
 *
 * <p>The consumer is this one's thread's until that is done with it. Safe for any thread.
 */
final class EarlyMember {

    private static final Logger LOG = LoggerFactory.getLogger(EarlyMember.class);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration CLOSE = Duration.ofSeconds(3);

    /** What a group has its first member wait, by Kafka's default, and a little more. */
    private static final Duration LET_IN = Duration.ofSeconds(4);

    /**
     * What a reader goes on with.
     *
     * @param consumer is subscribed, and may have been given partitions, which are paused
     * @param polledNanos when it was polled last, by {@link System#nanoTime()}
     */
    record Joined(Consumer<byte[], byte[]> consumer, long polledNanos) {}

    private enum State {
        WAITING,
        TAKEN,
        GIVEN_UP
    }

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Duration patience;
    private final Duration longestGap;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final Promise<Optional<Joined>> ended = Promise.promise();
    private final Thread thread;

    private EarlyMember(Consumer<byte[], byte[]> consumer, String topic, Duration patience, Duration longestGap) {
        this.consumer = consumer;
        this.topic = topic;
        this.patience = patience;
        this.longestGap = longestGap;
        this.thread = new Thread(this::run, "sluice-kafka-join-" + topic);
        this.thread.setDaemon(true);
    }

    /**
     * Joins the group of a consumer that nobody else uses.
     *
     * @param patience after which it leaves, if nobody has come for it: others could read meanwhile
     * @param longestGap between two polls, behind which the group may have gone on without it
     */
    static EarlyMember start(Consumer<byte[], byte[]> consumer, String topic, Duration patience, Duration longestGap) {
        EarlyMember member = new EarlyMember(consumer, topic, patience, longestGap);
        member.thread.start();
        return member;
    }

    /** Ends this, and leaves the membership to whoever asks. Empty if it was given up; then the consumer is closed. */
    Future<Optional<Joined>> handOver() {
        return end(State.TAKEN);
    }

    /** Leaves the group, unless the membership has been handed over. Completes when that is done; never fails. */
    Future<Void> leave() {
        return end(State.GIVEN_UP).mapEmpty();
    }

    /** Completes when this is over, however it ended; never fails. */
    Future<Void> ended() {
        return ended.future().mapEmpty();
    }

    private Future<Optional<Joined>> end(State as) {
        if (state.compareAndSet(State.WAITING, as)) {
            consumer.wakeup();
        }
        return ended.future();
    }

    private void run() {
        Optional<Joined> joined = Optional.empty();
        GroupMembershipOperation left = GroupMembershipOperation.LEAVE_GROUP;
        try {
            joined = await();
        } catch (KafkaException e) {
            // Whoever reads meets the same, and says it.
            if (e instanceof FencedInstanceIdException || e instanceof UnreleasedInstanceIdException) {
                // The identity is another's.
                left = GroupMembershipOperation.REMAIN_IN_GROUP;
            }
            LOG.atDebug()
                    .addKeyValue("topic", topic)
                    .addKeyValue("error", e.toString())
                    .log("a group could not be joined before its time");
        } catch (RuntimeException | Error e) {
            // Of our own making, or for want of memory. Nothing depends on this.
            LOG.atError().setCause(e).addKeyValue("topic", topic).log("joining a group before its time failed");
        } finally {
            state.compareAndSet(State.WAITING, State.GIVEN_UP);
            try {
                if (joined.isEmpty()) {
                    close(left);
                }
            } finally {
                ended.complete(joined);
            }
        }
    }

    private Optional<Joined> await() {
        consumer.subscribe(List.of(topic), new Idle());
        long begun = System.nanoTime();
        long polled = begun;
        while (state.get() == State.WAITING) {
            try {
                consumer.poll(POLL);
            } catch (WakeupException e) {
                // Somebody has come.
            }
            long now = System.nanoTime();
            if (now - polled > longestGap.toNanos() || now - begun > patience.toNanos()) {
                state.compareAndSet(State.WAITING, State.GIVEN_UP);
            }
            polled = now;
        }
        if (state.get() == State.TAKEN) {
            return Optional.of(new Joined(consumer, polled));
        }
        awaitLetIn();
        return Optional.empty();
    }

    /** Before it has been let in, Kafka's client leaves without a word, and the group would wait for a session's end. */
    private void awaitLetIn() {
        long begun = System.nanoTime();
        while (consumer.groupMetadata().memberId().isEmpty() && System.nanoTime() - begun < LET_IN.toNanos()) {
            try {
                consumer.poll(POLL);
            } catch (WakeupException e) {
                // Of whoever has it leave.
            }
        }
    }

    /** Nothing is fetched before it is known from where. */
    private final class Idle implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            consumer.pause(partitions);
            // Else the consumer would look for a position by itself.
            partitions.forEach(partition -> consumer.seek(partition, 0));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // Nothing has been done with them.
        }
    }

    private void close(GroupMembershipOperation operation) {
        try {
            consumer.close(CloseOptions.timeout(CLOSE).withGroupMembershipOperation(operation));
        } catch (KafkaException e) {
            LOG.atDebug()
                    .addKeyValue("topic", topic)
                    .addKeyValue("error", e.toString())
                    .log(
                            "a member that was of no use did not close in order; the group misses it when its session ends");
        }
    }
}
