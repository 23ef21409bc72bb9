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
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Processes and Kafka itself are killed or frozen under load, at moments that chance chooses: everything that was answered
 * with 202 is delivered. A build does each of it a few times, {@code -Psoak} as often as the promise is given for;
 * {@code -Dsluice.seed} repeats a run's choices.
 */
@ResourceLock(Fleet.KAFKA)
final class KafkaFaultsIT {

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int KILLS = SOAK ? 50 : 2;
    private static final int KAFKA_KILLS = SOAK ? 10 : 1;
    private static final int FREEZES = SOAK ? 5 : 1;
    private static final int TRIGGERS = SOAK ? 1_000 : 100;

    /** Longer than an append may take, so that appends fail, and than a session, so that partitions are given up. */
    private static final Duration KAFKA_FROZEN = SOAK ? Duration.ofSeconds(60) : Duration.ofSeconds(8);

    /** For where Kafka is away, so that its absence shows. Elsewhere a busy machine could make it show in vain. */
    private static final String[] IMPATIENT = {"--kafka-append-timeout", "3s"};

    /** As an operator has it: a dispatcher that is killed and comes back finds its group empty, and would have to wait. */
    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single().whoseGroupsWait(Duration.ofSeconds(3));

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

    private Sluice ingress(String... options) {
        List<String> words = new ArrayList<>(List.of("--ingress-port", ingressPort));
        words.addAll(List.of(options));
        return fleet.start("ingress", "broker", words.toArray(String[]::new));
    }

    private Sluice dispatcher() {
        return dispatcher("dispatcher");
    }

    private Sluice dispatcher(String name) {
        return fleet.start(name, "dispatcher");
    }

    /** Writes a Broker and a Trigger for everything, and waits until each of these has them in force. */
    private void apply(Sluice ingress, Sluice... dispatchers) {
        apply(List.of(Manifests.trigger(namespace, "all", subscriber.uri())), ingress, dispatchers);
    }

    private void apply(List<String> triggers, Sluice ingress, Sluice... dispatchers) {
        subscriber.onRequest(request -> {
            ledger.delivered("all", request.eventId());
            arrivals.arrived(request.eventId());
        });
        List<String> documents = new ArrayList<>(triggers);
        documents.add(0, Manifests.broker(namespace, "default"));
        ingress.write("all.yaml", documents.toArray(String[]::new));
        ingress.awaitReady("brokers", namespace, "default");
        for (Sluice dispatcher : dispatchers) {
            triggers.forEach(trigger -> dispatcher.awaitReady("triggers", namespace, Manifests.name(trigger)));
        }
    }

    private Load load(Sluice ingress, String prefix) {
        return load(ingress, prefix, Duration.ofMillis(5));
    }

    private Load load(Sluice ingress, String prefix, Duration interval) {
        return Load.startSpread(ingress, ingress.ingress(namespace), prefix, ledger, interval);
    }

    /** Waits until as many more are accepted as chance says, so that whatever comes then comes at any moment. */
    private void awaitSomeMore() {
        long until = ledger.acceptedCount() + 20 + random.nextInt(200);
        await("events are accepted, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .until(() -> ledger.acceptedCount() > until);
    }

    private void awaitDelivering(Sluice dispatcher) {
        double before = ended(dispatcher);
        await("%d delivers, seed %d%n%s"
                        .formatted(
                                dispatcher.process().pid(),
                                seed,
                                dispatcher.process().tail()))
                .atMost(Fleet.PATIENCE)
                .until(() -> ended(dispatcher) > before);
    }

    private double ended(Sluice dispatcher) {
        return dispatcher.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"");
    }

