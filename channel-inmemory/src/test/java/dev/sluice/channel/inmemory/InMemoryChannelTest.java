/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.channel.HoldingChannel;
import dev.sluice.api.channel.RecordHandler;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.Events;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What this channel does beyond the contract, and under stress. */
class InMemoryChannelTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final InMemoryEngine engine = new InMemoryEngine(new Shares(16L << 20));
    private final ConcurrentLinkedQueue<ChannelRecord> records = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stop() {
        assertThat(vertx.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void yields_the_context_to_others_after_each_turn() {
        HoldingChannel channel = open("uid");
        append(channel, Events.numbered("e", InMemoryChannel.TURN * 4));
        List<Integer> seenByOther = new ArrayList<>();
        AtomicBoolean done = new AtomicBoolean();

        // Started on the context itself, so that nothing comes between the two.
        context.runOnContext(start -> {
            read(channel);
            other(seenByOther, done);
        });

        await().untilTrue(done);
        assertThat(seenByOther).contains(InMemoryChannel.TURN, InMemoryChannel.TURN * 2, InMemoryChannel.TURN * 3);
    }

    /** Notes how far the channel has come each time that the context is free. */
    private void other(List<Integer> seen, AtomicBoolean done) {
        seen.add(records.size());
        if (records.size() == InMemoryChannel.TURN * 4) {
            done.set(true);
        } else {
            context.runOnContext(again -> other(seen, done));
        }
    }

    @Test
    void frees_a_released_event_though_its_neighbours_stay() {
        HoldingChannel channel = open("uid");
        List<WeakReference<CloudEvent>> references = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            CloudEvent event = Events.withId("e-" + i);
            references.add(new WeakReference<>(event));
            append(channel, List.of(event));
        }
        read(channel);
        await().until(() -> records.size() == 5);

        List<ChannelRecord> held = new ArrayList<>(records);
        records.clear();
        held.remove(2).release();

        await().until(() -> {
            System.gc();
            return references.get(2).get() == null;
        });
        assertThat(held).allSatisfy(record -> assertThat(record.event()).isNotNull());
        assertThat(references.get(1).get()).isNotNull();
        assertThat(references.get(3).get()).isNotNull();
    }

    @Test
    void frees_everything_when_it_closes_though_somebody_keeps_one_record() {
        HoldingChannel channel = open("uid");
        append(channel, Events.numbered("e", 3));
        WeakReference<CloudEvent> last;
        read(channel);
        await().until(() -> records.size() == 3);
        List<ChannelRecord> held = new ArrayList<>(records);
        records.clear();
        last = new WeakReference<>(held.get(2).event());
        ChannelRecord kept = held.get(0);
        held.clear();

        assertThat(channel.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));

        await().until(() -> {
            System.gc();
            return last.get() == null;
        });
        assertThat(kept.event().getId()).isEqualTo("e-0");
        kept.release();
        assertThat(channel.fill())
                .isEqualTo(new Channel.Fill(0, 0, channel.fill().capacityBytes()));
    }

    @Test
    void goes_on_with_the_next_record_when_a_handler_throws() {
        List<Throwable> reported = new ArrayList<>();
        context.exceptionHandler(reported::add);
        HoldingChannel channel = open("uid");
        channel.subscribe(context, record -> {
            records.add(record);
            if (record.offset() == 1) {
                throw new IllegalStateException("a bad handler");
            }
        });

        append(channel, Events.numbered("e", 4));

        await().until(() -> records.size() == 4);
        assertThat(records).extracting(ChannelRecord::offset).containsExactly(0L, 1L, 2L, 3L);
        assertThat(reported).hasSize(1).allMatch(error -> error.getMessage().equals("a bad handler"));
    }

    @Test
    void does_not_hand_over_again_what_is_released_between_two_readers() {
        HoldingChannel channel = open("uid");
        append(channel, Events.numbered("e", 6));
        ChannelReader first = read(channel);
        await().until(() -> records.size() == 6);
        List<ChannelRecord> late = new ArrayList<>(records);
        records.clear();
        assertThat(first.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));

        late.get(0).release();
        late.get(3).release();
        late.get(5).release();
        read(channel);

        await().until(() -> records.size() == 3);
        assertThat(records).extracting(ChannelRecord::offset).containsExactly(1L, 2L, 4L);
    }

    @Test
    void closes_also_when_its_readers_context_is_gone() {
        Vertx shortLived = Vertx.vertx();
        HoldingChannel channel = open("uid");
        channel.subscribe(shortLived.getOrCreateContext(), records::add);
        assertThat(shortLived.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(20));

        append(channel, Events.numbered("e", 1));

        assertThat(channel.fill().events()).isEqualTo(1);
        assertThat(engine.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));
        assertThat(channel.fill().events()).isZero();
    }

    @Test
    void gives_a_broker_a_new_channel_when_its_old_one_is_closed() {
        HoldingChannel first = open("uid");
        append(first, Events.numbered("e", 1));

        assertThat(first.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));
        HoldingChannel second = open("uid");

        assertThat(second).isNotSameAs(first);
        assertThat(second.fill().events()).isZero();
    }

    /** Appends from several threads, releases from others, and one reader after the other, all at once. */
    @RepeatedTest(20)
    void loses_and_doubles_nothing_while_readers_come_and_go() throws Exception {
        HoldingChannel channel = open("uid");
        int threads = 3;
        int each = 1500;
        ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
        try {
            List<Future<?>> appenders = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                List<CloudEvent> events = Events.numbered("t" + t, each);
                appenders.add(pool.submit(() -> {
                    for (CloudEvent event : events) {
                        append(channel, List.of(event));
                    }
                }));
            }
            Set<Long> released = new HashSet<>();
            Map<String, Integer> ids = new HashMap<>();
            Random random = new Random(4711);
            while (released.size() < threads * each) {
                AtomicInteger left = new AtomicInteger(1 + random.nextInt(700));
                ConcurrentLinkedQueue<ChannelRecord> mine = new ConcurrentLinkedQueue<>();
                ChannelReader reader = subscribe(channel, record -> {
                    left.decrementAndGet();
                    mine.add(record);
                });
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> left.get() <= 0 || mine.size() == threads * each - released.size());
                assertThat(reader.close().toCompletionStage().toCompletableFuture())
                        .succeedsWithin(Duration.ofSeconds(10));
                long before = -1;
                for (ChannelRecord record : mine) {
                    assertThat(record.offset()).isGreaterThan(before);
                    assertThat(released.contains(record.offset())).isFalse();
                    before = record.offset();
                    // Some are kept back, to come again with the next reader.
                    if (random.nextInt(4) > 0) {
                        record.release();
                        released.add(record.offset());
                        ids.merge(record.event().getId(), 1, Integer::sum);
                    }
                }
            }
            for (Future<?> appender : appenders) {
                appender.get(30, TimeUnit.SECONDS);
            }
            assertThat(ids)
                    .hasSize(threads * each)
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
            assertThat(channel.fill().events()).isZero();
            assertThat(channel.fill().bytes()).isZero();
        } finally {
            pool.shutdownNow();
        }
    }

    private HoldingChannel open(String uid) {
        return (HoldingChannel)
                engine.open(new ChannelSpec("inmemory", ResourceName.parse("shop/default"), uid, Map.of()))
                        .result();
    }

    private ChannelReader read(HoldingChannel channel) {
        return subscribe(channel, records::add);
    }

    private ChannelReader subscribe(HoldingChannel channel, RecordHandler handler) {
        return channel.subscribe(context, handler).result();
    }

    private static void append(HoldingChannel channel, List<CloudEvent> events) {
        assertThat(channel.append(events, Admission.PRODUCER).succeeded()).isTrue();
    }

    /** Reads, and charges this to every record. */
    private ChannelReader readCharging(HoldingChannel channel, long bytes) {
        return channel.subscribe(context, record -> {
                    record.charge(bytes);
                    records.add(record);
                })
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    /** Waits until the context has done whatever it was asked to do. */
    private void awaitTurns() {
        var done = new CompletableFuture<Void>();
        context.runOnContext(turn -> done.complete(null));
        assertThat(done).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void hands_over_no_more_than_its_reader_can_pay_for() {
        // Given: events of a kilobyte, each of which costs the reader a megabyte.
        HoldingChannel channel = open("uid");
        long capacity = channel.fill().capacityBytes();
        append(channel, events(5_000));

        // When
        readCharging(channel, 1 << 20);
        await().until(() -> channel.fill().bytes() > capacity);
        awaitTurns();
        awaitTurns();

        // Then
        assertThat(channel.fill().bytes()).isLessThan(capacity * 3 / 2 + (2 << 20));
        while (channel.fill().events() > 0) {
            ChannelRecord record = records.poll();
            if (record == null) {
                awaitTurns();
            } else {
                record.release();
                assertThat(channel.fill().bytes()).isLessThan(capacity * 3 / 2 + (2 << 20));
            }
        }
        assertThat(channel.fill().bytes()).isZero();
    }

    @Test
    void goes_on_when_its_reader_takes_charges_back() {
        // Given
        HoldingChannel channel = open("uid");
        append(channel, events(100));
        readCharging(channel, 1 << 20);
        await().until(() -> channel.fill().bytes() > channel.fill().capacityBytes());
        awaitTurns();
        int handed = records.size();
        assertThat(handed).isLessThan(100);

        // When
        records.forEach(record -> record.uncharge(1 << 20));

        // Then
        await().until(() -> records.size() > handed);
    }

    @Test
    void goes_on_when_replies_have_taken_the_place_of_all_that_was_charged_for() {
        // Given
        HoldingChannel channel = open("uid");
        append(channel, events(100));
        readCharging(channel, 1 << 20);
        await().until(() -> channel.fill().bytes() > channel.fill().capacityBytes());
        awaitTurns();
        List<ChannelRecord> handed = List.copyOf(records);
        assertThat(handed).hasSizeLessThan(100);

        // When
        for (ChannelRecord record : handed) {
            assertThat(channel.appendInPlaceOf(record, event(1_000)).succeeded())
                    .isTrue();
        }

        // Then
        await().until(() -> records.size() > handed.size());
    }

    @Test
    void reads_on_in_a_full_channel_whose_reader_spends_little() {
        // Given
        HoldingChannel channel = open("uid");
        int events = 0;
        while (channel.append(List.of(event(events)), Admission.PRODUCER).succeeded()) {
            events++;
        }
        int full = events;

        // When
        readCharging(channel, 200);

        // Then
        await().until(() -> records.size() == full);
        assertThat(channel.fill().bytes()).isGreaterThan(channel.fill().capacityBytes());
    }

    @Test
    void what_a_closed_reader_charged_is_charged_no_more() {
        // Given
        HoldingChannel channel = open("uid");
        append(channel, events(100));
        long before = channel.fill().bytes();
        ChannelReader first = readCharging(channel, 1 << 20);
        await().until(() -> channel.fill().bytes() > channel.fill().capacityBytes());

        // When
        assertThat(first.close().toCompletionStage().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(10));

        // Then
        assertThat(channel.fill().bytes()).isEqualTo(before);
        records.clear();
        readCharging(channel, 0);
        await().until(() -> records.size() == 100);
    }

    private static List<CloudEvent> events(int count) {
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(event(i));
        }
        return events;
    }

    private static CloudEvent event(int number) {
        return Events.ofSize("e-" + number, 1000);
    }
}
