/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.source.kafka.Lane.Entry;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class LaneTest {

    private static final CloudEvent EVENT = CloudEventBuilder.v1()
            .withId("1")
            .withType("t")
            .withSource(URI.create("/s"))
            .build();

    private final Lane lane = new Lane(new TopicPartition("orders", 0));

    private Entry begin(long offset) {
        List<Entry> entries = List.of(new Entry(offset, EVENT, 100));
        lane.polled(offset + 1);
        lane.handed(entries);
        lane.add(entries);
        return lane.begin();
    }

    private void takeAndSettle(long offset) {
        Entry begun = begin(offset);
        lane.ended();
        lane.settle(begun);
    }

    @Test
    void it_is_clear_when_everything_that_was_polled_is_settled() {
        // When
        takeAndSettle(4);

        // Then
        assertThat(lane.isClear()).isTrue();
        assertThat(lane.settledUpTo()).isEqualTo(5);
    }

    @Test
    void it_is_not_clear_while_records_were_polled_that_never_were_handed_on() {
        // Given
        takeAndSettle(4);

        // When: the consumer has gone on, and a fault came before the record was an event
        lane.polled(6);

        // Then
        assertThat(lane.isClear()).isFalse();
        assertThat(lane.settledUpTo()).isEqualTo(5);
    }

    @Test
    void of_a_topic_that_was_made_anew_the_lower_offsets_count() {
        // Given: one of the old topic is settled and committed, and another is under way
        takeAndSettle(100);
        lane.setCommitted(101);
        Entry old = begin(101);

        // When
        lane.beginAnew();
        Entry first = begin(0);
        lane.ended();
        lane.settle(old);

        // Then
        assertThat(lane.settledUpTo()).isEqualTo(-1);
        assertThat(lane.isClear()).isFalse();
        lane.ended();
        lane.settle(first);
        assertThat(lane.settledUpTo()).isEqualTo(1).isGreaterThan(lane.committed());
        assertThat(lane.isClear()).isTrue();
        assertThat(lane.heldBytes()).isZero();
    }
}
