/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.get;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.Move;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A broker whose channel is away is read no further, and what is on its way then changes nothing about that. */
class HeldLogTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final ManualLog log = new ManualLog();

    private void hold() {
        get(dispatcher.dispatcher().apply(dispatcher.table(), Map.of()));
    }

    private void startWithPartition() {
        dispatcher.with(log, LogSettings.defaults());
        dispatcher.apply(trigger("a", subscriber.uri(), delivery()));
        log.tell(handler -> handler.assigned(new Assignment(0, Positions.at(0), Set.of())));
    }

    @Test
    void a_batch_that_is_on_its_way_when_a_broker_is_held_does_not_let_it_go_on() {
        // Given
        startWithPartition();
        hold();
        assertThat(log.paused).containsExactly(0);

        // When
        log.tell(handler -> handler.read(new LogBatch(0, 0, 7, 7, List.of())));

        // Then
        assertThat(log.paused).containsExactly(0);
        dispatcher.apply();
        assertThat(log.paused).isEmpty();
    }

    @Test
    void a_partition_that_comes_to_a_broker_that_is_held_is_not_read() {
        startWithPartition();
        hold();

        log.tell(handler -> handler.assigned(new Assignment(1, Positions.at(0), Set.of())));

        assertThat(log.paused).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void nothing_is_caught_up_with_while_a_broker_is_held() {
        // Given
        dispatcher.with(log, LogSettings.defaults());
        dispatcher.apply(trigger("a", subscriber.uri(), delivery()));
        hold();

        // When
        log.tell(handler -> handler.assigned(
                new Assignment(0, new Positions(50, Map.of("a-uid", Position.at(10))), Set.of("a-uid"))));
        log.tell(handler -> {});
        log.tell(handler -> {});

        // Then
        assertThat(log.catchUps).isZero();
        dispatcher.apply();
        log.tell(handler -> {});
        log.tell(handler -> {});
        assertThat(log.catchUps).isEqualTo(1);
    }

    @Test
    void a_log_that_does_not_answer_is_not_waited_for_as_long_again_and_is_asked_once_for_all() {
        // Given: a start that hangs
        dispatcher.with(log, LogSettings.defaults());
        Promise<Void> answer = Promise.promise();
        log.starting = answer.future();
        dispatcher.apply(trigger("a", subscriber.uri(), delivery()));

        // When: a stall of the machine may make one of them late
        List<Duration> took = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long before = System.nanoTime();
            assertThat(applyAgain()).containsKey(new ResourceName("shop", "a"));
            took.add(Duration.ofNanos(System.nanoTime() - before));
        }
        assertThat(log.starts).hasValue(1);
        answer.fail("no");

        // Then
        assertThat(took).anySatisfy(each -> assertThat(each).isLessThan(Duration.ofSeconds(3)));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(log.starts).hasValue(2));
        log.starting = Future.succeededFuture();
        await().atMost(Duration.ofSeconds(30)).until(() -> applyAgain().isEmpty());
        assertThat(log.starts).hasValue(3);
    }

    @Test
    void a_trigger_waits_while_others_keep_its_reader_out_and_says_why() {
        // Given
        dispatcher.with(log, LogSettings.defaults());
        log.admitted = Future.failedFuture("another process reads it");

        // When
        Map<ResourceName, String> waiting = dispatcher.applyWaiting(trigger("a", subscriber.uri(), delivery()));

        // Then
        assertThat(waiting).containsOnlyKeys(new ResourceName("shop", "a"));
        assertThat(waiting.get(new ResourceName("shop", "a"))).contains("another process reads it");
        log.admitted = Future.succeededFuture();
        assertThat(applyAgain()).isEmpty();
    }

    private Map<ResourceName, String> applyAgain() {
        return get(dispatcher
                .dispatcher()
                .apply(dispatcher.table(), Map.<String, Channel>of(DispatcherFixture.BROKER_UID, log)));
    }

    /** Does nothing by itself. Confined to the context of its reader, but for {@link #tell}. */
    private static final class ManualLog implements LogChannel, LogReader {
        final Set<Integer> paused = ConcurrentHashMap.newKeySet();
        final AtomicInteger starts = new AtomicInteger();
        volatile int catchUps;
        volatile Future<Void> starting = Future.succeededFuture();
        volatile Future<Void> admitted = Future.succeededFuture();
        private @Nullable Context context;
        private @Nullable LogHandler handler;

        /** Lets something happen to the reader, and waits until it is through with it. */
        void tell(Consumer<LogHandler> what) {
            Promise<Void> told = Promise.promise();
            requireNonNull(context).runOnContext(turn -> {
                what.accept(requireNonNull(handler));
                told.complete();
            });
            get(told.future());
        }

        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public Future<LogReader> subscribe(Context on, LogHandler by) {
            context = on;
            handler = by;
            return Future.succeededFuture(this);
        }

        @Override
        public Future<Void> admitted() {
            return admitted;
        }

        @Override
        public void pause(int partition) {
            paused.add(partition);
        }

        @Override
        public void resume(int partition) {
            paused.remove(partition);
        }

        @Override
        public CatchUpReader catchUp() {
            catchUps++;
            return new CatchUpReader() {
                @Override
                public Future<LogBatch> read(int partition, long from, int maxBytes) {
                    return Promise.<LogBatch>promise().future();
                }

                @Override
                public Future<Void> close() {
                    return Future.succeededFuture();
                }
            };
        }

        @Override
        public Future<Void> commit(int partition, Positions positions) {
            return Future.succeededFuture();
        }

        @Override
        public void restart(int partition) {
            throw new UnsupportedOperationException("nothing breaks here");
        }

        @Override
        public boolean mayActOn(int partition) {
            return true;
        }

        @Override
        public ChannelSpec spec() {
            return new ChannelSpec("manual", DispatcherFixture.BROKER, DispatcherFixture.BROKER_UID, Map.of());
        }

        @Override
        public Future<Void> append(List<CloudEvent> events, Admission admission) {
            throw new UnsupportedOperationException("nobody appends here");
        }

        @Override
        public Future<Void> start(ResourceName trigger, String triggerUid, StartFrom from) {
            starts.incrementAndGet();
            return starting;
        }

        @Override
        public Future<List<Move>> previewMove(String triggerUid, StartFrom to) {
            throw new UnsupportedOperationException("nobody moves a trigger here");
        }

        @Override
        public Future<List<Move>> move(String triggerUid, StartFrom to) {
            throw new UnsupportedOperationException("nobody moves a trigger here");
        }

        @Override
        public Future<Void> forget(String triggerUid) {
            return Future.succeededFuture();
        }

        @Override
        public Future<ParkingLog> parking(Context on, ParkingLog.Listener listener) {
            return Future.succeededFuture(new ParkingLog() {
                @Override
                public Future<Void> keep(String id, byte[] value) {
                    return Future.succeededFuture();
                }

                @Override
                public Future<Void> remove(String id) {
                    return Future.succeededFuture();
                }

                @Override
                public Future<Void> close() {
                    return Future.succeededFuture();
                }
            });
        }

        @Override
        public Fill fill() {
            return new Fill(0, 0, Long.MAX_VALUE);
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }
}
