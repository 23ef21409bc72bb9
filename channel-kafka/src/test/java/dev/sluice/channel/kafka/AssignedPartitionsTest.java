/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.channel.kafka.ProcessOptions.GroupProtocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is fetched of a partition, and from where, whatever comes in between. */
class AssignedPartitionsTest {

    private static final Topic TOPIC = new Topic("orders", Uuid.randomUuid(), 2, 1000);
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final AssignedPartitions assigned = new AssignedPartitions(
            new ReadTopic(
                    TOPIC,
                    new Tenant(TOPIC.id(), "group", false),
                    new Sharing("uid", Optional.empty(), false, GroupProtocol.CLASSIC)),
            new PollThread("test", consumer, new Liveness(System.nanoTime())));

    @BeforeEach
    void deal() {
        consumer.assign(List.of(FIRST, SECOND));
    }

    @Test
    void nothing_is_fetched_before_its_position_is_known() {
        // Given
        assigned.begin(List.of(FIRST, SECOND));

        // When: what a handler may say early
        assigned.resume(0);

        // Then
        assertThat(consumer.paused()).containsExactlyInAnyOrder(FIRST, SECOND);
        assertThat(assigned.next(0)).isNull();

        // When
        assigned.readFrom(0, 7);

        // Then
        assertThat(consumer.paused()).containsExactly(SECOND);
        assertThat(consumer.position(FIRST)).isEqualTo(7);
        assertThat(assigned.next(0)).isEqualTo(7);
    }

    @Test
    void what_the_handler_has_paused_before_its_position_is_known_stays_paused_until_it_resumes() {
        // Given
        assigned.begin(List.of(FIRST));
        assigned.pause(0);

        // When
        assigned.readFrom(0, 7);

        // Then
        assertThat(consumer.paused()).containsExactly(FIRST);

        // When
        assigned.resume(0);

        // Then
        assertThat(consumer.paused()).isEmpty();
    }

    @Test
    void behind_a_poll_for_nothing_only_what_is_read_and_not_paused_goes_on() {
        // Given: one that is read, and one that is not yet
        assigned.begin(List.of(FIRST, SECOND));
        assigned.readFrom(0, 7);

        // When
        assigned.pauseAll();

        // Then
        assertThat(consumer.paused()).containsExactlyInAnyOrder(FIRST, SECOND);

        // When
        assigned.resumeAll();

        // Then
        assertThat(consumer.paused()).containsExactly(SECOND);

        // When
        assigned.pause(0);
        assigned.pauseAll();
        assigned.resumeAll();

        // Then
        assertThat(consumer.paused()).containsExactlyInAnyOrder(FIRST, SECOND);
    }

    @Test
    void a_consumer_that_is_ahead_goes_back_behind_what_was_handed_over() {
        // Given
        assigned.begin(List.of(FIRST, SECOND));
        assigned.readFrom(0, 7);
        assigned.readFrom(1, 3);
        assigned.handedOver(0, 9);
        consumer.seek(FIRST, 20);
        consumer.seek(SECOND, 20);

        // When
        assigned.goBack();

        // Then
        assertThat(consumer.position(FIRST)).isEqualTo(9);
        assertThat(consumer.position(SECOND)).isEqualTo(3);
    }

    @Test
    void what_is_not_to_be_read_any_more_is_resumed_by_nothing() {
        // Given
        assigned.begin(List.of(FIRST));
        assigned.readFrom(0, 7);

        // When
        assigned.stopReading(List.of(FIRST));
        assigned.resume(0);
        assigned.resumeAll();

        // Then
        assertThat(consumer.paused()).containsExactly(FIRST);
        assertThat(assigned.isAnyRead()).isFalse();
    }

    @Test
    void a_partition_that_went_and_came_again_is_another_assignment_of_which_nothing_is_known() {
        // Given
        long before = assigned.begin(List.of(FIRST)).get(0);
        assigned.readFrom(0, 7);
        assigned.pause(0);

        // When
        assigned.forget(0);

        // Then
        assertThat(assigned.contains(0)).isFalse();
        assertThat(assigned.isSince(0, before)).isFalse();

        // When
        Map<Integer, Long> now = assigned.begin(List.of(FIRST));

        // Then
        assertThat(assigned.isSince(0, before)).isFalse();
        assertThat(assigned.isSince(0, now.get(0))).isTrue();
        assertThat(assigned.next(0)).isNull();

        // When: it is not paused by the handler any more
        assigned.readFrom(0, 9);

        // Then
        assertThat(consumer.paused()).isEmpty();
    }
}
