/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A trigger beside others that are slow or broken gets what it would get alone. By counts, which hold on any machine; by
 * the clock it is measured by the program {@code Isolation} of the module bench.
 */
final class IsolationIT {

    private static final int EVENTS = 600;
    private static final Duration PACE = Duration.ofMillis(3);

    @RegisterExtension
    static final Sluice sluice = Sluice.start("--connect-timeout", "60s");

    @RegisterExtension
    final RecordingSubscriber slow = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber healthy = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();
    private final Ledger ledger = new Ledger().expecting("healthy").expecting("slow");

    @Test
    void beside_one_that_takes_a_second_for_each_event_the_other_has_all_before_it_and_the_slow_one_loses_none() {
        // Given: five at a time, so that it would take two minutes
        slow.answer(Answer.ok().after(Duration.ofSeconds(1)));
        slow.onRequest(request -> ledger.delivered("slow", request.eventId()));
        healthy.onRequest(request -> ledger.delivered("healthy", request.eventId()));
        sluice.apply(
                namespace,
                Manifests.annotated(
                        Manifests.trigger(namespace, "slow", slow.uri()), "sluice.dev/max-in-flight: \"5\""),
                Manifests.trigger(namespace, "healthy", healthy.uri()));

        // When
        send();

        // Then: the slow one is far behind when the other is through
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("healthy") == ledger.acceptedCount());
        assertThat(slow.answeredCount()).isLessThan(ledger.acceptedCount());

        // When: it has recovered
        slow.answer(Answer.ok());

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("slow") == ledger.acceptedCount());
        ledger.verify().assertNothingLost().assertNothingDuplicated();
        assertThat(slow.mostInProgress()).isLessThanOrEqualTo(5);
    }

    @Test
    void beside_twenty_that_are_broken_the_other_has_all_before_any_of_them_has_one() {
        // Given
        slow.answerBy(request -> request.uri().startsWith("/hangs") ? Answer.never() : Answer.status(500));
        healthy.onRequest(request -> ledger.delivered("healthy", request.eventId()));
        List<String> triggers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String name = (i % 2 == 0 ? "hangs-" : "fails-") + i;
            triggers.add(Manifests.trigger(
                    namespace,
                    name,
                    slow.uri("/" + name),
                    "delivery: {retry: 100000, backoffPolicy: linear, backoffDelay: PT0.1S}"));
        }
        triggers.add(Manifests.trigger(namespace, "healthy", healthy.uri()));
        sluice.apply(namespace, triggers.toArray(String[]::new));

        // When
        send();

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("healthy") == ledger.acceptedCount());
        for (int i = 0; i < 20; i++) {
            String trigger = "trigger=\"" + (i % 2 == 0 ? "hangs-" : "fails-") + i + "\"";
            assertThat(sluice.meter("sluice_trigger_in_flight", "namespace=\"" + namespace + "\"", trigger))
                    .isEqualTo(ledger.acceptedCount());
        }
        assertThat(sluice.meter(
                        "sluice_trigger_retries_total", "namespace=\"" + namespace + "\"", "trigger=\"healthy\""))
                .isZero();
    }

    @Test
    void a_thousand_connections_of_one_trigger_leave_room_for_the_others_of_its_host() {
        // Given: it may have a thousand requests under way, and gets an answer to so few that they are all used up
        AtomicInteger toHangs = new AtomicInteger();
        slow.answerBy(request ->
                request.uri().equals("/hangs") && toHangs.incrementAndGet() % 4 != 0 ? Answer.never() : Answer.ok());
        slow.onRequest(request -> {
            if (request.uri().equals("/healthy")) {
                ledger.delivered("healthy", request.eventId());
            }
        });
        sluice.apply(
                namespace,
                Manifests.annotated(
                        // None of them is given up and tried again while others are still opened.
                        Manifests.trigger(namespace, "hangs", slow.uri("/hangs"), "delivery: {timeout: PT10M}"),
                        "sluice.dev/max-in-flight: \"1000\""),
                Manifests.trigger(namespace, "healthy", slow.uri("/healthy")));

        // When
        try (Load load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ZERO)) {
            await().atMost(Sluice.PATIENCE).until(() -> load.sent() >= 1_500);
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("healthy") == ledger.acceptedCount());
        await().atMost(Sluice.PATIENCE)
                .until(() -> slow.connections() > 1_000
                        && sluice.meter(
                                        "sluice_trigger_requests",
                                        "namespace=\"" + namespace + "\"",
                                        "trigger=\"hangs\"")
                                == 1_000);
    }

    private void send() {
        try (Load load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, PACE)) {
            await().atMost(Sluice.PATIENCE.multipliedBy(2)).until(() -> load.sent() >= EVENTS);
        }
        assertThat(ledger.acceptedCount()).isGreaterThanOrEqualTo(EVENTS);
    }

    @AfterAll
    static void the_process_agrees_with_itself() {
        CounterLaw.awaitSelfCheck(sluice);
    }

    @AfterEach
    void the_counters_agree() {
        CounterLaw.assertHolds(sluice);
        sluice.write(namespace + ".yaml", Manifests.broker(namespace, "default"));
        slow.dropConnections();
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_requests", "namespace=\"" + namespace + "\"") == 0);
    }
}
