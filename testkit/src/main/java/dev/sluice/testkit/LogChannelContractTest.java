/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.channel.Move;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.event.Extensions;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import io.cloudevents.CloudEvent;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract of a {@link LogChannel} as tests. An implementation extends this class, supplies its provider, and passes
 * all of it. Engines of the same provider, opened side by side, stand for processes; what one commits, another finds.
 * Channels have two partitions or more.
 */
public abstract class LogChannelContractTest extends ChannelContractTest {

    private static final int PLENTY = 1 << 20;

    private final List<ChannelEngine> processes = new ArrayList<>();

    @AfterEach
    final void stop_processes() {
        processes.forEach(process -> Waiting.on(process.close()));
    }

    // ---- assignment -------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST give every partition to the only reader, at the beginning where nothing was committed")
    void gives_all_partitions_to_the_only_reader() {
        LogChannel channel = process(spec("shop"));

        LogReading reading = new LogReading(vertx(), channel);

        await().until(() -> reading.assigned().size() >= 2);
        append(channel, Events.numbered("e", 100));
        await().until(() -> reading.records().size() == 100);
        assertThat(reading.assigned().values()).allSatisfy(assignment -> {
            assertThat(assignment.positions()).isEqualTo(Positions.at(0));
            assertThat(assignment.triggers()).isEmpty();
        });
        assertThat(reading.assigned().keySet()).contains(0);
        assertThat(reading.breaches()).isEmpty();
    }

    @Test
    @DisplayName("MUST say how many partitions there are, whoever has them")
    void says_how_many_partitions_there_are() {
        // Given
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        int before = channel.partitions();

        // When
        LogReading reading = new LogReading(vertx(), channel);

        // Then
        await().until(() -> reading.assigned().size() == before);
        assertThat(channel.partitions()).isEqualTo(before).isGreaterThanOrEqualTo(2);
        assertThat(process(spec).partitions()).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "MUST begin a partition anew where it was committed last, when its reader asks for it, and no other one")
    void begins_a_partition_anew_when_asked_to() {
        // Given
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        int partitions = channel.partitions();
        await().until(() -> reading.assigned().size() == partitions);
        append(channel, Events.numbered("e", 100));
        await().until(() -> reading.records().size() == 100);
        int some = reading.records().get(0).partition();
        long end = reading.next(some);
        reading.commit(some, Positions.at(1));

        // When
        reading.restart(some);

        // Then
        await().until(() -> reading.records().size() == 100 + end - 1 && reading.next(some) == end);
        assertThat(reading.assigned())
                .hasEntrySatisfying(
                        some, assignment -> assertThat(assignment.positions()).isEqualTo(Positions.at(1)));
        assertThat(reading.records().subList(100, reading.records().size()))
                .allMatch(record -> record.partition() == some);
        append(channel, Events.numbered("after", 100));
        await().until(() ->
                reading.ids().stream().filter(id -> id.startsWith("after")).count() == 100);
        reading.commit(some, Positions.at(reading.next(some)));
        assertThat(reading.breaches()).isEmpty();
    }

    @Test
    @DisplayName("MUST hand each record to one reader only when several share the partitions")
    void shares_partitions_among_readers() {
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        LogReading one = new LogReading(vertx(), channel);
        await().until(() -> one.assigned().size() >= 2);
        int partitions = one.assigned().size();

        LogReading two = new LogReading(vertx(), process(spec));
        await().until(() -> !two.assigned().isEmpty()
                && one.assigned().size() + two.assigned().size() == partitions);
        append(channel, Events.numbered("e", 200));

        await().until(() -> one.records().size() + two.records().size() == 200);
        Set<String> seen = new HashSet<>(one.ids());
        seen.addAll(two.ids());
        assertThat(seen).hasSize(200);
        assertThat(one.assigned().keySet())
                .doesNotContainAnyElementsOf(two.assigned().keySet());
        assertThat(one.breaches()).isEmpty();
        assertThat(two.breaches()).isEmpty();
    }

