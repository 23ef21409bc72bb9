/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commits of the group, from when they are asked for to the answer of the coordinator. Those that come between two polls
 * are one request; while partitions are given back, or the read ends, each is made at once. Confined to the poll thread;
 * who asked is told on the context.
 */
final class Commits {

    private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

    private record Commit(int partition, long assignment, OffsetAndMetadata offset, Promise<Void> done) {}

    private final ReadTopic topic;
    private final Context context;
    private final PollThread thread;
    private final AssignedPartitions assigned;

    /** What was committed last, or could be without saying anything new, of partitions that are here. */
    private final Map<Integer, OffsetAndMetadata> committed = new HashMap<>();
    /** For the next request; of a partition one at a time. */
    private final List<Commit> toCommit = new ArrayList<>();
    /** Whether there is no group yet that would take any. */
    private boolean waiting;

    Commits(ReadTopic topic, Context context, PollThread thread, AssignedPartitions assigned) {
        this.topic = topic;
        this.context = context;
        this.thread = thread;
        this.assigned = assigned;
    }

    /**
     * Asks for a commit.
     *
     * @param assignment the number of the assignment for which it is meant
     * @param done completes on the context; fails as {@link dev.sluice.api.channel.LogReader#commit} says
     */
    void ask(int partition, long assignment, OffsetAndMetadata offset, Promise<Void> done) {
        if (!assigned.isSince(partition, assignment)) {
            complete(done, topic.notAssigned(partition));
            return;
        }
        if (thread.isClosing() && waiting) {
            complete(done, topic.notAssigned(partition));
            return;
        }
        if (!assigned.isRevoking() && !thread.isClosing()) {
            toCommit.add(new Commit(partition, assignment, offset, done));
            return;
        }
        try {
            commitSync(Map.of(topic.at(partition), offset));
            // Or to repeat what was committed last would undo it. Of one that goes it is forgotten with it.
            committed.put(partition, offset);
            complete(done, null);
        } catch (KafkaException e) {
            complete(done, refusal(partition, e));
        }
    }

    /** None is sent until the group has let this in. */
    void waitForGroup(boolean wait) {
        waiting = wait;
    }

    /** All partitions whose commits came together in one request: that is what one costs, in the client and in the node. */
    void send() {
        if (toCommit.isEmpty() || waiting) {
            return;
        }
        List<Commit> commits = new ArrayList<>();
        for (Commit commit : toCommit) {
            if (assigned.isSince(commit.partition(), commit.assignment())) {
                commits.add(commit);
            } else {
                // It has gone while all waited.
                complete(commit.done(), topic.notAssigned(commit.partition()));
            }
        }
        toCommit.clear();
        if (commits.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        commits.forEach(commit -> offsets.put(topic.at(commit.partition()), commit.offset()));
        try {
            thread.consumer()
                    .commitAsync(offsets, (answered, failure) -> commits.forEach(commit -> answered(commit, failure)));
        } catch (RuntimeException e) {
            // Nobody would wait for the next commit else, and there would be none.
            commits.forEach(commit -> answered(commit, e));
            throw e;
        }
    }

    /** The read ends: what was asked for and not sent is now or never. */
    void end() {
        List<Commit> last = List.copyOf(toCommit);
        toCommit.clear();
        last.forEach(commit -> ask(commit.partition(), commit.assignment(), commit.offset(), commit.done()));
    }

    private void answered(Commit commit, @Nullable Exception failure) {
        if (failure == null && assigned.isSince(commit.partition(), commit.assignment())) {
            committed.put(commit.partition(), commit.offset());
        }
        complete(commit.done(), failure == null ? null : refusal(commit.partition(), failure));
    }

    /**
     * Hears what became of the commits that are under way. Nothing but a poll tells, and inside of one nothing does: the last
     * commit of a partition, which waits for the one before it, would be too late.
     */
    void await() {
        if (thread.isClosing()) {
            // Then the consumer does so itself, and nobody waits for a last commit.
            return;
        }
        try {
            // Of none: Kafka's client answers when all that were begun before have been.
            commitSync(Map.of());
        } catch (KafkaException e) {
            // Who asked for them is told by the next poll; those that follow wait for that.
            LOG.atDebug()
                    .addKeyValue("group", topic.group())
                    .addKeyValue("error", e.toString())
                    .log("commits that are under way have not been answered yet");
        }
    }

    /** The partition was found with this committed, or with what says the same. */
    void found(int partition, OffsetAndMetadata offset) {
        committed.put(partition, offset);
    }

    void forget(int partition) {
        committed.remove(partition);
    }

    /** Whether there is one that could be {@linkplain #repeat repeated}. */
    boolean isAnyKnown() {
        return !committed.isEmpty();
    }

    /**
     * Commits once more what was committed last of some partition. The coordinator refuses it unless this is a member of the
     * present generation. It says nothing new.
     *
     * @throws KafkaException if it is refused, or can't be asked
     */
    void repeat() {
        Map.Entry<Integer, OffsetAndMetadata> any =
                committed.entrySet().iterator().next();
        commitSync(Map.of(topic.at(any.getKey()), any.getValue()));
    }

    private void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            thread.consumer().commitSync(offsets, PollThread.CALL);
        } catch (WakeupException e) {
            // Of a command that came when this was still polling. There is one at most.
            thread.consumer().commitSync(offsets, PollThread.CALL);
        }
    }

    private ChannelException refusal(int partition, Exception failure) {
        // In the middle of a rebalance nothing can be committed but what is given back; a moment later it can.
        if (failure instanceof RetriableException
                || failure instanceof RebalanceInProgressException
                || failure instanceof WakeupException) {
            return AppendFailure.unavailable(
                    "partition " + partition + " of topic " + topic.name() + " could not be committed: "
                            + failure.getMessage(),
                    failure);
        }
        return new ChannelException(
                Kind.NOT_ASSIGNED,
                "partition " + partition + " of topic " + topic.name() + " is not this reader's any more: "
                        + failure.getMessage());
    }

    private void complete(Promise<Void> promise, @Nullable ChannelException failure) {
        context.runOnContext(turn -> {
            if (failure == null) {
                promise.tryComplete();
            } else {
                promise.tryFail(failure);
            }
        });
    }
}
