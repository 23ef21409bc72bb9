/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.channel.kafka.ProcessOptions.GroupProtocol;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupMaxSizeReachedException;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Whether this reader is a member of the Broker's group. Confined to the poll thread, but for {@link #admitted()} and
 * {@link #over()}.
 *
 * <pre>
 *   ahead of the group ─dealt out─▶ in, or joining
 *
 *   join ──▶ joining ──dealt out──▶ in ──behind a stop──▶ in doubt ──asked──▶ in, or joining
 *               ▲  └──refused──┐    └──refused──┐             └──refused──┐
 *               │              ▼                ▼                         ▼
 *               └───a while────────────────── kept out ───────────────────┘
 * </pre>
 */
final class Membership {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** To take an identity back at once from the process that took it would only have that one take it again. */
    private static final Duration TRY_AGAIN_AFTER_FENCE = Duration.ofSeconds(30);

    /** Whatever else keeps this out of the group ends without a word. */
    private static final Duration TRY_AGAIN_AFTER_REFUSAL = Duration.ofSeconds(5);

    private final ReadTopic topic;
    private final Context context;
    private final PollThread thread;
    private final Liveness liveness;
    private final AssignedPartitions assigned;
    private final Commits commits;
    private final Rebalancing rebalancing;
    /** Makes one that has not been refused yet. */
    private final Supplier<? extends Consumer<byte[], byte[]>> consumers;

    private final Promise<Void> joined = Promise.promise();
    private final Promise<Void> dealtOut = Promise.promise();
    /** What {@link #admitted()} answers. */
    private volatile Future<Void> admitted;

    /** Until when to stay out of the group, by {@link System#nanoTime()}; null unless it has refused this member. */
    private @Nullable Long refusedUntil;

    /** Whether the present consumer has been told to be in. */
    private boolean subscribed;

    /** Until the group has let this in; null from then on, and where there was none. */
    private @Nullable ReadAhead ahead;

    private boolean begun;

    Membership(
            ReadTopic topic,
            Context context,
            PollThread thread,
            Liveness liveness,
            AssignedPartitions assigned,
            Commits commits,
            Rebalancing rebalancing,
            @Nullable ReadAhead ahead,
            Supplier<? extends Consumer<byte[], byte[]>> consumers) {
        this.topic = topic;
        this.context = context;
        this.thread = thread;
        this.liveness = liveness;
        this.assigned = assigned;
        this.commits = commits;
        this.rebalancing = rebalancing;
        this.ahead = ahead;
        this.consumers = consumers;
        if (ahead == null) {
            dealtOut.complete();
        }
        // One that nobody may join is told whether it is in, sooner or later; the others are as a rule.
        this.admitted = topic.sharing().alone() ? joined.future() : Future.succeededFuture();
    }

    /** As {@link dev.sluice.api.channel.LogReader#admitted} says. Any thread. */
    Future<Void> admitted() {
        return admitted;
    }

    /** Completes on the context when this reads nothing ahead of the group any more; fails with its end. Any thread. */
    Future<Void> dealtOut() {
        return dealtOut.future();
    }

    // ---- in

    /**
     * Asks to be let in, unless that has been done. What the group has given to this member before it was this reader's, is
     * this reader's from then on; the poll that follows tells whether that still holds.
     */
    void join() {
        if (ahead != null) {
            readAhead(ahead);
        }
        if (subscribed || ahead != null) {
            return;
        }
        thread.consumer().subscribe(List.of(topic.name()), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                dealtOut(partitions);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                rebalancing.revoked(partitions);
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                rebalancing.lost(partitions);
            }
        });
        takeOn(thread.consumer().assignment());
        subscribed = true;
        // Those that have waited for the group go before it may rebalance.
        commits.send();
    }

    private void readAhead(ReadAhead alone) {
        if (!begun) {
            begun = true;
            letIn();
            alone.begin();
        } else if (!alone.isAwaited()) {
            goOnAsMember(alone);
        }
    }

    /** Whether nothing more may be read before the group has let this in. */
    boolean isGroupAwaited() {
        return ahead != null && ahead.isAllHandedOver();
    }

    /** So many records are on their way to the handler. */
    void handedOver(int records) {
        if (ahead != null) {
            ahead.handedOver(records);
        }
    }

    /** The group has dealt out, or there is no member of it. If the first half of this fails, it is tried again. */
    private void goOnAsMember(ReadAhead alone) {
        if (alone.isGivenUp()) {
            rebalancing.loseAll();
        }
        Optional<EarlyMember.Joined> member = alone.end();
        if (member.isEmpty()) {
            rebalancing.loseAll();
        }
        Consumer<byte[], byte[]> next = member.isPresent() ? member.get().consumer() : consumers.get();
        Consumer<byte[], byte[]> before = thread.consumer();
        thread.use(next);
        ahead = null;
        commits.waitForGroup(false);
        context.runOnContext(turn -> dealtOut.tryComplete());
        if (member.isPresent()) {
            liveness.goOnFrom(member.get().polledNanos());
            if (alone.haveOthersCome()) {
                next.enforceRebalance("has all partitions, and there are others");
            }
        }
        close(before);
        ApiException refusal = alone.refusal();
        if (member.isEmpty() && refusal != null) {
            // To ask again at once would throw the other one out.
            throw refusal;
        }
    }

    /** Of what this has had ahead of the group, it keeps what the group has given it. */
    private void takeOn(Set<TopicPartition> given) {
        List<TopicPartition> gone = assigned.all();
        Set<TopicPartition> coming = new HashSet<>(given);
        coming.removeAll(gone);
        gone.removeAll(given);
        rebalancing.lost(gone);
        assigned.goOn();
        if (!coming.isEmpty()) {
            dealtOut(coming);
        }
    }

    /** Called at the end of every rebalance, so it also says that this is a member. */
    private void dealtOut(Collection<TopicPartition> partitions) {
        liveness.confirmed();
        letIn();
        rebalancing.assigned(partitions);
    }

    private void letIn() {
        admitted = Future.succeededFuture();
        context.runOnContext(turn -> joined.tryComplete());
    }

    // ---- in doubt

    /** Asks the coordinator, where there is doubt. */
    void makeSure() {
        if (ahead != null) {
            if (ahead.isOverdue() || liveness.isDoubtful()) {
                ahead.stop();
            }
            return;
        }
        if (!liveness.isDoubtful() || !assigned.isAnyRead()) {
            return;
        }
        // One of them may be newer than what is asked with below, and would be undone by it.
        commits.await();
        if (!commits.isAnyKnown()) {
            // Nothing that could be committed without saying something new: join again, which tells as well.
            joinAgain();
            return;
        }
        try {
            commits.repeat();
            liveness.confirmed();
        } catch (FencedInstanceIdException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("group", topic.group())
                    .addKeyValue("error", e.toString())
                    .log("could not make sure to be a member of the group; nothing is sent until it is");
        }
    }

    private void joinAgain() {
        if (topic.sharing().protocol() == GroupProtocol.CLASSIC) {
            thread.consumer().enforceRebalance("was stopped for longer than a session may be");
            return;
        }
        // By the newer protocol a member can't ask for that.
        rebalancing.loseAll();
        subscribed = false;
        thread.consumer().unsubscribe();
        join();
    }

    // ---- kept out

    /** Whether the group will not have this member, for now. By the newer protocol a client is of no use after that. */
    boolean isRefusal(ApiException failure) {
        return failure instanceof FencedInstanceIdException
                || failure instanceof UnreleasedInstanceIdException
                || failure instanceof InconsistentGroupProtocolException
                || (topic.sharing().protocol() == GroupProtocol.CONSUMER
                        && (failure instanceof GroupAuthorizationException
                                || failure instanceof GroupMaxSizeReachedException));
    }

    void refused(ApiException failure) {
        boolean fenced = failure instanceof FencedInstanceIdException;
        String why = why(failure);
        LoggingEventBuilder line =
                failure instanceof UnreleasedInstanceIdException || admitted.failed() ? LOG.atWarn() : LOG.atError();
        line.addKeyValue("group", topic.group())
                .addKeyValue("error", failure.getMessage())
                .log(why);
        ChannelException refusal = AppendFailure.unavailable(
                "topic " + topic.name() + ", group " + topic.group() + ": " + why + " (" + failure.getMessage() + ")",
                failure);
        admitted = Future.failedFuture(refusal);
        context.runOnContext(turn -> joined.tryFail(refusal));
        rebalancing.loseAll();
        refusedUntil = System.nanoTime() + (fenced ? TRY_AGAIN_AFTER_FENCE : TRY_AGAIN_AFTER_REFUSAL).toNanos();
        // Otherwise it would take what it has for granted.
        thread.consumer().unsubscribe();
    }

    private static String why(ApiException failure) {
        if (failure instanceof FencedInstanceIdException) {
            return "another process has joined with the --kafka-instance-id of this one, and reads in its place; give"
                    + " each process an id of its own, or a --data-dir that is no copy";
        }
        if (failure instanceof UnreleasedInstanceIdException) {
            return "the group still has a member with this --kafka-instance-id: this process before it was killed, until"
                    + " its session ends, or another one; trying again";
        }
        if (failure instanceof InconsistentGroupProtocolException) {
            return Sharing.WHY + "; trying again";
        }
        return "the group does not let this process in; trying again";
    }

    /** Whether this stays out of the group for now. If so, it has waited; when that is over, it may {@link #join} again. */
    boolean isKeptOut() {
        Long until = refusedUntil;
        if (until == null) {
            return false;
        }
        if (System.nanoTime() - until < 0) {
            thread.park(PollThread.POLL);
            return true;
        }
        Consumer<byte[], byte[]> refused = thread.consumer();
        thread.use(consumers.get());
        subscribed = false;
        refusedUntil = null;
        // The identity may be another's by now.
        close(refused);
        return false;
    }

    /** Without leaving the group. */
    private void close(Consumer<byte[], byte[]> before) {
        try {
            before.close(CloseOptions.timeout(PollThread.CALL)
                    .withGroupMembershipOperation(GroupMembershipOperation.REMAIN_IN_GROUP));
        } catch (KafkaException e) {
            LOG.atDebug()
                    .addKeyValue("group", topic.group())
                    .addKeyValue("error", e.toString())
                    .log("a client that is of no use any more did not close in order");
        }
    }

    // ---- out

    void leave() {
        if (ahead != null) {
            try {
                ahead.leave();
            } catch (KafkaException e) {
                leftWithoutAWord(e);
            }
        }
        try {
            thread.consumer()
                    .close(CloseOptions.timeout(PollThread.CALL)
                            .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
        } catch (KafkaException e) {
            leftWithoutAWord(e);
        }
    }

    private void leftWithoutAWord(KafkaException failure) {
        LOG.atWarn()
                .addKeyValue("group", topic.group())
                .addKeyValue("error", failure.toString())
                .log("left a consumer group without saying so; its partitions wait for the session to end");
    }

    /** Whoever still waits to be let in is not going to be. On the context. */
    void over() {
        ChannelException closed = new ChannelException(Kind.CLOSED, "the read of topic " + topic.name() + " is closed");
        joined.tryFail(closed);
        dealtOut.tryFail(closed);
    }
}
