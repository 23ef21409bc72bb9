/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.channel.kafka.ProcessOptions.GroupProtocol;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a commit that was asked for, whatever the group does meanwhile. */
class CommitsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Topic TOPIC = new Topic("orders", Uuid.randomUuid(), 2, 1000);
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);

    private final Requests consumer = new Requests();
    private final Vertx vertx = Vertx.vertx();
    private final PollThread thread = new PollThread("test", consumer, new Liveness(System.nanoTime()));
    private final ReadTopic topic = new ReadTopic(
            TOPIC,
            new Tenant(TOPIC.id(), "group", false),
            new Sharing("uid", Optional.empty(), false, GroupProtocol.CLASSIC));
    private final AssignedPartitions assigned = new AssignedPartitions(topic, thread);
    private final Commits commits = new Commits(topic, vertx.getOrCreateContext(), thread, assigned);
    private Map<Integer, Long> numbers = Map.of();

    @BeforeEach
    void deal() {
        consumer.assign(List.of(FIRST, SECOND));
        numbers = assigned.begin(List.of(FIRST, SECOND));
    }

    @AfterEach
    void close() {
        await().atMost(PATIENCE).until(vertx.close()::isComplete);
    }

    @Test
    void what_is_asked_for_between_two_polls_is_one_request_and_done_with_its_answer() {
        // Given
        Future<Void> first = ask(0, 5);
        Future<Void> second = ask(1, 6);

        // When
        commits.send();
        commits.send();

        // Then
        assertThat(consumer.asynchronous).containsExactly(Map.of(FIRST, at(5), SECOND, at(6)));
        assertThat(first.isComplete()).isFalse();
        assertThat(commits.isAnyKnown()).isFalse();

        // When
        consumer.answer();

        // Then
        await().atMost(PATIENCE).until(() -> first.succeeded() && second.succeeded());
        assertThat(commits.isAnyKnown()).isTrue();
    }

    @Test
    void commits_wait_for_the_group_but_those_of_partitions_that_go_meanwhile() {
        // Given
        commits.waitForGroup(true);
        Future<Void> first = ask(0, 5);
        Future<Void> second = ask(1, 6);
        commits.send();
        assertThat(consumer.asynchronous).isEmpty();

        // When
        assigned.forget(0);
        commits.forget(0);
        commits.waitForGroup(false);
        commits.send();
        consumer.answer();

        // Then
        assertThat(consumer.asynchronous).containsExactly(Map.of(SECOND, at(6)));
        await().atMost(PATIENCE).until(second::succeeded);
        await().atMost(PATIENCE).until(first::failed);
        assertThat(kindOf(first)).isEqualTo(Kind.NOT_ASSIGNED);
    }

    @Test
    void commits_that_wait_are_answered_when_the_read_ends() {
        // Given
        Future<Void> sent = ask(0, 5);
        thread.close();

        // When
        commits.end();

        // Then
        await().atMost(PATIENCE).until(sent::isComplete);

        // Given: there is no group that would take one
        commits.waitForGroup(true);

        // When
        Future<Void> late = ask(1, 6);

        // Then
        await().atMost(PATIENCE).until(late::failed);
        assertThat(kindOf(late)).isEqualTo(Kind.NOT_ASSIGNED);
    }

    @Test
    void a_commit_for_an_earlier_assignment_of_its_partition_is_refused() {
        // Given
        long before = numbers.get(0);
        assigned.forget(0);
        assigned.begin(List.of(FIRST));
        Promise<Void> late = Promise.promise();

        // When
        commits.ask(0, before, at(5), late);
        commits.send();

        // Then
        await().atMost(PATIENCE).until(late.future()::failed);
        assertThat(kindOf(late.future())).isEqualTo(Kind.NOT_ASSIGNED);
        assertThat(consumer.asynchronous).isEmpty();
    }

    @Test
    void an_answer_that_comes_when_the_partition_has_gone_is_not_what_membership_is_asked_with() {
        // Given
        Future<Void> first = ask(0, 5);
        commits.send();

        // When
        assigned.forget(0);
        commits.forget(0);
        consumer.answer();

        // Then
        await().atMost(PATIENCE).until(first::succeeded);
        assertThat(commits.isAnyKnown()).isFalse();
    }

    @Test
    void while_partitions_are_given_back_a_commit_is_made_at_once_and_a_late_wakeup_costs_nothing() {
        // Given
        assigned.revoking(true);
        consumer.failures.add(new WakeupException());

        // When
        Future<Void> last = ask(0, 5);

        // Then
        assertThat(consumer.synchronous).containsExactly(Map.of(FIRST, at(5)));
        assertThat(consumer.asynchronous).isEmpty();
        await().atMost(PATIENCE).until(last::succeeded);
    }

    @Test
    void what_was_committed_while_partitions_were_given_back_is_what_membership_is_asked_with() {
        // Given
        Future<Void> before = ask(0, 5);
        commits.send();
        consumer.answer();
        await().atMost(PATIENCE).until(before::succeeded);
        assigned.revoking(true);
        Future<Void> during = ask(0, 7);
        await().atMost(PATIENCE).until(during::succeeded);
        assigned.revoking(false);

        // When
        commits.repeat();

        // Then
        assertThat(consumer.synchronous).containsExactly(Map.of(FIRST, at(7)), Map.of(FIRST, at(7)));
    }

    @Test
    void a_commit_that_a_rebalance_forbids_may_work_another_time_and_one_of_no_member_may_not() {
        // Given
        assigned.revoking(true);
        consumer.failures.add(new RebalanceInProgressException());
        consumer.failures.add(new CommitFailedException());

        // When
        Future<Void> first = ask(0, 5);
        Future<Void> second = ask(1, 6);

        // Then
        await().atMost(PATIENCE).until(() -> first.failed() && second.failed());
        assertThat(kindOf(first)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kindOf(second)).isEqualTo(Kind.NOT_ASSIGNED);
    }

    @Test
    void everyone_hears_of_a_request_that_could_not_be_begun() {
        // Given
        Future<Void> first = ask(0, 5);
        Future<Void> second = ask(1, 6);
        consumer.failures.add(new IllegalStateException("told to fail"));

        // When
        assertThatThrownBy(commits::send).hasMessage("told to fail");

        // Then: or nobody would ask for the next one
        await().atMost(PATIENCE).until(() -> first.failed() && second.failed());
    }

    @Test
    void membership_is_asked_with_what_was_committed_last() {
        // Given
        commits.found(0, at(5));
        Future<Void> last = ask(0, 7);
        commits.send();
        consumer.answer();
        await().atMost(PATIENCE).until(last::succeeded);

        // When
        commits.repeat();

        // Then
        assertThat(consumer.synchronous).containsExactly(Map.of(FIRST, at(7)));
    }

    private Future<Void> ask(int partition, long offset) {
        Promise<Void> done = Promise.promise();
        commits.ask(partition, numbers.get(partition), at(offset), done);
        return done.future();
    }

    private static OffsetAndMetadata at(long offset) {
        return new OffsetAndMetadata(offset, "positions");
    }

    private static Kind kindOf(Future<Void> refused) {
        return ((ChannelException) refused.cause()).kind();
    }

    /** Notes what is committed, fails where it is told to, and answers later. */
    private static final class Requests extends MockConsumer<byte[], byte[]> {

        private final List<Map<TopicPartition, OffsetAndMetadata>> synchronous = new ArrayList<>();
        private final List<Map<TopicPartition, OffsetAndMetadata>> asynchronous = new ArrayList<>();
        private final List<OffsetCommitCallback> callbacks = new ArrayList<>();
        private final Deque<RuntimeException> failures = new ArrayDeque<>();

        Requests() {
            super("none");
        }

        @Override
        public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
            failIfTold();
            synchronous.add(offsets);
        }

        @Override
        public synchronized void commitAsync(
                Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
            failIfTold();
            asynchronous.add(offsets);
            callbacks.add(callback);
        }

        private void failIfTold() {
            RuntimeException failure = failures.poll();
            if (failure != null) {
                throw failure;
            }
        }

        private void answer() {
            callbacks.forEach(callback -> callback.onComplete(Map.of(), null));
        }
    }
}