    private void awaitNothingLost() {
        await("everything accepted has arrived, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
    }

    /** For whoever keeps the results of a long run. */
    private void report(String what, int times) {
        System.out.println("%s, %d times: %d accepted, %d delivered, %d of them again, seed %d"
                .formatted(
                        what, times, ledger.acceptedCount(), ledger.deliveredCount("all"), arrivals.repeated(), seed));
    }

    @Test
    void nothing_accepted_is_lost_whichever_process_is_killed_and_whenever() {
        // Given
        Sluice ingress = ingress();
        Sluice dispatcher = dispatcher();
        apply(ingress, dispatcher);

        // When: other triggers come and go meanwhile
        try (var load = load(ingress, "e")) {
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
            awaitSentToTheNewest("passing-" + (KILLS - 1), ingress, dispatcher);
            ingress.delete("passing.yaml");
            awaitSomeMore();
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, dispatcher);
        report("processes killed", KILLS);
        arrivals.assertRepeatsAreExplained(fleet);
    }

    /** One that came between two kills is Ready in the end, and what is accepted then is delivered to it. */
    private void awaitSentToTheNewest(String trigger, Sluice ingress, Sluice dispatcher) {
        ingress.awaitReady("brokers", namespace, "default");
        dispatcher.awaitReady("triggers", namespace, trigger);
        String id = "for-" + trigger;
        ledger.offered(id);
        ingress.send(namespace, Events.withId(id));
        ledger.accepted(id);
        await("%s gets what was accepted when it was Ready, seed %d".formatted(trigger, seed))
                .atMost(Fleet.PATIENCE)
                .until(() -> passing.ids().contains(id));
    }

    @Test
    void all_of_many_triggers_go_on_when_one_of_two_dispatchers_is_killed() {
        // Given
        Sluice ingress = ingress();
        Sluice one = dispatcher("one");
        Sluice two = dispatcher("two");
        List<String> triggers = IntStream.range(0, TRIGGERS)
                .mapToObj(i -> Manifests.trigger(
                        namespace, "t-" + i, subscriber.uri(), "filter: {attributes: {type: type-%d}}".formatted(i)))
                .toList();
        apply(triggers, ingress, one, two);
        Set<Integer> goingOn = ConcurrentHashMap.newKeySet();

        // When: each event is for one of them
        try (var load = Load.start(
                ingress,
                ingress.ingress(namespace),
                "e",
                ledger,
                Duration.ofMillis(3),
                id -> CloudEventBuilder.v1(Events.withId(id))
                        .withType("type-" + numberOf(id) % TRIGGERS)
                        .withExtension("partitionkey", id)
                        .build())) {
            awaitDelivering(one);
            awaitDelivering(two);
            arrivals.kill(two);
            long sent = load.sent();
            await("each trigger gets what was sent after the kill")
                    .atMost(Fleet.PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        arrivals.ids().stream()
                                .mapToInt(KafkaFaultsIT::numberOf)
                                .filter(number -> number >= sent)
                                .forEach(number -> goingOn.add(number % TRIGGERS));
                        return goingOn.size() == TRIGGERS;
                    });
            assertThat(load.refusals()).isEmpty();
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, one);
        report("one of two dispatchers with " + TRIGGERS + " triggers killed", 1);
        arrivals.assertRepeatsAreExplained(fleet);
    }

    private static int numberOf(String id) {
        return Integer.parseInt(id.substring(id.indexOf('-') + 1));
    }

