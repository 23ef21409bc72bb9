/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The read of a {@link Claim}: of all partitions, by a consumer that is in no group, beside the member of the group that waits
 * for them to be dealt out. Nothing is committed meanwhile, since the group would not take it. Confined to the poll thread.
 */
final class ReadAhead {

    /**
     * So many events, and those of one poll, are handed over before the group has dealt partitions out: all of them come again if
     * the process is killed before that, and one that is killed over and over would deliver ever more of them.
     */
    private static final int MOST_EVENTS = 1_000;

    /**
     * A group waits for 3 s by default, and again whenever another one has come. Who does not hear from the coordinator for so long may be
     * a member no more, and others read.
     */
    private static final Duration OVERDUE = Duration.ofSeconds(30);

    /** For a member to leave, which it can't before it has been let in. */
    private static final Duration LEAVE = Duration.ofSeconds(10);

    private final ReadTopic topic;
    private final EarlyMember member;
    private final PollThread thread;
    private final Commits commits;
    private final Rebalancing rebalancing;
    private long begunNanos;
    private int events;

    ReadAhead(ReadTopic topic, EarlyMember member, PollThread thread, Commits commits, Rebalancing rebalancing) {
        this.topic = topic;
        this.member = member;
        this.thread = thread;
        this.commits = commits;
        this.rebalancing = rebalancing;
    }

    /** Has partitions come, as if they had been dealt out. */
    void begin() {
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < topic.topic().partitions(); partition++) {
            all.add(topic.at(partition));
        }
        begunNanos = System.nanoTime();
        commits.waitForGroup(true);
        thread.consumer().assign(all);
        rebalancing.assigned(all);
        // Else the poll that is under way would have to end first.
        member.ended().onComplete(ended -> thread.command(() -> {}));
    }

    void handedOver(int more) {
        events += more;
    }

    /** Whether what is left waits for the group. */
    boolean isAllHandedOver() {
        return events >= MOST_EVENTS;
    }

    /** Behind a stop of the process there may be others who read; what the group deals out counts from now on. */
    void stop() {
        rebalancing.loseAll();
        thread.consumer().pause(thread.consumer().assignment());
    }

    boolean isOverdue() {
        return System.nanoTime() - begunNanos > OVERDUE.toNanos();
    }

    /** Whether the member leaves, or has left, the group, so that others may read at once. */
    boolean isGivenUp() {
        return member.isGivenUp();
    }

    /** Whether the group has yet to say whose the partitions are. */
    boolean isAwaited() {
        return member.isAwaited();
    }

    /**
     * Has the member end; may be asked again.
     *
     * @return the member, with what it was given; empty if there is none
     */
    Optional<EarlyMember.Joined> end() {
        return within(PollThread.CALL, member.handOver());
    }

    /** Why the group has thrown the member out; null if it has not. */
    @Nullable
    ApiException refusal() {
        return member.refusal();
    }

    /** Whether partitions have to be dealt out once more, since all are this member's. */
    boolean haveOthersCome() {
        return member.haveOthersCome();
    }

    /** Has the member leave the group. */
    void leave() {
        within(LEAVE, member.leave());
        // If it ended before it was told to leave, it is here.
        end().ifPresent(joined -> joined.consumer()
                .close(CloseOptions.timeout(PollThread.CALL)
                        .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP)));
    }

    private <T> T within(Duration patience, Future<T> answer) {
        try {
            return answer.toCompletionStage().toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException(
                    "the member of group " + topic.group() + " has not ended within " + patience.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
