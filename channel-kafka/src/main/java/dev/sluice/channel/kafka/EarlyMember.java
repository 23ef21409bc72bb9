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
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a Broker's group that does not read yet. Kafka has the first who comes into an empty group wait for others, 3 s by
 * its default. So a process joins before it knows what to do with partitions, and finds that out beside the wait. Whoever
 * reads then {@linkplain #handOver takes the membership over}, with the partitions that have been dealt out, or, with a
 * {@link Claim}, begins {@linkplain #accompany beside it} and takes it over when that has been done.
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
        /** Its reader has begun without it. */
        ACCOMPANIED,
        TAKEN,
        GIVEN_UP
    }

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Claim claim;
    private final Duration patience;
    private final Duration longestGap;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final Promise<Boolean> alone = Promise.promise();
    private final Promise<Optional<Joined>> ended = Promise.promise();
    private final Thread thread;

    // Written by the thread.
    private volatile long polledNanos = System.nanoTime();
    private volatile boolean letIn;
    /** Why the group does not have it; null unless that is so. */
    private volatile @Nullable ApiException refusal;

    private EarlyMember(
            Consumer<byte[], byte[]> consumer, String topic, Claim claim, Duration patience, Duration longestGap) {
        this.consumer = consumer;
        this.topic = topic;
        this.claim = claim;
        this.patience = patience;
        this.longestGap = longestGap;
        this.thread = new Thread(this::run, "sluice-kafka-join-" + topic);
        this.thread.setDaemon(true);
    }

    /**
     * Joins the group of a consumer that nobody else uses.
     *
     * @param claim that the assignor of the consumer settles
     * @param patience after which it leaves, if nobody has come for it: others could read meanwhile
     * @param longestGap between two polls, behind which the group may have gone on without it
     */
    static EarlyMember start(
            Consumer<byte[], byte[]> consumer, String topic, Claim claim, Duration patience, Duration longestGap) {
        EarlyMember member = new EarlyMember(consumer, topic, claim, patience, longestGap);
        member.thread.start();
        return member;
    }

    // ---- before partitions are dealt out

    /** It is known whether it was the first to come into an empty group. */
    void foundAlone(boolean found) {
        alone.tryComplete(found);
    }

    /** Whether it was the first to come into an empty group, as far as it matters; never fails. */
    Future<Boolean> alone() {
        return alone.future();
    }

    /**
     * Of one that was first: makes its claim, since its reader begins without it. From then on it waits for as long as the group
     * does. False if partitions have been dealt out, or it has ended.
     */
    boolean accompany() {
        return claim.make() && state.compareAndSet(State.WAITING, State.ACCOMPANIED);
    }

    /** Whether the group has yet to deal partitions out. */
    boolean isAwaited() {
        return !letIn && !isGivenUp();
    }

    /** Whether it leaves, or has left, the group. */
    boolean isGivenUp() {
        return state.get() == State.GIVEN_UP;
    }

    /** Why the group has thrown it out; null if it has not. */
    @Nullable
    ApiException refusal() {
        return refusal;
    }

    /** Whether there are members that have got nothing since all is this one's. */
    boolean haveOthersCome() {
        return claim.othersCame();
    }

    /** When it was polled last, by {@link System#nanoTime()}. */
    long polledNanos() {
        return polledNanos;
    }

    // ---- its end

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
        if (state.compareAndSet(State.WAITING, as) || state.compareAndSet(State.ACCOMPANIED, as)) {
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
                refusal = (ApiException) e;
            }
            LOG.atDebug()
                    .addKeyValue("topic", topic)
                    .addKeyValue("error", e.toString())
                    .log("a group could not be joined before its time");
        } catch (RuntimeException | Error e) {
            // Of our own making, or for want of memory. Nothing depends on this.
            LOG.atError().setCause(e).addKeyValue("topic", topic).log("joining a group before its time failed");
        } finally {
            giveUp();
            foundAlone(false);
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
        while (state.get() == State.WAITING || state.get() == State.ACCOMPANIED) {
            try {
                consumer.poll(POLL);
            } catch (WakeupException e) {
                // Somebody has come.
            }
            long now = System.nanoTime();
            if (now - polledNanos > longestGap.toNanos()) {
                // Whoever has come meanwhile is told when it was polled before that.
                giveUp();
            } else {
                polledNanos = now;
                if (letIn) {
                    // What others are to have of it is given back in order by the reader alone.
                    state.compareAndSet(State.ACCOMPANIED, State.TAKEN);
                }
                if (now - begun > patience.toNanos()) {
                    state.compareAndSet(State.WAITING, State.GIVEN_UP);
                }
            }
        }
        if (state.get() == State.TAKEN) {
            return Optional.of(new Joined(consumer, polledNanos));
        }
        awaitLetIn();
        return Optional.empty();
    }

    private void giveUp() {
        if (!state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
            state.compareAndSet(State.ACCOMPANIED, State.GIVEN_UP);
        }
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
            claim.over();
            letIn = true;
            // Whoever still waits to know that can do better now.
            foundAlone(false);
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
