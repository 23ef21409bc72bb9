/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Ingress and dispatchers as processes of their own, which share a folder of resources and a Kafka. */
@ResourceLock(Fleet.KAFKA)
final class RolesIT {

    /** As often as is promised with {@code -Psoak}. */
    private static final int ROUNDS = Boolean.getBoolean("sluice.soak") ? 10 : 1;

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka);

    private final String namespace = Sluice.namespace();
    private final Ledger ledger = new Ledger().expecting("all");
    private final Arrivals arrivals = new Arrivals();

    /** Writes a Broker and a Trigger for everything, and waits until each of these has them in force. */
    private void apply(Sluice ingress, Sluice... dispatchers) {
        apply(Manifests.trigger(namespace, "all", subscriber.uri()), ingress, dispatchers);
    }

    private void apply(String trigger, Sluice ingress, Sluice... dispatchers) {
        subscriber.onRequest(request -> {
            ledger.delivered("all", request.eventId());
            arrivals.arrived(request.eventId());
        });
        ingress.write("all.yaml", Manifests.broker(namespace, "default"), trigger);
        ingress.awaitReady("brokers", namespace, "default");
        for (Sluice dispatcher : dispatchers) {
            dispatcher.awaitReady("triggers", namespace, "all");
        }
    }

    private void awaitDelivering(Sluice dispatcher) {
        await("%d delivers%n%s"
                        .formatted(
                                dispatcher.process().pid(), dispatcher.process().tail()))
                .atMost(Fleet.PATIENCE)
                .until(() -> dispatcher.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"") > 0);
    }

    private void awaitNothingLost() {
        await("everything accepted has arrived")
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
    }

    @Test
    void two_dispatchers_that_are_restarted_in_turn_lose_nothing_and_repeat_nothing() {
        // Given
        Sluice ingress = fleet.start("ingress", "broker");
        Sluice one = fleet.start("one", "dispatcher");
        Sluice two = fleet.start("two", "dispatcher");
        apply(ingress, one, two);

        // When
        try (var load = Load.startSpread(ingress, ingress.ingress(namespace), "e", ledger, Duration.ofMillis(5))) {
            awaitDelivering(one);
            awaitDelivering(two);
            for (int round = 0; round < ROUNDS; round++) {
                Fleet.stop(one);
                one = fleet.start("one", "dispatcher");
                awaitDelivering(one);
                Fleet.stop(two);
                two = fleet.start("two", "dispatcher");
                awaitDelivering(two);
            }
            assertThat(load.refusals()).isEmpty();
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, one, two);
        System.out.println(
                "two dispatchers restarted in turn, %d times each: %d accepted, %d delivered, %d of them again"
                        .formatted(ROUNDS, ledger.acceptedCount(), ledger.deliveredCount("all"), arrivals.repeated()));
        arrivals.assertRepeatsAreExplained(fleet);
    }

    @Test
    void what_a_killed_dispatcher_had_the_other_delivers() {
        // Given
        Sluice ingress = fleet.start("ingress", "broker");
        Sluice one = fleet.start("one", "dispatcher");
        Sluice two = fleet.start("two", "dispatcher");
        apply(ingress, one, two);

        // When
        try (var load = Load.startSpread(ingress, ingress.ingress(namespace), "e", ledger, Duration.ofMillis(5))) {
            awaitDelivering(one);
            awaitDelivering(two);
            arrivals.kill(two);
            long then = load.sent();
            await().atMost(Fleet.PATIENCE).until(() -> load.sent() > then + 200);
            assertThat(load.refusals()).isEmpty();
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, one);
        arrivals.assertRepeatsAreExplained(fleet);
    }

    @Test
    void two_dispatchers_together_keep_to_the_rate_of_a_trigger() {
        // Given
        Sluice ingress = fleet.start("ingress", "broker");
        Sluice one = fleet.start("one", "dispatcher");
        Sluice two = fleet.start("two", "dispatcher");
        String trigger = Manifests.trigger(namespace, "all", subscriber.uri());
        apply(Manifests.annotated(trigger, "sluice.dev/rate-limit: 40;burst=5"), ingress, one, two);

        // When: from when both deliver, for as long as it takes to see what two whole limits would be
        long began = System.nanoTime();
        try (var load = Load.startSpread(ingress, ingress.ingress(namespace), "e", ledger, Duration.ofMillis(5))) {
            awaitDelivering(one);
            awaitDelivering(two);
            long then = subscriber.count();
            await().atMost(Fleet.PATIENCE).until(() -> subscriber.count() >= then + 120);
            assertThat(load.refusals()).isEmpty();
        }

        if (!fleet.saidAt(Arrivals.LOST_ITS_SESSION).isEmpty()) {
            // The machine stopped for longer than a session: whoever gets a partition then begins with a burst.
            return;
        }

        // Then: no more at any time than the burst and what has come in since, and one for each that has to round.
        // Counted from a time before the first, since a request may seem late on a busy machine, and never early.
        List<Received> requests = subscriber.requests();
        for (int sent = 9; sent <= requests.size(); sent++) {
            assertThat(Duration.ofNanos(requests.get(sent - 1).arrivedNanos() - began))
                    .as("until request %d", sent)
                    .isGreaterThan(Duration.ofMillis(25L * (sent - 8)));
        }
    }

    @Test
    void each_role_says_what_it_knows_and_what_others_do() {
        // Given
        Sluice ingress = fleet.start("ingress", "broker");
        Sluice dispatcher = fleet.start("one", "dispatcher");

        // When
        apply(ingress, dispatcher);
        ingress.send(namespace, Events.withId("through"));

        // Then
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("through"));
        assertThat(dispatcher.process().ingressPort()).isZero();
        assertThat(ingress.process().stderr())
                .as("nothing is wrong with what others know")
                .noneMatch(line -> line.contains("InOtherProcesses"));
        assertThat(dispatcher
                        .condition("brokers", namespace, "default", "IngressReady")
                        .path("reason")
                        .asText())
                .isEqualTo("InOtherProcesses");
        assertThat(ingress.ready("triggers", namespace, "all")).isEqualTo("Unknown");
        assertThat(ingress.condition("triggers", namespace, "all", "SubscriptionReady")
                        .path("message")
                        .asText())
                .contains("--role=dispatcher");
        assertThat(ingress.resource("triggers", namespace, "all")
                        .at("/metadata/uid")
                        .asText())
                .isEqualTo(dispatcher
                        .resource("triggers", namespace, "all")
                        .at("/metadata/uid")
                        .asText());
        Fleet.stop(ingress);
        Fleet.stop(dispatcher);
    }
}
