/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of a backlog while its subscriber is down. */
final class BreakerIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    private double meter(String name, String... labels) {
        String[] all = new String[labels.length + 1];
        all[0] = "namespace=\"" + namespace + "\"";
        System.arraycopy(labels, 0, all, 1, labels.length);
        return sluice.meter(name, all);
    }

    private JsonNode delivering() {
        return sluice.condition("triggers", namespace, "t", "Delivering");
    }

    private void send(int events) {
        for (CloudEvent event : Events.numbered(namespace, events)) {
            sluice.send(namespace, event);
        }
    }

    @Test
    void a_subscriber_that_is_down_is_probed_until_it_is_back_and_no_attempts_are_used_up() {
        // Given: no sink
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace, "t", subscriber.uri(), "delivery:", "  retry: 3", "  backoffDelay: PT0.1S"));
        subscriber.answer(Answer.status(503));

        // When
        send(500);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_breaker_open") == 1);
        assertThat(sluice.ready("triggers", namespace, "t")).isEqualTo("True");
        assertThat(delivering().path("status").asText()).isEqualTo("False");
        assertThat(delivering().path("severity").asText()).isEqualTo("Info");
        assertThat(delivering().path("reason").asText()).isEqualTo("BreakerOpen");
        assertThat(delivering().path("message").asText())
                .contains(subscriber.uri() + " answered 503")
                .endsWith("events wait");
        long requests = subscriber.count();
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= requests + 2);
        assertThat(meter("sluice_trigger_in_flight")).isEqualTo(500);
        assertThat(subscriber.count())
                .as("requests to a subscriber that is down")
                .isLessThan(250);

        // When
        subscriber.answer(Answer.ok());

        // Then
        await().atMost(Sluice.PATIENCE.plusSeconds(30)).until(() -> meter("sluice_trigger_ended_total") == 500);
        assertThat(meter("sluice_trigger_ended_total", "delivered")).isEqualTo(500);
        assertThat(meter("sluice_trigger_breaker_open")).isZero();
        assertThat(delivering().path("status").asText()).isEqualTo("True");
        assertThat(logged("breaker opened")).hasSize(1);
        assertThat(logged("breaker closed")).hasSize(1);
    }

    private List<String> logged(String message) {
        return sluice.process().stderr().stream()
                .filter(line -> line.contains(message) && line.contains(namespace + "/t"))
                .toList();
    }

    @Test
    void with_a_sink_events_go_there_as_in_knative() {
        // Given
        sluice.apply(namespace, withSink());
        subscriber.answer(Answer.status(503));

        // When
        send(50);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 50);
        assertThat(meter("sluice_trigger_breaker_open")).isZero();
    }

    @Test
    void with_a_sink_the_breaker_may_be_asked_for() {
        // Given
        sluice.apply(namespace, Manifests.annotated(withSink(), "sluice.dev/breaker: pause"));
        subscriber.answer(Answer.status(503));

        // When
        send(500);

        // Then: what had used up its attempts before is there, and what a probe uses up
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_breaker_open") == 1);
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_requests") == 0);
        long dead = sink.count();
        assertThat(dead).isLessThan(250);
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() > dead);
        assertThat(delivering().path("reason").asText()).isEqualTo("BreakerOpen");
    }

    @Test
    void a_trigger_may_do_without() {
        // Given
        sluice.apply(
                namespace,
                Manifests.annotated(
                        Manifests.trigger(
                                namespace, "t", subscriber.uri(), "delivery: {retry: 5, backoffDelay: PT0.1S}"),
                        "sluice.dev/breaker: \"off\""));
        subscriber.answer(Answer.status(503));

        // When
        send(300);

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> subscriber.ids().stream().distinct().count() == 300);
        assertThat(meter("sluice_trigger_breaker_open")).isZero();
    }

    @Test
    void mending_the_subscribers_address_closes_it_at_once() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "t", subscriber.uri()));
        subscriber.answer(Answer.status(503).withHeader("Retry-After", "3600"));
        send(50);
        await().atMost(Sluice.PATIENCE).until(() -> meter("sluice_trigger_breaker_open") == 1);

        // When
        sluice.apply(namespace, Manifests.trigger(namespace, "t", sink.uri()));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 50);
        assertThat(sink.ids())
                .containsExactlyInAnyOrderElementsOf(Events.numbered(namespace, 50).stream()
                        .map(CloudEvent::getId)
                        .toList());
    }

    private String withSink() {
        return Manifests.trigger(
                namespace,
                "t",
                subscriber.uri(),
                List.of("delivery:", "  retry: 0", "  deadLetterSink: {uri: " + sink.uri("/dead") + "}")
                        .toArray(String[]::new));
    }
}
