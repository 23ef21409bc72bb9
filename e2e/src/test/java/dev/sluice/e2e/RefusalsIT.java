/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that the ingress refuses, at the ingress of the real process: status, reason, remedy, and nothing delivered. */
final class RefusalsIT {

    private static final String NAMESPACE = Sluice.namespace();
    private static final int MAX_EVENT = 64 * 1024;

    @RegisterExtension
    static final Sluice sluice = Sluice.start(
            "--max-event-size",
            "64KiB",
            "--max-header-size",
            "16KiB",
            "--request-timeout",
            "2s",
            "--inmemory-capacity",
            "2MiB");

    @RegisterExtension
    static final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @BeforeAll
    static void a_trigger_that_matches_everything() {
        sluice.apply(NAMESPACE, Manifests.trigger(NAMESPACE, "all", subscriber.uri()));
    }

    /** The tests share a namespace, so none may leave an event behind that the next one would count. */
    @AfterEach
    void everything_has_arrived() {
        CounterLaw.awaitNothingKept(sluice, NAMESPACE);
    }

    static Stream<Arguments> malformed_events() {
        return Stream.of(
                Arguments.of("no id", headers("ce-id", null), "id"),
                Arguments.of("no source", headers("ce-source", null), "source"),
                Arguments.of("no type", headers("ce-type", null), "type"),
                Arguments.of("empty id", headers("ce-id", ""), "id"),
                Arguments.of("empty source", headers("ce-source", ""), "source"),
                Arguments.of("empty type", headers("ce-type", ""), "type"),
                Arguments.of("empty subject", headers("ce-subject", ""), "subject"),
                Arguments.of("unknown specversion", headers("ce-specversion", "9.9"), "9.9"),
                Arguments.of("source no URI reference", headers("ce-source", "http://[broken"), "source"),
                Arguments.of("time no timestamp", headers("ce-time", "yesterday"), "yesterday"),
                Arguments.of("dataschema no URI", headers("ce-dataschema", "%20%20"), "dataschema"),
                Arguments.of("upper case in a name", headers("ce-my_ext", "x"), "my_ext"),
                Arguments.of("a header that stands for the data", headers("ce-data", "x"), "data"),
                Arguments.of("no UTF-8", headers("ce-subject", "%FF%FE"), "subject"),
                Arguments.of("expirytime no timestamp", headers("ce-expirytime", "soon"), "expirytime"),
                Arguments.of("ttl used up", headers("ce-knativebrokerttl", "1"), "knativebrokerttl"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed_events")
    void a_malformed_event_is_refused_by_the_name_of_its_attribute(
            String rule, Map<String, String> headers, String named) {
        requireRefused(400, named, post(headers, "{}"));
    }

    static Stream<Arguments> malformed_json() {
        return Stream.of(
                Arguments.of("not JSON", "{"),
                Arguments.of("no object", "[]"),
                Arguments.of("no id", "{\"specversion\":\"1.0\",\"source\":\"/s\",\"type\":\"t\"}"),
                Arguments.of("no specversion", "{\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}"),
                Arguments.of(
                        "unknown specversion",
                        "{\"specversion\":\"2.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}"),
                Arguments.of("id no string", "{\"specversion\":\"1.0\",\"id\":1,\"source\":\"/s\",\"type\":\"t\"}"),
                Arguments.of(
                        "member twice",
                        "{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"2\",\"source\":\"/s\",\"type\":\"t\"}"),
                Arguments.of(
                        "data twice",
                        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":1,\"data_base64\":\"MQ==\"}"),
                Arguments.of(
                        "no Base64",
                        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data_base64\":\"***\"}"),
                Arguments.of(
                        "extension is an object",
                        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"ext\":{}}"),
                Arguments.of(
                        "garbage behind it",
                        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"} x"),
                Arguments.of("nested without end", "{\"data\":" + "[".repeat(20_000)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed_json")
    void a_malformed_structured_event_is_refused(String rule, String body) {
        requireRefused(400, "", post(Map.of("content-type", "application/cloudevents+json"), body));
    }

    @Test
    void a_batch_with_one_malformed_event_is_refused_as_a_whole() {
        // Given
        String good = "{\"specversion\":\"1.0\",\"id\":\"good\",\"source\":\"/s\",\"type\":\"t\"}";
        String bad = "{\"specversion\":\"1.0\",\"id\":\"bad\",\"source\":\"/s\"}";

        // When
        HttpResponse<String> answer =
                post(Map.of("content-type", "application/cloudevents-batch+json"), "[" + good + "," + bad + "]");

        // Then
        requireRefused(400, "type", answer);
        requireNothingElseDelivered();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/json", "application/cloudevents+avro", ""})
    void what_makes_no_claim_to_be_an_event_is_refused(String contentType) {
        // When
        HttpResponse<String> answer =
                post(contentType.isEmpty() ? Map.of() : Map.of("content-type", contentType), "hello");

        // Then
        requireRefused(415, "", answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/no-such-namespace/default", "/%s/no-such-broker", "/", "/%s", "/%s/default/more"})
    void an_unknown_broker_is_not_found(String path) {
        // Given
        URI to = URI.create("http://localhost:" + sluice.process().ingressPort() + path.formatted(NAMESPACE));

        // When
        HttpResponse<String> answer = sluice.post(to, Events.MINIMAL);

        // Then
        assertThat(answer.statusCode()).isEqualTo(404);
        requireExplained(answer);
    }

    @Test
    void a_broker_that_is_not_ready_is_unavailable() {
        // Given: a Broker whose dead letter sink needs a cluster to be found
        String namespace = Sluice.namespace();
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(
                        namespace,
                        "default",
                        "delivery:",
                        "  deadLetterSink: {ref: {apiVersion: v1, kind: Service, name: morgue}}"));
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.ready("brokers", namespace, "default").equals("False"));

        // When
        HttpResponse<String> answer = sluice.post(sluice.ingress(namespace), Events.MINIMAL);

        // Then
        requireRefused(503, namespace + "/default", answer);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH"})
    void other_methods_are_not_allowed(String method) {
        // When
        HttpResponse<String> answer = sluice.exchange(HttpRequest.newBuilder(sluice.ingress(NAMESPACE))
                .method(method, BodyPublishers.noBody())
                .build());

        // Then
        requireRefused(405, method, answer);
        assertThat(answer.headers().firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("POST", "OPTIONS"));
    }

    @Test
    void an_event_that_is_too_large_is_refused() {
        requireRefused(
                413,
                Integer.toString(MAX_EVENT),
                sluice.post(sluice.ingress(NAMESPACE), Events.ofSize("big", MAX_EVENT + 1)));
    }

    @Test
    void an_event_that_is_too_large_is_refused_before_its_body_is_asked_for() {
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            // When: the head only, and the client waits for a word before it sends the rest
            connection.send(head("Content-Length: " + 10 * MAX_EVENT + "\r\nExpect: 100-continue\r\n"));

            // Then
            assertThat(connection.readHead(Sluice.PATIENCE)).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void a_body_of_unknown_length_is_cut_off_where_it_gets_too_large() {
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            // When
            connection.send(head("Transfer-Encoding: chunked\r\n"));
            String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
            for (int i = 0; i < 64 && connection.trySend(chunk); i++) {
                continue;
            }

            // Then
            assertThat(connection.readHead(Sluice.PATIENCE)).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void headers_that_are_too_large_are_refused() {
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            // When
            connection.trySend(head("ce-long: " + "x".repeat(20_000) + "\r\nContent-Length: 0\r\n"));

            // Then
            assertThat(connection.readHead(Sluice.PATIENCE)).startsWith("HTTP/1.1 431 ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n\r\nnonsense\r\n\r\n",
                "GET\r\n\r\n",
                "POST / HTTP/9.9\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000"
            })
    void what_is_no_http_is_refused_and_the_connection_closed(String bytes) {
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            // When
            connection.send(bytes);
            connection.trySend("\r\n\r\n");

            // Then
            assertThat(connection.readToEnd(Duration.ofSeconds(70))).doesNotContain(" 2", " 500 ");
        }
        sluice.send(NAMESPACE, Events.withId("after nonsense"));
    }

    @Test
    void a_body_that_drips_is_cut_off_after_the_request_timeout() {
        try (var connection = new RawConnection(sluice.process().ingressPort())) {
            // When: a byte now and then keeps the connection from being idle
            long start = System.nanoTime();
            connection.send(head("Content-Length: 1000\r\n"));
            await().atMost(Sluice.PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> !connection.trySend("x") || connection.isClosedByPeer(Duration.ofMillis(50)));

            // Then
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(1900), Duration.ofSeconds(20));
        }
    }

    @Test
    void a_client_that_goes_away_in_the_middle_leaves_nothing_behind() {
        // Given
        for (int i = 0; i < 200; i++) {
            try (var connection = new RawConnection(sluice.process().ingressPort())) {
                connection.send(head("Content-Length: 1000\r\n") + "half a body");
            }
        }

        // When
        sluice.send(NAMESPACE, Events.withId("after 200 clients went away"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.ids().contains("after 200 clients went away"));
        assertThat(subscriber.ids()).doesNotContain("raw");
    }

    @Test
    void a_broker_whose_share_is_full_pushes_back_and_takes_events_again_when_there_is_room() {
        // Given: a subscriber that never answers
        String namespace = Sluice.namespace();
        try (var hanging = RecordingSubscriber.start()) {
            hanging.hold();
            sluice.apply(namespace, Manifests.trigger(namespace, "hanging", hanging.uri()));
            var accepted = new java.util.ArrayList<String>();

            // When
            HttpResponse<String> answer = null;
            for (int i = 0; i < 10_000; i++) {
                String id = namespace + "-" + i;
                answer = sluice.post(sluice.ingress(namespace), Events.ofSize(id, 16 * 1024));
                if (answer.statusCode() != 202) {
                    break;
                }
                accepted.add(id);
            }

            // Then
            requireRefused(429, namespace + "/default", answer);
            assertThat(answer.headers().firstValue("Retry-After"))
                    .hasValueSatisfying(
                            seconds -> assertThat(Integer.parseInt(seconds)).isPositive());
            assertThat(accepted).hasSizeBetween(10, 2 * 1024 / 16);
            assertThat(sluice.post(sluice.ingress(NAMESPACE), Events.withId("of another broker"))
                            .statusCode())
                    .isEqualTo(202);

            // When
            hanging.release();

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> hanging.count() == accepted.size());
            assertThat(hanging.ids()).containsExactlyInAnyOrderElementsOf(accepted);
            await().atMost(Sluice.PATIENCE)
                    .until(() -> sluice.post(sluice.ingress(namespace), Events.withId("room again"))
                                    .statusCode()
                            == 202);
        }
    }

    @Test
    void refusals_are_counted_by_reason() {
        // Given
        double before = refused("EventTooLarge");

        // When
        sluice.post(sluice.ingress(NAMESPACE), Events.ofSize("big", MAX_EVENT + 1));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> refused("EventTooLarge") == before + 1);
    }

    private static double refused(String reason) {
        return sluice.meter("sluice_ingress_refused_total", "reason=\"" + reason + "\"", "broker=\"default\"");
    }

    /** The headers of a good event, with one of them changed, or left out. */
    private static Map<String, String> headers(String name, String value) {
        var headers = new LinkedHashMap<String, String>(Map.of(
                "ce-specversion",
                "1.0",
                "ce-id",
                "malformed",
                "ce-source",
                "/s",
                "ce-type",
                "t",
                "content-type",
                "application/json"));
        if (value == null) {
            headers.remove(name);
        } else {
            headers.put(name, value);
        }
        return headers;
    }

    private static String head(String more) {
        return "POST /" + NAMESPACE + "/default HTTP/1.1\r\nHost: localhost\r\nce-specversion: 1.0\r\nce-id: raw\r\n"
                + "ce-source: /s\r\nce-type: t\r\n" + more + "\r\n";
    }

    private static HttpResponse<String> post(Map<String, String> headers, String body) {
        return sluice.exchange(Sluice.request(sluice.ingress(NAMESPACE), headers, body.getBytes(UTF_8)));
    }

    private static void requireRefused(int status, String named, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        requireExplained(answer);
        assertThat(Sluice.json(answer).path("error").asText()
                        + Sluice.json(answer).path("remedy").asText())
                .contains(named);
    }

    private static void requireExplained(HttpResponse<String> answer) {
        JsonNode body = Sluice.json(answer);
        assertThat(answer.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        assertThat(body.path("error").asText()).isNotBlank();
        assertThat(body.path("remedy").asText()).isNotBlank();
    }

    /** Sends one more event, which the channel hands over after all that was there before, and looks that it is alone. */
    private static void requireNothingElseDelivered() {
        subscriber.answer(Answer.ok());
        sluice.send(NAMESPACE, Events.withId("the only one"));
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() > 0);
        assertThat(subscriber.ids()).containsExactly("the only one");
    }
}
