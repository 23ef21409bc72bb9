/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.e2e.EventMessage.Mode;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How fast a Trigger delivers, and how to stop it. */
final class PacingIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start("--max-in-flight", "20");

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    private double meter(String name) {
        return sluice.meter(name, "namespace=\"" + namespace + "\"");
    }

    private String trigger(String... annotations) {
        String trigger = Manifests.trigger(namespace, "t", subscriber.uri());
        return annotations.length == 0 ? trigger : Manifests.annotated(trigger, annotations);
    }

    private List<String> send(int events) {
        List<CloudEvent> sent = Events.numbered(namespace, events);
        sent.forEach(event -> sluice.send(namespace, event));
        return sent.stream().map(CloudEvent::getId).toList();
    }

    // ---- in flight ----------------------------------------------------------------------------------------------

    @Test
    void a_trigger_has_the_places_of_the_option_or_its_own() {
        // Given
        subscriber.hold();
        sluice.apply(namespace, trigger("sluice.dev/max-in-flight: \"3\""));
        send(60);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.inProgress() == 3);

        // When
        sluice.apply(namespace, trigger());

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.inProgress() == 20);
        sluice.apply(namespace, trigger("sluice.dev/max-in-flight: \"50\""));
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.inProgress() == 50);
        subscriber.release();
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_ended_total") == 60);
        assertThat(subscriber.mostInProgress()).isEqualTo(50);
        assertThat(subscriber.count()).isEqualTo(60);
    }

    // ---- rate ---------------------------------------------------------------------------------------------------

    @Test
    void a_rate_limit_holds_and_can_be_lifted() {
        // Given
        sluice.apply(namespace, trigger("sluice.dev/rate-limit: 20;burst=5"));

        // When: all in one request
        long began = System.nanoTime();
        assertThat(sluice.post(sluice.ingress(namespace), Mode.BATCHED.of(Events.numbered(namespace, 200)))
                        .statusCode())
                .isEqualTo(202);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= 35);

        // Then: no more at any time than the burst and what has come in since, less one that the clocks may differ by.
        // Counted from a time before the first, since a request may seem late on a busy machine, and never early.
        List<Received> requests = subscriber.requests();
        for (int sent = 6; sent <= requests.size(); sent++) {
            assertThat(Duration.ofNanos(requests.get(sent - 1).arrivedNanos() - began))
                    .as("until request %d", sent)
                    .isGreaterThan(Duration.ofMillis(50L * (sent - 6)));
        }
        assertThat(subscriber.count()).isLessThan(200);
        sluice.apply(namespace, trigger());
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_ended_total") == 200);
        assertThat(subscriber.count()).isEqualTo(200);
    }

    // ---- paused -------------------------------------------------------------------------------------------------

    @Test
    void a_paused_trigger_keeps_its_events_and_goes_on_where_it_stood() {
        // Given
        sluice.apply(namespace, trigger("sluice.dev/paused: \"true\""));

        // When
        List<String> ids = send(100);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_in_flight") == 100);
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_lag") == 100);
        assertThat(meter("sluice_trigger_paused")).isEqualTo(1);
        assertThat(sluice.ready("triggers", namespace, "t")).isEqualTo("True");
        JsonNode delivering = sluice.condition("triggers", namespace, "t", "Delivering");
        assertThat(delivering.path("status").asText()).isEqualTo("False");
        assertThat(delivering.path("reason").asText()).isEqualTo("Paused");
        assertThat(delivering.path("message").asText()).endsWith("100 events wait");
        assertThat(sluice.resource("triggers", namespace, "t")
                        .at("/status/annotations/sluice.dev~1in-flight")
                        .asText())
                .isEqualTo("100");
        assertThat(subscriber.count()).isZero();

        // When
        sluice.apply(namespace, trigger());

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_ended_total") == 100);
        assertThat(subscriber.ids()).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(meter("sluice_trigger_paused")).isZero();
    }

    @Test
    void what_is_under_way_when_a_trigger_is_paused_ends_and_retries_wait() {
        // Given
        subscriber.failNext(1, 503).hold();
        sluice.apply(namespace, trigger());
        send(30);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 20);

        // When
        sluice.apply(namespace, trigger("sluice.dev/paused: \"true\""));
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_paused") == 1);
        subscriber.release();

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_requests") == 0);
        assertThat(meter("sluice_trigger_ended_total")).isEqualTo(19);
        assertThat(subscriber.count()).isEqualTo(20);
        sluice.apply(namespace, trigger());
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_ended_total") == 30);
    }

    @Test
    void another_trigger_of_the_broker_does_not_notice() {
        // Given
        String other = Manifests.trigger(namespace, "other", subscriber.uri("/other"));
        sluice.apply(namespace, trigger("sluice.dev/paused: \"true\""), other);

        // When
        send(100);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 100);
        assertThat(subscriber.requests()).allMatch(request -> request.uri().equals("/other"));
    }
}
