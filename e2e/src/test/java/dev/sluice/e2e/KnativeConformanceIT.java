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
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Knative's own conformance tests for Brokers and Triggers ask (test/rekt/features/broker and trigger), asked here.
 * Where another class of this package asks the same, it is not repeated: content modes, single filter dialects, dead letter
 * attributes.
 */
final class KnativeConformanceIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber one = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber two = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    // ---- control plane ------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "default",
                "with-dashes",
                "with1digits2",
                "x",
                "sixty-three-characters-are-the-most-that-a-name-may-have-so-far"
            })
    void brokers_and_triggers_of_any_valid_name_become_ready(String name) {
        assertThat(name.length()).isLessThanOrEqualTo(63);
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(namespace, name),
                Manifests.trigger(namespace, name, one.uri()).replace("broker: default", "broker: " + name));

        sluice.awaitReady("brokers", namespace, name);
        sluice.awaitReady("triggers", namespace, name);
    }

    @Test
    void a_ready_broker_has_an_address_and_publishes_its_dead_letter_sink() {
        // When
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(namespace, "default", "delivery: {deadLetterSink: {uri: " + one.uri("/dead") + "}}"));
        sluice.awaitReady("brokers", namespace, "default");

        // Then
        JsonNode status = sluice.resource("brokers", namespace, "default").path("status");
        assertThat(URI.create(status.at("/address/url").asText()).getScheme()).isEqualTo("http");
        assertThat(status.at("/address/name").asText()).isEqualTo("http");
        assertThat(status.path("deadLetterSinkUri").asText())
                .isEqualTo(one.uri("/dead").toString());
        assertThat(status.path("observedGeneration").asInt()).isEqualTo(1);
    }

    @Test
    void the_class_of_a_broker_can_not_be_changed() {
        // Given
        String broker = Manifests.broker(namespace, "default");
        sluice.write(namespace + ".yaml", broker);
        sluice.awaitReady("brokers", namespace, "default");

        // When
        sluice.write(
                namespace + ".yaml",
                Manifests.annotated(broker, "eventing.knative.dev/broker.class: MTChannelBasedBroker"));

        // Then
        sluice.process().awaitStderr(namespace + "\\.yaml.*broker\\.class", Sluice.PATIENCE);
        assertThat(sluice.post(sluice.ingress(namespace), Events.MINIMAL).statusCode())
                .isEqualTo(202);
    }

    @Test
    void the_config_of_a_broker_can_not_be_changed() {
        // Given
        sluice.write(
                namespace + ".yaml",
                configMap("before"),
                configMap("after"),
                Manifests.broker(namespace, "default", "config: {apiVersion: v1, kind: ConfigMap, name: before}"));
        sluice.awaitReady("brokers", namespace, "default");

        // When
        sluice.write(
                namespace + ".yaml",
                configMap("before"),
                configMap("after"),
                Manifests.broker(namespace, "default", "config: {apiVersion: v1, kind: ConfigMap, name: after}"));

        // Then
        sluice.process().awaitStderr(namespace + "\\.yaml.*spec\\.config", Sluice.PATIENCE);
        assertThat(sluice.resource("brokers", namespace, "default")
                        .at("/spec/config/name")
                        .asText())
                .isEqualTo("before");
    }

    @Test
    void a_broker_of_another_class_is_left_alone() {
        // When
        sluice.write(
                namespace + ".yaml",
                Manifests.annotated(
                        Manifests.broker(namespace, "default"),
                        "eventing.knative.dev/broker.class: MTChannelBasedBroker"),
                Manifests.trigger(namespace, "t", one.uri()),
                Manifests.broker(namespace, "ours"));
        sluice.awaitReady("brokers", namespace, "ours");

        // Then
        assertThat(sluice.ready("brokers", namespace, "default")).isNotEqualTo("True");
        assertThat(sluice.post(sluice.ingress(namespace), Events.MINIMAL).statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_filter_shows_in_the_resource_as_it_was_written() {
        // When
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace,
                        "t",
                        one.uri(),
                        "filter: {attributes: {type: a, source: /b, aaa: x, c1d2e3: y, abcdefghijklmnopqrst: z}}"));

        // Then
        assertThat(sluice.resource("triggers", namespace, "t")
                        .at("/spec/filter/attributes")
                        .toString())
                .isEqualTo(
                        "{\"type\":\"a\",\"source\":\"/b\",\"aaa\":\"x\",\"c1d2e3\":\"y\",\"abcdefghijklmnopqrst\":\"z\"}");
    }

    @Test
    void a_trigger_follows_its_brokers_readiness() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "t", one.uri()));

        // When: the Broker's dead letter sink becomes one that can't be found without a cluster
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(
                        namespace,
                        "default",
                        "delivery: {deadLetterSink: {ref: {apiVersion: v1, kind: Service, name: morgue}}}"),
                Manifests.trigger(namespace, "t", one.uri()));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("brokers", namespace, "default").equals("False"));
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("triggers", namespace, "t").equals("False"));
        assertThat(sluice.condition("triggers", namespace, "t", "BrokerReady")
                        .path("status")
                        .asText())
                .isEqualTo("False");
    }

    @Test
    void a_trigger_may_name_its_broker_by_reference() {
        // When
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "t", one.uri())
                        .replace(
                                "broker: default",
                                "brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}"));
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 1);
    }

    // ---- delivery matrix ----------------------------------------------------------------------------------------

    /** Attempts are the retries of the first delivery spec that is set, and one. */
    @ParameterizedTest(name = "broker retry {0}, trigger retry {1}: {2} attempts")
    @CsvSource({"3, , 4", "0, 3, 4", "0, 1, 2", "3, 1, 2", "1, 3, 4"})
    void the_triggers_retries_count_before_the_brokers(Integer broker, Integer trigger, int attempts) {
        // Given
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(
                        namespace,
                        "default",
                        "delivery: {retry: " + broker + ", backoffDelay: PT0.01S, deadLetterSink: {uri: " + two.uri()
                                + "}}"),
                trigger == null
                        ? Manifests.trigger(namespace, "t", one.uri())
                        : Manifests.trigger(
                                namespace,
                                "t",
                                one.uri(),
                                "delivery: {retry: " + trigger + ", backoffDelay: PT0.01S}"));
        sluice.awaitReady("triggers", namespace, "t");
        one.failNext(attempts, 500);

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> two.count() == 1);
        assertThat(one.count()).isEqualTo(attempts);
    }

    @Test
    void without_any_delivery_the_first_waits_are_200_and_400_milliseconds() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "t", one.uri()));
        one.failNext(2, 500);

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 3);
        List<Received> attempts = one.requests();
        assertThat(Duration.ofNanos(
                        attempts.get(1).arrivedNanos() - attempts.get(0).arrivedNanos()))
                .isBetween(Duration.ofMillis(195), Sluice.PATIENCE);
        assertThat(Duration.ofNanos(
                        attempts.get(2).arrivedNanos() - attempts.get(1).arrivedNanos()))
                .isBetween(Duration.ofMillis(395), Sluice.PATIENCE);
    }

    @Test
    void a_subscriber_that_drops_like_fibonacci_gets_every_event_in_the_end() {
        // Given: the first, second, third, fifth and eighth request is let through
        List<Long> through = List.of(1L, 2L, 3L, 5L, 8L);
        one.answerBy(request -> Answer.status(through.contains(request.ordinal()) ? 200 : 503));
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace,
                        "t",
                        one.uri(),
                        "delivery: {retry: 5, backoffPolicy: linear, backoffDelay: PT0.05S}"));

        // When
        Events.numbered(namespace, 5).forEach(event -> sluice.send(namespace, event));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter(
                                "sluice_trigger_ended_total", "namespace=\"" + namespace + "\"", "end=\"delivered\"")
                        == 5);
    }

    @Test
    void a_subscriber_that_nothing_can_be_sent_to_ends_at_the_brokers_dead_letter_sink() {
        // Given: a scheme that nobody speaks, which Knative accepts too
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(
                        namespace, "default", "delivery: {retry: 0, deadLetterSink: {uri: " + two.uri() + "}}"),
                Manifests.trigger(namespace, "t", URI.create("bad://uri")));
        sluice.awaitReady("triggers", namespace, "t");

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> two.count() == 1);
        assertThat(two.last().requireEvent().getExtension("knativeerrordest"))
                .asString()
                .startsWith("bad://uri");
    }

    // ---- routing matrix -----------------------------------------------------------------------------------------

    @Test
    void two_triggers_without_filters_both_get_an_event() {
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "one", one.uri()),
                Manifests.trigger(namespace, "two", two.uri()));

        sluice.send(namespace, Events.MINIMAL);

        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 1 && two.count() == 1);
    }

    @Test
    void of_two_triggers_only_the_one_that_matches_gets_an_event() {
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "one", one.uri(), "filter: {attributes: {type: a}}"),
                Manifests.trigger(namespace, "two", two.uri(), "filter: {attributes: {type: b}}"));

        sluice.send(namespace, Events.of("only-two", "b"));
        sluice.send(namespace, Events.of("only-one", "a"));

        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 1 && two.count() == 1);
        assertThat(one.ids()).containsExactly("only-one");
        assertThat(two.ids()).containsExactly("only-two");
    }

    @Test
    void triggers_of_two_brokers_do_not_see_each_others_events() {
        // Given
        sluice.apply(
                namespace,
                Manifests.broker(namespace, "other"),
                Manifests.trigger(namespace, "one", one.uri()),
                Manifests.trigger(namespace, "two", two.uri()).replace("broker: default", "broker: other"));

        // When
        sluice.send(namespace, Events.withId("default"));
        sluice.post(sluice.process().ingress(namespace, "other"), Events.withId("other"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 1 && two.count() == 1);
        assertThat(one.ids()).containsExactly("default");
        assertThat(two.ids()).containsExactly("other");
    }

    @Test
    void a_transformation_reaches_the_trigger_that_waits_for_it_and_no_other() {
        // Given: the first transforms, the second sees both, the third only what was transformed, through another
        // Broker
        CloudEvent transformed = CloudEventBuilder.v1(Events.MINIMAL)
                .withId("transformed")
                .withType("transformed")
                .build();
        one.answerBy(request -> request.uri().equals("/transform") ? Answer.reply(transformed) : Answer.ok());
        sluice.apply(
                namespace,
                Manifests.broker(namespace, "downstream"),
                Manifests.trigger(
                        namespace, "transform", one.uri("/transform"), "filter: {attributes: {type: original}}"),
                Manifests.trigger(namespace, "both", two.uri("/both")),
                Manifests.trigger(
                        namespace,
                        "forward",
                        sluice.process().ingress(namespace, "downstream"),
                        "filter: {attributes: {type: transformed}}"),
                Manifests.trigger(namespace, "end", one.uri("/end")).replace("broker: default", "broker: downstream"));

        // When
        sluice.send(namespace, Events.of("original", "original"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> two.count() == 2 && one.count() == 2);
        assertThat(one.requests())
                .extracting(request -> request.uri() + " " + request.eventId())
                .containsExactlyInAnyOrder("/transform original", "/end transformed");
        assertThat(two.ids()).containsExactlyInAnyOrder("original", "transformed");
    }

    @Test
    void a_new_trigger_does_not_see_events_from_before_it() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "one", one.uri()));
        sluice.send(namespace, Events.withId("before"));
        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 1);

        // When
        sluice.write("late-" + namespace + ".yaml", Manifests.trigger(namespace, "two", two.uri()));
        sluice.awaitReady("triggers", namespace, "two");
        sluice.send(namespace, Events.withId("after"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> one.count() == 2 && two.count() == 1);
        assertThat(two.ids()).containsExactly("after");
    }

    private String configMap(String name) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  namespace: %s
                  name: %s
                data: {}
                """.formatted(namespace, name);
    }

    // ---- headers ------------------------------------------------------------------------------------------------

    @Test
    void headers_that_trace_and_those_of_knative_go_on_with_the_event_and_its_reply() {
        // Given
        one.answer(Answer.reply(Events.of("reply", "answer")).withHeader("Knative-Answered-By", "one"));
        two.answerBy(request -> Answer.status(request.uri().equals("/dead") ? 200 : 400));
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "asked", one.uri(), "filter: {attributes: {type: question}}"),
                Manifests.trigger(
                        namespace,
                        "answered",
                        two.uri("/answer"),
                        "filter: {attributes: {type: answer}}",
                        "delivery: {retry: 0, deadLetterSink: {uri: " + two.uri("/dead") + "}}"));
        Map<String, String> headers = new HashMap<>(
                EventMessage.Mode.BINARY.of(Events.of("1", "question")).headers());
        headers.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        headers.put("X-Request-Id", "42");
        headers.put("Knative-Colour", "blue");
        headers.put("Colour", "red");

        // When
        assertThat(sluice.post(sluice.ingress(namespace), new EventMessage(headers, new byte[0]))
                        .statusCode())
                .isEqualTo(202);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> two.count() == 2);
        Received asked = one.last();
        assertThat(asked.header("traceparent")).hasValue(headers.get("traceparent"));
        assertThat(asked.header("x-request-id")).hasValue("42");
        assertThat(asked.header("knative-colour")).hasValue("blue");
        assertThat(asked.header("colour")).isEmpty();
        assertThat(two.requests()).allSatisfy(answered -> {
            assertThat(answered.header("traceparent")).hasValue(headers.get("traceparent"));
            assertThat(answered.header("knative-answered-by")).hasValue("one");
            assertThat(answered.header("knative-colour")).isEmpty();
        });
        assertThat(asked.header("ce-sluiceheaders")).isEmpty();
    }
}