    @Test
    void a_dispatcher_that_was_frozen_sends_nothing_of_what_another_has_taken_over() {
        // Given
        Sluice ingress = ingress();
        Sluice frozen = dispatcher("one");
        Sluice other = dispatcher("two");
        // More requests at a time than there are connections opened to a subscriber that does not answer
        String trigger = Manifests.trigger(namespace, "all", subscriber.uri());
        apply(List.of(Manifests.annotated(trigger, "sluice.dev/max-in-flight: \"300\"")), ingress, frozen, other);
        for (int freeze = 0; freeze < FREEZES; freeze++) {
            // More comes than can be sent: some requests are under way, some wait for a connection, the rest for those
            try (var load = load(ingress, "before-" + freeze, Duration.ofMillis(1))) {
                awaitDelivering(frozen);
                awaitDelivering(other);
                subscriber.hold();
                await("more waits than is sent at a time, seed %d".formatted(seed))
                        .atMost(Fleet.PATIENCE)
                        .until(() -> waiting(frozen) > 0);

                // When
                frozen.process().sigstop();
            }
            subscriber.release();
            awaitTakenOver(ingress, other, "between-" + freeze);
            long thawed = System.nanoTime();
            frozen.process().sigcont();

            // Then: it takes part again, and has repeated nothing
            try (var load = load(ingress, "after-" + freeze)) {
                awaitDelivering(frozen);
                assertThat(load.refusals()).isEmpty();
            }
            awaitNothingLost();
            assertThat(arrivals.since(thawed))
                    .filteredOn(id -> !id.startsWith("after-"))
                    .as("but for the one request that it may have been writing when it was stopped, seed %d", seed)
                    .hasSizeLessThanOrEqualTo(1);
        }
        CounterLaw.awaitCaughtUp(namespace, frozen, other);
        report("a dispatcher frozen for longer than its session", FREEZES);
    }

    /**
     * Waits until this one dispatcher has every partition and has brought all that is in them to its end. Partitions are read in
     * order, so that an event of each which was sent last says that those before it have at least been begun.
     */
    private void awaitTakenOver(Sluice ingress, Sluice by, String prefix) {
        long before = ledger.acceptedCount();
        try (var load = load(ingress, prefix)) {
            await("more is accepted, seed %d".formatted(seed))
                    .atMost(Fleet.PATIENCE)
                    .until(() -> ledger.acceptedCount() > before + 100);
            assertThat(load.refusals()).isEmpty();
        }
        awaitNothingLost();
        await("nothing is in flight, seed %d".formatted(seed))
                .atMost(Fleet.PATIENCE)
                .until(() -> by.meter("sluice_trigger_in_flight", "namespace=\"" + namespace + "\"") == 0);
    }

    /** Events that are in flight without a request. */
    private double waiting(Sluice dispatcher) {
        String mine = "namespace=\"" + namespace + "\"";
        // In this order, or what comes in between and is begun at once would seem to wait.
        double inFlight = dispatcher.meter("sluice_trigger_in_flight", mine);
        return inFlight - dispatcher.meter("sluice_trigger_requests", mine);
    }

    @Test
    void nothing_accepted_is_lost_when_kafka_is_killed_and_comes_back() {
        // Given
        Sluice ingress = ingress(IMPATIENT);
        Sluice dispatcher = dispatcher();
        apply(ingress, dispatcher);

        // When
        try (var load = load(ingress, "e")) {
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
        CounterLaw.awaitCaughtUp(namespace, dispatcher);
        report("Kafka killed", KAFKA_KILLS);
    }

    @Test
    void nothing_accepted_is_lost_when_kafka_is_frozen_and_goes_on() {
        // Given
        Sluice ingress = ingress(IMPATIENT);
        Sluice dispatcher = dispatcher();
        apply(ingress, dispatcher);

        // When
        try (var load = load(ingress, "e")) {
            awaitSomeMore();
            long frozen = System.nanoTime();
            kafka.cluster().node().freeze();
            await().atMost(Fleet.PATIENCE)
                    .until(() -> !load.refusals().isEmpty() && System.nanoTime() - frozen > KAFKA_FROZEN.toNanos());
            kafka.cluster().node().thaw();
            awaitSomeMore();
            assertThat(load.refusals()).as("answers while it is frozen").allMatch(answer -> answer.equals("503"));
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, dispatcher);
        report("Kafka frozen for " + KAFKA_FROZEN.toSeconds() + " s", 1);
    }

    @Test
    void a_process_stops_in_time_though_kafka_does_not_answer() {
        // Given
        Sluice sluice = fleet.start("one", "all", "--shutdown-timeout", "5s", IMPATIENT[0], IMPATIENT[1]);
        apply(sluice, sluice);
        try (var load = load(sluice, "e")) {
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
        CounterLaw.awaitCaughtUp(namespace, next);
    }
}