    @Test
    @DisplayName("MUST give a partition away only when the reader that has it says so, and take a commit until then")
    void waits_for_the_reader_that_loses_a_partition() {
        // Given
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        LogReading one = new LogReading(vertx(), channel);
        await().until(() -> one.assigned().size() >= 2);
        append(channel, Events.numbered("e", 60));
        await().until(() -> one.records().size() == 60);
        Set<Integer> revoked = new TreeSet<>();
        List<Promise<Void>> held = new ArrayList<>();
        one.whenRevoked(partition -> {
            revoked.add(partition);
            Promise<Void> done = Promise.promise();
            held.add(done);
            return done.future().compose(ended -> one.reader().commit(partition, Positions.at(7)));
        });

        // When
        LogReading two = new LogReading(vertx(), process(spec));
        await().until(() -> !held.isEmpty());

        // Then
        await().during(QUIET).until(() -> two.assigned().isEmpty());
        List.copyOf(held).forEach(Promise::complete);
        await().until(() -> !two.assigned().isEmpty());
        two.assigned().forEach((partition, assignment) -> {
            assertThat(revoked).contains(partition);
            assertThat(assignment.positions().watermark()).isEqualTo(7);
        });
        held.forEach(Promise::tryComplete);
    }

    @Test
    @DisplayName("MUST give the partitions of a reader that closes to those that stay")
    void gives_partitions_on_when_a_reader_closes() {
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        LogReading one = new LogReading(vertx(), channel);
        await().until(() -> one.assigned().size() >= 2);
        int partitions = one.assigned().size();
        LogReading two = new LogReading(vertx(), process(spec));
        await().until(() -> !two.assigned().isEmpty()
                && one.assigned().size() + two.assigned().size() == partitions);

        one.close();

        await().until(() -> two.assigned().size() == partitions);
        append(channel, Events.numbered("e", 50));
        await().until(() -> two.records().size() == 50);
    }

