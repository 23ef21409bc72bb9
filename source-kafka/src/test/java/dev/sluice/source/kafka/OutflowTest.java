/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SinkException;
import dev.sluice.source.kafka.Lane.Entry;
import dev.sluice.testkit.Waiting;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OutflowTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int BYTES = 1000;

    private final Vertx vertx = Vertx.vertx();
    private final ScriptedSink sink = new ScriptedSink(vertx);
    private final Lane lane = new Lane(new TopicPartition("orders", 0));

    @AfterEach
    void close() {
        Waiting.on(vertx.close());
    }

    private Outflow outflow(boolean ordered) {
        return new Outflow(new ResourceName("shop", "till"), sink, vertx.getOrCreateContext(), ordered);
    }

    private static CloudEvent event(String data) {
        return CloudEventBuilder.v1()
                .withId("1")
                .withType("t")
                .withSource(URI.create("/s"))
                .withData(data.getBytes(UTF_8))
                .build();
    }

    private static void take(Outflow outflow, Lane lane, long firstOffset, String... data) {
        List<Entry> entries = new ArrayList<>();
        long offset = firstOffset;
        for (String each : data) {
            entries.add(new Entry(offset++, event(each), BYTES));
        }
        lane.polled(offset);
        lane.handed(entries);
        outflow.take(lane, entries);
    }

    private static void awaitSettled(Lane lane, long upTo) {
        await().atMost(PATIENCE).until(() -> lane.settledUpTo() == upTo);
    }

    @Test
    void in_order_the_next_begins_when_the_one_before_it_has_ended() {
        // Given
        Outflow outflow = outflow(true);
        Lane other = new Lane(new TopicPartition("orders", 1));
        sink.hold();

        // When
        take(outflow, lane, 5, "a", "b");
        take(outflow, other, 9, "c", "d");

        // Then
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 2);
        assertThat(sink.offered()).containsExactly("a", "c");
        sink.release("a");
        await().atMost(PATIENCE).until(() -> sink.offered().size() == 3);
        assertThat(sink.offered()).endsWith("b");
        assertThat(lane.settledUpTo()).isEqualTo(6);
        assertThat(other.settledUpTo()).isEqualTo(-1);
    }

    @Test
    void what_is_settled_ahead_of_its_turn_is_behind_us_with_what_comes_before_it() {
        // Given
        Outflow outflow = outflow(false);
        sink.hold();
        take(outflow, lane, 5, "a", "b", "c");
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 3);

        // When
        sink.release("c");
        sink.release("b");
        await().atMost(PATIENCE).until(() -> lane.heldBytes() == BYTES);

        // Then
        assertThat(lane.settledUpTo()).isEqualTo(-1);
        sink.release("a");
        awaitSettled(lane, 8);
        assertThat(lane.isClear()).isTrue();
        assertThat(lane.isIdle()).isTrue();
    }

    @Test
    void no_more_than_a_hundred_are_on_their_way() {
        // Given
        Outflow outflow = outflow(false);
        AtomicInteger underway = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        sink.answerBy(event -> {
            most.accumulateAndGet(underway.incrementAndGet(), Math::max);
            Promise<Void> later = Promise.promise();
            vertx.setTimer(1, rang -> {
                underway.decrementAndGet();
                later.complete();
            });
            return later.future();
        });
        String[] many = new String[250];
        Arrays.fill(many, "x");

        // When
        take(outflow, lane, 0, many);
        take(outflow, lane, 250, many);

        // Then
        awaitSettled(lane, 500);
        assertThat(most.get()).isLessThanOrEqualTo(100);
    }

    @Test
    void what_the_sink_would_not_have_is_behind_us_and_shows() {
        // Given
        Outflow outflow = outflow(true);
        sink.answerBy(event -> "bad".equals(ScriptedSink.text(event))
                ? Future.failedFuture(new SinkException("the sink answered 400: bad order", false))
                : Future.succeededFuture());

        // When
        take(outflow, lane, 5, "bad", "good");
        awaitSettled(lane, 7);
        outflow.look(List.of(lane));

        // Then
        await().atMost(PATIENCE).until(() -> sink.whyFalse(Outflow.DELIVERING).equals("EventGivenUp"));
        assertThat(Objects.requireNonNull(sink.condition(Outflow.DELIVERING)).message())
                .contains("orders-0 at offset 5", "answered 400");
        take(outflow, lane, 7, "good");
        awaitSettled(lane, 8);
        outflow.look(List.of(lane));
        await().atMost(PATIENCE).until(() -> sink.isTrue(Outflow.DELIVERING));
    }

    @Test
    void of_a_partition_that_is_gone_nothing_is_begun_and_nothing_is_given_up() {
        // Given
        Outflow outflow = outflow(true);
        sink.hold();
        take(outflow, lane, 5, "a", "b");
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 1);

        // When
        lane.leave();
        sink.release();
        await().atMost(PATIENCE).until(lane::isIdle);

        // Then
        assertThat(lane.settledUpTo()).isEqualTo(-1);
        Lane other = new Lane(new TopicPartition("orders", 1));
        take(outflow, other, 0, "c");
        awaitSettled(other, 1);
        assertThat(sink.offered()).containsExactly("a", "c");
    }

    @Test
    void a_lane_is_full_until_half_of_it_is_free() {
        // Given
        Outflow outflow = outflow(false);
        sink.hold();

        // When
        take(outflow, lane, 0, "a", "b", "c", "d");
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 4);

        // Then
        assertThat(lane.isFull(4 * BYTES)).isTrue();
        lane.setPaused(true);
        sink.release("b");
        await().atMost(PATIENCE).until(() -> lane.heldBytes() == 3 * BYTES);
        assertThat(lane.isFull(4 * BYTES)).isTrue();
        sink.release("c");
        sink.release("d");
        await().atMost(PATIENCE).until(() -> lane.heldBytes() == BYTES);
        assertThat(lane.isFull(4 * BYTES)).isFalse();
    }
}
