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
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How the process ends: by SIGTERM under load, beside a subscriber that hangs, by Ctrl-C once and twice. */
final class StopIT {

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    @Test
    void everything_accepted_is_delivered_before_a_stop_under_load_ends() {
        try (Sluice sluice = Sluice.start()) {
            // Given
            var ledger = new Ledger().expecting("all");
            subscriber.onRequest(request -> ledger.delivered("all", request.eventId()));
            sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));

            // When
            try (var load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ZERO)) {
                await().atMost(Sluice.PATIENCE).until(() -> ledger.acceptedCount() > 2_000);
                sluice.process().sigterm();
                await().atMost(Sluice.PATIENCE).until(() -> !load.refusals().isEmpty());
            }
            int status = sluice.process().awaitExit(Duration.ofSeconds(40));

            // Then: what had been answered 202 has arrived by the time the process is gone
            assertThat(status).as(sluice.process().tail()).isZero();
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.inProgress() == 0);
            ledger.verify().assertNothingLost().assertNothingDuplicated();
        }
    }

    @Test
    void a_stopping_server_refuses_new_events_and_is_not_ready_while_it_drains() {
        try (Sluice sluice = Sluice.start("--shutdown-timeout", "20s")) {
            // Given: one event is on its way and the subscriber takes its time
            sluice.apply(
                    namespace,
                    Manifests.trigger(namespace, "held", subscriber.hold().uri()));
            sluice.send(namespace, Events.withId("held"));
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 1);
            assertThat(sluice.get(sluice.process().admin("/health/ready")).statusCode())
                    .isEqualTo(200);

            // When
            sluice.process().sigterm();

            // Then
            await().atMost(Sluice.PATIENCE)
                    .until(() ->
                            sluice.get(sluice.process().admin("/health/ready")).statusCode() == 503);
            // It is out of whatever balances the load before its door closes; what is no event is asked for until then.
            var noEvent = new EventMessage(Map.of(), new byte[0]);
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.post(sluice.ingress(namespace), noEvent).statusCode() == 503);
            HttpResponse<String> refused = sluice.post(sluice.ingress(namespace), Events.withId("late"));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(Sluice.json(refused).path("error").asText()).isNotBlank();
            assertThat(sluice.get(sluice.process().admin("/health/live")).statusCode())
                    .isEqualTo(200);

            // When
            subscriber.release();

            // Then
            assertThat(sluice.process().awaitExit(Duration.ofSeconds(15))).isZero();
            assertThat(subscriber.ids()).containsExactly("held");
        }
    }

    @Test
    void a_stop_beside_a_hanging_subscriber_ends_in_time_and_says_how_many_events_are_left() {
        try (Sluice sluice = Sluice.start("--shutdown-timeout", "1s")) {
            // Given
            sluice.apply(
                    namespace,
                    Manifests.trigger(namespace, "hanging", subscriber.hold().uri()));
            Events.numbered(namespace, 7).forEach(event -> sluice.send(namespace, event));
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 7);
            long start = System.nanoTime();

            // When
            sluice.process().sigterm();
            int status = sluice.process().awaitExit(Duration.ofSeconds(20));

            // Then
            assertThat(status).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
            assertThat(sluice.process().stderr())
                    .anySatisfy(
                            line -> assertThat(line).containsPattern("\\b7\\b").contains("hanging"));
        }
    }

    @Test
    void ctrl_c_drains_like_sigterm() {
        try (Sluice sluice = Sluice.start()) {
            sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));
            sluice.send(namespace, Events.MINIMAL);

            sluice.process().sigint();

            assertThat(sluice.process().awaitExit(Duration.ofSeconds(20))).isZero();
            assertThat(subscriber.count()).isEqualTo(1);
        }
    }

    @Test
    void ctrl_c_twice_stops_at_once() {
        try (Sluice sluice = Sluice.start("--shutdown-timeout", "60s")) {
            // Given
            sluice.apply(
                    namespace,
                    Manifests.trigger(namespace, "hanging", subscriber.hold().uri()));
            sluice.send(namespace, Events.MINIMAL);
            await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 1);
            sluice.process().sigint();
            await().atMost(Sluice.PATIENCE)
                    .until(() ->
                            sluice.get(sluice.process().admin("/health/ready")).statusCode() == 503);
            long start = System.nanoTime();

            // When
            sluice.process().sigint();
            sluice.process().awaitExit(Duration.ofSeconds(20));

            // Then
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        }
    }
}