    // ---- positions --------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST go on where the last commit said, with its exceptions, also in another process")
    void goes_on_at_the_committed_positions() {
        // Given
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        start(channel, "slow");
        start(channel, "quick");
        LogReading one = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 300));
        await().until(() -> one.records().size() == 300);
        Map<Integer, Positions> committed = one.assigned().keySet().stream()
                .collect(Collectors.toMap(
                        partition -> partition,
                        partition -> new Positions(one.next(partition) - 2, Map.of("slow", Position.of(9, 3, 4, 7)))));

        // When
        committed.forEach(one::commit);
        one.close();
        LogReading two = new LogReading(vertx(), process(spec));

        // Then
        await().until(() -> two.assigned().size() == committed.size());
        two.assigned().forEach((partition, assignment) -> {
            assertThat(assignment.positions()).isEqualTo(committed.get(partition));
            assertThat(assignment.triggers()).containsExactlyInAnyOrder("slow", "quick");
        });
        await().until(() -> two.records().size() == 2 * committed.size());
        assertThat(two.breaches()).isEmpty();
    }

    @Test
    @DisplayName("MUST refuse the commit of a partition that the reader does not have with NOT_ASSIGNED")
    void refuses_to_commit_for_another() {
        ChannelSpec spec = spec("shop");
        LogReading one = new LogReading(vertx(), process(spec));
        await().until(() -> one.assigned().size() >= 2);
        int partitions = one.assigned().size();
        LogReading two = new LogReading(vertx(), process(spec));
        await().until(() -> !two.assigned().isEmpty()
                && one.assigned().size() + two.assigned().size() == partitions);
        int theirs = two.assigned().keySet().iterator().next();

        assertRefused(Kind.NOT_ASSIGNED, () -> one.commit(theirs, Positions.at(5)));

        assertThat(one.reader().mayActOn(theirs)).isFalse();
        await().until(() -> two.reader().mayActOn(theirs));
        two.commit(theirs, Positions.at(1));
    }

    // ---- starts -----------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST tell the reader of a start before the call completes, at the end or the beginning as asked")
    void tells_of_a_start() {
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 90));
        await().until(() -> reading.records().size() == 90);

        start(channel, "new");
        List<String> told = reading.told();
        Waiting.on(channel.start(new ResourceName("shop", "old"), "old", StartFrom.Place.EARLIEST));

        reading.assigned().keySet().forEach(partition -> {
            assertThat(told).contains(partition + ": new at " + reading.next(partition));
            assertThat(reading.told()).contains(partition + ": old at 0");
        });
    }

    @Test
    @DisplayName("MUST start a trigger that asks for a time with the first record appended at it or later")
    void starts_at_a_time() {
        // Given
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        append(channel, Events.numbered("before", 40));
        await().until(() -> reading.records().size() == 40);
        Map<Integer, Long> behind = new TreeMap<>();
        reading.assigned().keySet().forEach(partition -> behind.put(partition, reading.next(partition)));
        // The clocks of logs have milliseconds, and what is appended within one of them can't be told apart.
        Instant last = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        await().pollInterval(Duration.ofMillis(1)).until(() -> Instant.now().isAfter(last.plusMillis(1)));
        Instant since = last.plusMillis(1);
        append(channel, Events.numbered("after", 40));
        await().until(() -> reading.records().size() == 80);

        // When
        Waiting.on(channel.start(new ResourceName("shop", "since"), "since", new StartFrom.Time(since)));
        Waiting.on(channel.start(
                new ResourceName("shop", "all"), "all", new StartFrom.Time(Instant.parse("1969-12-31T23:59:59.998Z"))));
        Waiting.on(channel.start(
                new ResourceName("shop", "none"),
                "none",
                new StartFrom.Time(Instant.now().plusSeconds(3600))));

        // Then
        behind.forEach((partition, offset) -> assertThat(reading.told())
                .contains(
                        partition + ": since at " + offset,
                        partition + ": all at 0",
                        partition + ": none at " + reading.next(partition)));
    }

    @Test
    @DisplayName("MUST start a trigger once only, until it is forgotten")
    void starts_once() {
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        await().until(() -> reading.assigned().size() >= 2);
        start(channel, "t");
        append(channel, Events.numbered("e", 10));
        List<String> told = reading.told();

        start(channel, "t");
        assertThat(reading.told()).isEqualTo(told);
        Waiting.on(channel.forget("t"));
        Waiting.on(channel.forget("t"));

        assertThat(reading.told()).hasSize(told.size() + 1).endsWith("t forgotten");
    }

    @Test
    @DisplayName(
            "MUST keep a trigger at its start that started after the last commit, and one that nobody had read yet")
    void keeps_a_start_that_no_commit_covers() {
        // Given
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        start(channel, "before");
        LogReading one = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 90));
        await().until(() -> one.records().size() == 90);
        one.assigned().keySet().forEach(partition -> one.commit(partition, Positions.at(one.next(partition))));
        int partitions = one.assigned().size();

        // When
        append(channel, Events.numbered("f", 90));
        await().until(() -> one.records().size() == 180);
        start(channel, "after");
        one.close();
        LogReading two = new LogReading(vertx(), process(spec));

        // Then
        await().until(() -> two.assigned().size() == partitions);
        two.assigned().forEach((partition, assignment) -> {
            assertThat(assignment.triggers()).containsExactlyInAnyOrder("before", "after");
            assertThat(assignment.positions().exceptions())
                    .containsExactly(Map.entry("after", Position.at(one.next(partition))));
        });
        // Covered now: no exception any more.
        two.assigned().keySet().forEach(partition -> two.commit(partition, Positions.at(one.next(partition))));
        two.close();
        LogReading three = new LogReading(vertx(), process(spec));
        await().until(() -> three.assigned().size() == partitions);
        assertThat(three.assigned().values())
                .allSatisfy(assignment ->
                        assertThat(assignment.positions().exceptions()).isEmpty());
    }

    @Test
    @DisplayName("MUST hand over no position of a trigger that was forgotten")
    void hands_over_no_position_of_a_forgotten_trigger() {
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        start(channel, "gone");
        LogReading one = new LogReading(vertx(), channel);
        await().until(() -> one.assigned().size() >= 2);
        int partitions = one.assigned().size();
        one.assigned()
                .keySet()
                .forEach(partition -> one.commit(partition, new Positions(0, Map.of("gone", Position.at(0)))));

        Waiting.on(channel.forget("gone"));
        one.close();

        LogReading two = new LogReading(vertx(), process(spec));
        await().until(() -> two.assigned().size() == partitions);
        assertThat(two.assigned().values()).allSatisfy(assignment -> {
            assertThat(assignment.triggers()).isEmpty();
            assertThat(assignment.positions().exceptions()).isEmpty();
        });
    }

    // ---- moves ------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST tell the reader of a move before the call completes, and say what it skips and repeats")
    void tells_of_a_move() {
        // Given
        LogChannel channel = process(spec("shop"));
        start(channel, "t");
        LogReading reading = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 90));
        await().until(() -> reading.records().size() == 90);
        Set<Integer> partitions = reading.assigned().keySet();

        // When
        List<Move> preview = Waiting.on(channel.previewMove("t", StartFrom.Place.LATEST));
        List<String> told = reading.told();
        List<Move> skipping = Waiting.on(channel.move("t", StartFrom.Place.LATEST));
        partitions.forEach(partition -> reading.commit(partition, Positions.at(reading.next(partition))));
        List<Move> repeating = Waiting.on(channel.move("t", StartFrom.Place.EARLIEST));

        // Then
        assertThat(told).noneMatch(text -> text.contains("moved"));
        // Times are for whoever looks before the move.
        assertThat(preview)
                .usingRecursiveComparison()
                .ignoringFields("first", "last")
                .isEqualTo(skipping);
        assertThat(skipping.stream().mapToLong(Move::skipped).sum()).isEqualTo(90);
        assertThat(skipping.stream().mapToLong(Move::repeated).sum()).isZero();
        assertThat(repeating.stream().mapToLong(Move::repeated).sum()).isEqualTo(90);
        partitions.forEach(partition -> assertThat(reading.told())
                .containsSubsequence(
                        partition + ": t moved to " + reading.next(partition), partition + ": t moved to 0"));
    }

    @Test
    @DisplayName("MUST keep a move that no commit covers, of the last of several, also where nobody reads")
    void keeps_a_move_that_no_commit_covers() {
        // Given
        ChannelSpec spec = spec("shop");
        LogChannel channel = process(spec);
        start(channel, "moved");
        start(channel, "stays");
        LogReading one = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 90));
        await().until(() -> one.records().size() == 90);
        int partitions = one.assigned().size();
        one.assigned().keySet().forEach(partition -> one.commit(partition, Positions.at(one.next(partition))));
        one.close();

        // When
        Waiting.on(channel.move("moved", StartFrom.Place.LATEST));
        Waiting.on(channel.move("moved", StartFrom.Place.EARLIEST));
        LogReading two = new LogReading(vertx(), process(spec));

        // Then
        await().until(() -> two.assigned().size() == partitions);
        two.assigned().values().forEach(assignment -> {
            assertThat(assignment.positions().of("moved")).isEqualTo(Position.at(0));
            assertThat(assignment.positions().of("stays"))
                    .isEqualTo(Position.at(assignment.positions().watermark()));
        });
        // Covered now: it counts no more.
        two.assigned().keySet().forEach(partition -> two.commit(partition, Positions.at(7)));
        two.close();
        LogReading three = new LogReading(vertx(), process(spec));
        await().until(() -> three.assigned().size() == partitions);
        assertThat(three.assigned().values())
                .allSatisfy(assignment ->
                        assertThat(assignment.positions().of("moved")).isEqualTo(Position.at(7)));
    }

    @Test
    @DisplayName("MUST refuse to move a trigger that has no start, and forget a move with its trigger")
    void forgets_a_move_with_its_trigger() {
        LogChannel channel = process(spec("shop"));
        append(channel, Events.numbered("e", 40));
        assertRefused(Kind.UNAVAILABLE, () -> Waiting.on(channel.move("t", StartFrom.Place.LATEST)));
        start(channel, "t");
        Waiting.on(channel.move("t", StartFrom.Place.EARLIEST));

        Waiting.on(channel.forget("t"));
        start(channel, "t");

        assertThat(Waiting.on(channel.previewMove("t", StartFrom.Place.LATEST)))
                .allSatisfy(move -> assertThat(move.from()).isEqualTo(move.to()));
        assertThat(Waiting.on(channel.previewMove("t", StartFrom.Place.EARLIEST)).stream()
                        .mapToLong(Move::repeated)
                        .sum())
                .isEqualTo(40);
    }

    // ---- reading again ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST read the same records again from any offset, in batches without gaps between them")
    void reads_again_from_any_offset() {
        // Given
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 400));
        await().until(() -> reading.records().size() == 400);
        CatchUpReader again = reading.catchUp();

        for (Assignment assignment : reading.assigned().values()) {
            int partition = assignment.partition();
            List<Long> offsets = reading.records().stream()
                    .filter(record -> record.partition() == partition)
                    .map(LogRecord::offset)
                    .toList();
            for (long from : new long[] {0, 1, offsets.size() / 2, offsets.get(offsets.size() - 1)}) {
                // When
                List<Long> found = new ArrayList<>();
                LogBatch batch = reading.read(again, partition, from, 5_000);
                assertThat(batch.from()).isEqualTo(from);
                while (!batch.records().isEmpty()) {
                    batch.records().forEach(record -> found.add(record.offset()));
                    long next = batch.next();
                    batch = reading.read(again, partition, next, 5_000);
                    assertThat(batch.from()).isEqualTo(next);
                }

                // Then
                assertThat(found)
                        .isEqualTo(offsets.stream()
                                .filter(offset -> offset >= from)
                                .toList());
                assertThat(batch.next()).isEqualTo(batch.from()).isEqualTo(reading.next(partition));
            }
        }
        Waiting.on(again.close());
        Waiting.on(again.close());
    }

    @Test
    @DisplayName("MUST bound a batch by its bytes, but for a single record")
    void bounds_a_batch() {
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        List<CloudEvent> events = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            events.add(Events.ofSize("e-" + i, 2_000));
        }
        append(channel, events);
        await().until(() -> reading.records().size() == 60);
        CatchUpReader again = reading.catchUp();

        LogBatch some = reading.read(again, 0, 0, 8_000);
        LogBatch one = reading.read(again, 0, 0, 1);

        assertThat(some.records()).hasSizeBetween(1, 4);
        assertThat(some.records().stream().mapToInt(LogRecord::bytes).sum()).isBetween(2_000, 8_000);
        assertThat(one.records()).hasSize(1);
        assertThat(one.next()).isLessThanOrEqualTo(some.next());
        Waiting.on(again.close());
    }

    @Test
    @DisplayName(
            "MUST let several catch-up reads and the shared read go on side by side, and refuse one that is closed")
    void reads_side_by_side() {
        LogChannel channel = process(spec("shop"));
        LogReading reading = new LogReading(vertx(), channel);
        append(channel, Events.numbered("e", 100));
        await().until(() -> reading.records().size() == 100);
        CatchUpReader one = reading.catchUp();
        CatchUpReader two = reading.catchUp();

        LogBatch first = reading.read(one, 0, 0, PLENTY);
        LogBatch second = reading.read(two, 0, 0, PLENTY);
        append(channel, Events.numbered("more", 10));

        await().until(() -> reading.records().size() == 110);
        assertThat(second.records().stream().map(LogRecord::offset))
                .isEqualTo(first.records().stream().map(LogRecord::offset).toList());
        Waiting.on(one.close());
        assertRefused(Kind.CLOSED, () -> reading.read(one, 0, 0, PLENTY));
        Waiting.on(two.close());
    }

    // ---- beside the records
    // ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("MUST keep what is parked until it is removed, and tell every process of it")
    void keeps_what_is_parked() {
        // Given
        ChannelSpec spec = spec("shop");
        Parked one = new Parked();
        ParkingLog first = Waiting.on(process(spec).parking(vertx().getOrCreateContext(), one));
        Parked two = new Parked();
        ParkingLog second = Waiting.on(process(spec).parking(vertx().getOrCreateContext(), two));

        // When
        Waiting.on(first.keep("a", new byte[] {1}));
        Waiting.on(first.keep("b", new byte[] {2}));
        Waiting.on(first.keep("a", new byte[] {3}));
        Waiting.on(second.keep("c", new byte[] {4}));
        Waiting.on(second.remove("b"));
        Waiting.on(second.remove("never-there"));

        // Then
        Map<String, String> kept = Map.of("a", "[3]", "c", "[4]");
        await().untilAsserted(() -> assertThat(one.values).isEqualTo(kept));
        await().untilAsserted(() -> assertThat(two.values).isEqualTo(kept));
        Waiting.on(first.close());
        Waiting.on(first.close());
        Parked late = new Parked();
        Waiting.on(process(spec).parking(vertx().getOrCreateContext(), late));
        assertThat(late.values).as("when it is open, all is known").isEqualTo(kept);
    }

    private static final class Parked implements ParkingLog.Listener {

        private final Map<String, String> values = new ConcurrentHashMap<>();

        @Override
        public void kept(String id, byte[] value) {
            values.put(id, Arrays.toString(value));
        }

        @Override
        public void removed(String id) {
            values.remove(id);
        }
    }

    // ---- helpers ----------------------------------------------------------------------------------------------------

    private LogChannel process(ChannelSpec spec) {
        ChannelEngine engine = provider().engine(vertx(), options());
        processes.add(engine);
        return (LogChannel) Waiting.on(engine.open(spec));
    }

    private static void start(LogChannel channel, String uid) {
        Waiting.on(channel.start(new ResourceName("shop", uid), uid, StartFrom.Place.DEFAULT));
    }

    /** Each event has a key of its own, so that they spread over the partitions: without, all may go to one. */
    private static void append(LogChannel channel, List<CloudEvent> events) {
        List<CloudEvent> keyed = events.stream()
                .map(event -> Extensions.with(event, "partitionkey", event.getId()))
                .toList();
        Waiting.on(channel.append(keyed, Admission.PRODUCER));
    }
}
