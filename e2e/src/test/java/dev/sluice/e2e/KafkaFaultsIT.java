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
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Processes and Kafka itself are killed or frozen under load, at moments that chance chooses: everything that was answered
 * with 202 is delivered. Only with {@code -Psoak}, since it has not been run often enough to stand in the way of every
 * build; {@code -Dsluice.seed} repeats a run's choices.
 */
@Tag("soak")
@ResourceLock(Fleet.KAFKA)
final class KafkaFaultsIT {

    private static final int KILLS = 50;
    private static final int KAFKA_KILLS = 10;

    /** Longer than an append may take, so that appends fail, and than a session, so that partitions are given up. */
    private static final Duration FREEZE = Duration.ofSeconds(60);

    private static final String[] IMPATIENT = {"--kafka-append-timeout", "3s"};

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber passing = RecordingSubscriber.start();

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka);

    private final String namespace = Sluice.namespace();
    private final Ledger ledger = new Ledger().expecting("all");
    private final Arrivals arrivals = new Arrivals();
    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final String ingressPort = Integer.toString(FreePorts.next());

    private Sluice ingress() {
        return fleet.start("ingress", "broker", "--ingress-port", ingressPort, IMPATIENT[0], IMPATIENT[1]);
    }

    private Sluice dispatcher() {
        return fleet.start("dispatcher", "dispatcher");
    }

    private void apply(Sluice ingress, Sluice dispatcher) {
        subscriber.onRequest(request -> {
            ledger.delivered("all", request.eventId());
            arrivals.arrived(request.eventId());
        });
        ingress.write(
                "all.yaml",
                Manifests.broker(namespace, "default"),
                Manifests.trigger(namespace, "all", subscriber.uri()));
        ingress.awaitReady("brokers", namespace, "default");
        dispatcher.awaitReady("triggers", namespace, "all");
    }

    private Load load(Sluice ingress) {
        return Load.startSpread(ingress, ingress.ingress(namespace), "e", ledger, Duration.ofMillis(5));
    }

    /** Waits until as many more are accepted as chance says, so that whatever comes then comes at any moment. */
    private void awaitSomeMore() {
        long until = ledger.acceptedCount() + 20 + random.nextInt(200);
        await("events are accepted, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .until(() -> ledger.acceptedCount() > until);
    }

    private void awaitNothingLost() {
        await("everything accepted has arrived, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
    }

    @Test
    void nothing_accepted_is_lost_whichever_process_is_killed_and_whenever() {
        // Given
        Sluice ingress = ingress();
        Sluice dispatcher = dispatcher();
        apply(ingress, dispatcher);

        // When: other triggers come and go meanwhile
        try (var load = load(ingress)) {
            for (int kill = 0; kill < KILLS; kill++) {
                ingress.write("passing.yaml", Manifests.trigger(namespace, "passing-" + kill, passing.uri()));
                awaitSomeMore();
                int victims = random.nextInt(3);
                if (victims != 0) {
                    arrivals.kill(dispatcher);
                }
                if (victims != 1) {
                    Fleet.kill(ingress);
                    ingress = ingress();
                }
                if (victims != 0) {
                    dispatcher = dispatcher();
                }
            }
            ingress.delete("passing.yaml");
            awaitSomeMore();
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(dispatcher, namespace);
        arrivals.assertRepeatsAreExplained(fleet);
    }

    @Test
    void nothing_accepted_is_lost_when_kafka_is_killed_and_comes_back() {
        // Given
        Sluice ingress = ingress();
        Sluice dispatcher = dispatcher();
        apply(ingress, dispatcher);

        // When
        try (var load = load(ingress)) {
            for (int kill = 0; kill < KAFKA_KILLS; kill++) {
                awaitSomeMore();
                int before = load.refusals().size();
                kafka.cluster().node().kill();
                await().atMost(Fleet.PATIENCE).until(() -> load.refusals().size() > before);
                kafka.cluster().node().start();
            }
            awaitSomeMore();
            assertThat(load.refusals()).as("answers while it is away").allMatch(answer -> answer.equals("503"));
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(dispatcher, namespace);
    }

    @Test
    void nothing_accepted_is_lost_when_kafka_is_frozen_and_goes_on() {
        // Given
        Sluice ingress = ingress();
        Sluice dispatcher = dispatcher();
        apply(ingress, dispatcher);

        // When
        try (var load = load(ingress)) {
            awaitSomeMore();
            long frozen = System.nanoTime();
            kafka.cluster().node().freeze();
            await().atMost(Fleet.PATIENCE)
                    .until(() -> !load.refusals().isEmpty() && System.nanoTime() - frozen > FREEZE.toNanos());
            kafka.cluster().node().thaw();
            awaitSomeMore();
            assertThat(load.refusals()).as("answers while it is frozen").allMatch(answer -> answer.equals("503"));
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(dispatcher, namespace);
    }

    @Test
    void a_process_stops_in_time_though_kafka_does_not_answer() {
        // Given
        Sluice sluice = fleet.start("one", "all", "--shutdown-timeout", "5s", IMPATIENT[0], IMPATIENT[1]);
        apply(sluice, sluice);
        try (var load = load(sluice)) {
            awaitSomeMore();

            // When
            kafka.cluster().node().freeze();
            sluice.process().sigterm();

            // Then
            sluice.process().awaitExit(Fleet.END);
            assertThat(load.sent()).isPositive();
        }

        // And what it had been given is delivered by the next
        kafka.cluster().node().thaw();
        Sluice next = fleet.start("one", "all");
        awaitNothingLost();
        // It may have delivered everything and have left nothing to count.
        next.awaitReady("brokers", namespace, "default");
        next.send(namespace, Events.withId("goes-on"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("goes-on"));
        CounterLaw.awaitCaughtUp(next, namespace);
    }
}
