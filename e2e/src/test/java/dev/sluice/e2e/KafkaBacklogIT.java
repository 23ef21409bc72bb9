/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A Trigger that is far behind, as after an hour's outage, catches up on Kafka beside one that is not: 200,000 events with
 * {@code -Psoak}, and some more than it may have in memory else.
 */
@ResourceLock(Fleet.KAFKA)
final class KafkaBacklogIT {

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int BACKLOG = SOAK ? 200_000 : 10_000;
    private static final int DATA_BYTES = 1024;
    private static final Duration PATIENCE = SOAK ? Duration.ofMinutes(10) : Fleet.PATIENCE;

    /** Some 300 events in a second, if the machine allows. */
    private static final Duration PACE = Duration.ofMillis(3);

    /** The heap, and 200 MiB for what a JVM and the clients of Kafka have outside of it. */
    private static final long MOST_RESIDENT = (256 + 200) * 1024L * 1024;

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start().keeping(0);

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka).jvm("-Xmx256m");

    private final String namespace = Sluice.namespace();
    private final Ledger ledger =
            new Ledger().expecting("behind", id -> id.startsWith("e-")).expecting("live", id -> id.startsWith("live-"));
    private final Map<String, Long> offered = new ConcurrentHashMap<>();
    private final Map<String, Long> delays = new ConcurrentHashMap<>();
    private final AtomicLong mostResident = new AtomicLong();
    private final AtomicLong mostMemory = new AtomicLong();
    /** Live events that arrived when the other Trigger had begun and had not all of its backlog yet. */
    private final AtomicLong liveMeanwhile = new AtomicLong();

    @Test
    void a_trigger_with_a_long_backlog_catches_up_beside_one_that_is_live() {
        // Given: a backlog that a new Trigger asks for
        subscriber.onRequest(request -> {
            String trigger = request.uri().substring(1);
            ledger.delivered(trigger, request.eventId());
            if (trigger.equals("live")) {
                int caughtUp = ledger.deliveredCount("behind");
                if (caughtUp > 0 && caughtUp < BACKLOG) {
                    liveMeanwhile.incrementAndGet();
                }
                Long since = offered.remove(request.eventId());
                if (since != null) {
                    delays.put(request.eventId(), System.nanoTime() - since);
                }
            }
        });
        Sluice sluice = fleet.start("one", "all");
        String live = Manifests.trigger(
                namespace, "live", subscriber.uri("/live"), "filter: {attributes: {type: dev.sluice.live}}");
        sluice.apply(namespace, live);
        try (Flood flood = Flood.start(sluice.ingress(namespace), BACKLOG, DATA_BYTES, ledger)) {
            await("the backlog is accepted").atMost(PATIENCE).until(flood::isOver);
            assertThat(flood.faults()).isEmpty();
        }

        // When
        try (Load load = Load.start(sluice, sluice.ingress(namespace), "live", ledger, PACE, this::live)) {
            await().atMost(Fleet.PATIENCE).until(() -> ledger.deliveredCount("live") > 100);
            sluice.write(
                    "behind.yaml",
                    Manifests.annotated(
                            Manifests.trigger(
                                    namespace,
                                    "behind",
                                    subscriber.uri("/behind"),
                                    "filter: {attributes: {type: dev.sluice.flood}}"),
                            "sluice.dev/start-from: earliest"));
            await("it begins").atMost(Fleet.PATIENCE).until(() -> ledger.deliveredCount("behind") > 0);
            long acceptedBefore = ledger.acceptedCount();
            delays.clear();
            long begunNanos = System.nanoTime();
            double capacity = sluice.meter("sluice_dispatch_memory_capacity_bytes");
            await("it catches up").atMost(PATIENCE).until(() -> {
                mostResident.accumulateAndGet(sluice.process().residentBytes(), Math::max);
                mostMemory.accumulateAndGet((long) sluice.meter("sluice_dispatch_memory_bytes"), Math::max);
                return ledger.deliveredCount("behind") == BACKLOG;
            });
            long tookNanos = System.nanoTime() - begunNanos;
            long acceptedMeanwhile = ledger.acceptedCount() - acceptedBefore;

            // Then: the other went on meanwhile, and did not wait until this was over; by how much it was late depends
            // on the machine
            report(tookNanos);
            assertThat(liveMeanwhile.get()).isPositive().isGreaterThanOrEqualTo(acceptedMeanwhile / 10);
            assertThat((double) mostMemory.get()).isPositive().isLessThanOrEqualTo(capacity);
            assertThat(load.refusals()).isEmpty();
        }
        await("everything accepted has arrived")
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
        CounterLaw.awaitCaughtUp(namespace, sluice);
        assertThat(mostResident).hasValueLessThan(MOST_RESIDENT);
        assertThat(sluice.process().stderr()).noneMatch(line -> line.contains("OutOfMemoryError"));
    }

    private CloudEvent live(String id) {
        offered.put(id, System.nanoTime());
        return CloudEventBuilder.v1(Events.withId(id))
                .withType("dev.sluice.live")
                .withExtension("partitionkey", id)
                .build();
    }

    /** A row for whoever keeps the results of a long run. */
    private void report(long tookNanos) {
        long[] nanos =
                delays.values().stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.println(
                "| backlog | took | live events beside it | p50 | p99 | most dispatch memory | most resident |");
        System.out.println("| %d | %d ms | %d | %d ms | %d ms | %d KiB | %d MiB |"
                .formatted(
                        BACKLOG,
                        TimeUnit.NANOSECONDS.toMillis(tookNanos),
                        nanos.length,
                        millis(nanos, 50),
                        millis(nanos, 99),
                        mostMemory.get() / 1024,
                        mostResident.get() / (1024 * 1024)));
        assertThat(Arrays.stream(nanos)).isNotEmpty();
    }

    private static long millis(long[] sortedNanos, int percent) {
        return sortedNanos.length == 0
                ? 0
                : TimeUnit.NANOSECONDS.toMillis(sortedNanos[(sortedNanos.length - 1) * percent / 100]);
    }
}
