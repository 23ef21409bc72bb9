/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.testkit.RawClient;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.net.BindException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ingress takes and what it refuses, over real HTTP. */
class IngressTest {

    private static final String CORE = "\"specversion\":\"1.0\",\"source\":\"/orders\",\"type\":\"placed\"";

    private IngressFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = IngressFixture.open();
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static void assertRefused(HttpResponse<String> response, int status, String error) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        JsonObject body = new JsonObject(response.body());
        assertThat(body.fieldNames()).containsExactly("error", "remedy");
        assertThat(body.getString("error")).contains(error);
        assertThat(body.getString("remedy")).isNotBlank();
    }

    @Test
    void accepts_a_binary_event_with_202_and_an_empty_body() throws Exception {
        // When
        HttpResponse<String> response = fixture.send(fixture.event().header("ce-subject", "Euro%20%E2%82%AC"));

        // Then
        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(response.body()).isEmpty();
        CloudEvent event = fixture.channel.events().get(0);
        assertThat(event.getSubject()).isEqualTo("Euro €");
        assertThat(dataOf(event)).isEqualTo("hello");
        assertThat(fixture.channel.appends().get(0).admission()).isEqualTo(Admission.PRODUCER);
        assertThat(fixture.accepted()).isEqualTo(1);
    }

    private static String dataOf(CloudEvent event) {
        CloudEventData data = Objects.requireNonNull(event.getData());
        return new String(data.toBytes(), UTF_8);
    }

    @Test
    void accepts_a_structured_event_and_keeps_its_data_bytes() throws Exception {
        HttpResponse<String> response = fixture.send(fixture.request()
                .header("content-type", "Application/CloudEvents+JSON; charset=UTF-8")
                .POST(BodyPublishers.ofString("{\"id\":\"1\"," + CORE + ",\"data\":{\"price\": 1.10}}")));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(dataOf(fixture.channel.events().get(0))).isEqualTo("{\"price\": 1.10}");
    }

    @Test
    void appends_a_batch_as_one() throws Exception {
        HttpResponse<String> response = fixture.send(fixture.request()
                .header("content-type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString("[{\"id\":\"1\"," + CORE + "},{\"id\":\"2\"," + CORE + "}]")));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(fixture.channel.appends()).hasSize(1);
        assertThat(fixture.channel.events()).extracting(CloudEvent::getId).containsExactly("1", "2");
        assertThat(fixture.accepted()).isEqualTo(2);
    }

    @Test
    void refuses_a_whole_batch_for_one_bad_event() throws Exception {
        HttpResponse<String> response = fixture.send(fixture.request()
                .header("content-type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString("[{\"id\":\"1\"," + CORE + "},{\"id\":\"\"," + CORE + "}]")));

        assertRefused(response, 400, "event 2 of the batch: attribute \"id\" has the value \"\"");
        assertThat(fixture.channel.appends()).isEmpty();
    }

    @Test
    void accepts_an_empty_batch_without_appending() throws Exception {
        HttpResponse<String> response = fixture.send(fixture.request()
                .header("content-type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString("[]")));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(fixture.channel.appends()).isEmpty();
    }

    @Test
    void keeps_0_3_as_0_3() throws Exception {
        fixture.send(fixture.event().setHeader("ce-specversion", "0.3"));

        assertThat(fixture.channel.events().get(0).getSpecVersion()).isEqualTo(SpecVersion.V03);
    }

    @Test
    void stamps_arrival_time_and_ttl() throws Exception {
        fixture.send(fixture.event().header("ce-knativearrivaltime", "2001-01-01T00:00:00Z"));
        fixture.send(fixture.event().header("ce-knativebrokerttl", "7"));

        CloudEvent first = fixture.channel.events().get(0);
        assertThat(first.getExtension("knativearrivaltime")).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(first.getExtension("knativebrokerttl")).isEqualTo(255);
        assertThat(fixture.channel.events().get(1).getExtension("knativebrokerttl"))
                .isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0", "-3"})
    void refuses_an_event_whose_ttl_is_used_up(String ttl) throws Exception {
        assertRefused(fixture.send(fixture.event().header("ce-knativebrokerttl", ttl)), 400, "knativebrokerttl");
        assertThat(fixture.refused("default", "TtlExhausted")).isEqualTo(1);
        assertThat(fixture.channel.appends()).isEmpty();
    }

    @Test
    void counts_an_event_down_that_a_subscriber_passed_on_without_its_ttl() throws Exception {
        fixture.send(fixture.event().header("Sluice-Ttl", "7"));

        assertThat(fixture.channel.events().get(0).getExtension("knativebrokerttl"))
                .isEqualTo(6);
        assertRefused(fixture.send(fixture.event().header("Sluice-Ttl", "1")), 400, "knativebrokerttl");
    }

    @Test
    void answers_202_only_once_the_channel_has_the_event() throws Exception {
        // Given
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);

        // When
        CompletableFuture<HttpResponse<String>> answer =
                HttpClient.newHttpClient().sendAsync(fixture.event().build(), BodyHandlers.ofString());
        await().until(() -> !fixture.channel.appends().isEmpty());

        // Then
        assertThat(answer).isNotDone();
        kept.complete();
        assertThat(answer.get().statusCode()).isEqualTo(202);
    }

    @Test
    void speaks_http_2_in_clear_text() throws Exception {
        HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        for (int round = 0; round < 3; round++) {
            HttpResponse<String> response = http2.send(fixture.event().build(), BodyHandlers.ofString());
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(response.statusCode()).isEqualTo(202);
        }
        HttpResponse<String> refused =
                http2.send(fixture.event().setHeader("ce-time", "now").build(), BodyHandlers.ofString());
        assertRefused(refused, 400, "attribute \"time\"");
        HttpResponse<String> tooLarge = http2.send(
                fixture.event().POST(BodyPublishers.ofString("x".repeat(1_001))).build(), BodyHandlers.ofString());
        assertRefused(tooLarge, 413, "1001 bytes");
        assertThat(fixture.channel.events()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ce-id          |          | \"id\" has the value \"\"",
                "ce-specversion | 9.9      | \"specversion\" has the value \"9.9\"",
                "ce-source      | not a uri | \"source\" has the value \"not a uri\"",
                "ce-time        | now      | \"time\" has the value \"now\"",
                "ce-expirytime  | later    | \"expirytime\" has the value \"later\"",
                "ce-my-ext      | x        | \"ce-my-ext\"",
                "ce-data        | x        | \"ce-data\"",
            })
    void refuses_a_malformed_attribute_with_400(String header, String value, String error) throws Exception {
        HttpResponse<String> response = fixture.send(fixture.event().setHeader(header, value == null ? "" : value));

        assertRefused(response, 400, error);
        assertThat(fixture.refused("default", "MalformedEvent")).isEqualTo(1);
        assertThat(fixture.channel.appends()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"specversion", "id", "source", "type"})
    void refuses_a_missing_attribute_with_400(String name) throws Exception {
        HttpRequest.Builder request = fixture.request().POST(BodyPublishers.ofString("x"));
        Map.of("specversion", "1.0", "id", "1", "source", "/s", "type", "t").forEach((attribute, value) -> {
            if (!attribute.equals(name)) {
                request.header("ce-" + attribute, value);
            }
        });
        assertRefused(fixture.send(request), 400, "attribute \"" + name + "\" is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/plain", "application/cloudevents+avro"})
    void refuses_what_is_no_cloud_event_with_415(String contentType) throws Exception {
        HttpResponse<String> response = fixture.send(
                fixture.request().header("content-type", contentType).POST(BodyPublishers.ofString("{}")));

        assertRefused(response, 415, contentType);
        assertThat(fixture.refused("default", "NotAnEvent")).isEqualTo(1);
    }

    @Test
    void refuses_a_compressed_body_with_415() throws Exception {
        HttpResponse<String> response = fixture.send(fixture.event().header("content-encoding", "gzip"));

        assertRefused(response, 415, "gzip");
        assertThat(response.headers().firstValue("accept-encoding")).hasValue("identity");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/default/other", "/other/default"})
    void refuses_an_unknown_broker_with_404_and_counts_it_under_no_name(String path) throws Exception {
        int meters = fixture.registry.getMeters().size();

        HttpResponse<String> response = fixture.send(fixture.requestTo(path).POST(BodyPublishers.ofString("x")));

        assertRefused(response, 404, "there is no Broker \"" + path.substring(1) + "\"");
        assertThat(fixture.refused("", "UnknownBroker")).isEqualTo(1);
        assertThat(fixture.registry.getMeters()).hasSize(meters);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/default", "/default/", "/default/default/more", "//default", "/default//"})
    void refuses_a_path_that_names_no_broker_with_404(String path) throws Exception {
        assertRefused(fixture.send(fixture.requestTo(path).POST(BodyPublishers.ofString("x"))), 404, "names no Broker");
        assertThat(fixture.refused("", "UnknownPath")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/default/default/", "/default/default?x=y"})
    void puts_up_with_a_slash_at_the_end_and_a_query(String path) throws Exception {
        HttpRequest.Builder request =
                fixture.event().uri(fixture.requestTo(path).build().uri());
        assertThat(fixture.send(request).statusCode()).isEqualTo(202);
    }

    @Test
    void refuses_a_broker_that_is_not_ready_with_503_and_its_reason() throws Exception {
        HttpResponse<String> response =
                fixture.send(fixture.requestTo("/default/broken").POST(BodyPublishers.ofString("x")));

        assertRefused(response, 503, "Broker default/broken is not ready: its class is unknown");
        assertThat(response.headers().firstValue("retry-after")).hasValue("1");
        assertThat(fixture.refused("broken", "BrokerNotReady")).isEqualTo(1);
    }

    @Test
    void refuses_a_broker_whose_channel_is_not_open_with_503() throws Exception {
        ResourceName name = new ResourceName("default", "opening");
        fixture.ingress.apply(new RoutingTable(Map.of(name, IngressFixture.route(name, Optional.empty()))), Map.of());

        assertRefused(
                fixture.send(fixture.requestTo("/default/opening").POST(BodyPublishers.noBody())), 503, "not open yet");
    }

    @Test
    void refuses_everything_with_503_until_the_brokers_are_known() throws Exception {
        try (IngressFixture young = new IngressFixture(IngressFixture.settings())) {
            HttpResponse<String> response = young.send(young.event());

            assertRefused(response, 503, "not loaded yet");
            assertThat(response.headers().firstValue("retry-after")).hasValue("1");

            young.applyBrokers();
            assertThat(young.send(young.event()).statusCode()).isEqualTo(202);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "HEAD"})
    void refuses_other_methods_with_405_and_allow(String method) throws Exception {
        HttpResponse<String> response = fixture.send(fixture.request().method(method, BodyPublishers.noBody()));

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).hasValue("POST, OPTIONS");
        if (!method.equals("HEAD")) {
            assertRefused(response, 405, "method " + method);
        }
        assertThat(fixture.refused("", "MethodNotAllowed")).isEqualTo(1);
    }

    @Test
    void answers_the_webhook_handshake_with_any_and_with_no_header_of_it() throws Exception {
        HttpRequest.Builder plain = fixture.request().method("OPTIONS", BodyPublishers.noBody());
        HttpRequest.Builder full = fixture.request()
                .method("OPTIONS", BodyPublishers.noBody())
                .header("WebHook-Request-Origin", "eventemitter.example.com")
                .header("WebHook-Request-Rate", "120")
                .header("WebHook-Request-Callback", "http://127.0.0.1:" + fixture.port + "/never/called");

        for (HttpRequest.Builder request : new HttpRequest.Builder[] {plain, full}) {
            HttpResponse<String> response = fixture.send(request);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEmpty();
            assertThat(response.headers().firstValue("webhook-allowed-origin")).hasValue("*");
            assertThat(response.headers().firstValue("webhook-allowed-rate")).hasValue("*");
            assertThat(response.headers().firstValue("allow")).hasValue("POST, OPTIONS");
        }
        assertThat(fixture.refused("", "UnknownBroker")).isZero();
    }

    @Test
    void grants_nothing_for_a_broker_that_does_not_exist() throws Exception {
        HttpResponse<String> response =
                fixture.send(fixture.requestTo("/default/other").method("OPTIONS", BodyPublishers.noBody()));

        assertRefused(response, 404, "default/other");
        assertThat(response.headers().firstValue("webhook-allowed-origin")).isEmpty();
    }

    @Test
    void answers_a_probe_by_whether_that_very_broker_takes_events_and_counts_none() throws Exception {
        // Given
        HttpRequest.Builder ready = probe("/default/default", "default/default-uid");
        HttpRequest.Builder another = probe("/default/default", "its-successor");
        HttpRequest.Builder broken = probe("/default/broken", "default/broken-uid");
        HttpRequest.Builder missing = probe("/default/other", "default/other-uid");

        // When, then
        assertThat(fixture.send(ready).statusCode()).isEqualTo(200);
        assertRefused(fixture.send(another), 503, "Broker default/default is another one here yet");
        assertRefused(fixture.send(broken), 503, "Broker default/broken is not ready");
        assertRefused(fixture.send(missing), 404, "default/other");
        assertThat(fixture.refused("default", "BrokerNotReady")).isZero();
        assertThat(fixture.refused("broken", "BrokerNotReady")).isZero();
        assertThat(fixture.refused("", "UnknownBroker")).isZero();
    }

    private HttpRequest.Builder probe(String path, String uid) {
        return fixture.requestTo(path)
                .method("OPTIONS", BodyPublishers.noBody())
                .header(Ingress.PROBE_HEADER, uid);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void answers_for_a_channel_that_refuses(Kind kind) throws Exception {
        fixture.channel.answersWith(() ->
                Future.failedFuture(new ChannelException(kind, "the channel says no", Duration.ofMillis(2_500), null)));

        HttpResponse<String> response = fixture.send(fixture.event());

        int status = Map.of(
                        Kind.FULL,
                        429,
                        Kind.TOO_LARGE,
                        413,
                        Kind.UNAVAILABLE,
                        503,
                        Kind.CLOSED,
                        503,
                        Kind.ALREADY_READ,
                        500,
                        Kind.NOT_ASSIGNED,
                        500)
                .get(kind);
        assertRefused(response, status, "the channel says no");
        assertThat(response.headers().firstValue("retry-after"))
                .isEqualTo(status == 429 || status == 503 ? Optional.of("3") : Optional.empty());
        assertThat(fixture.accepted()).isZero();
        assertThat(fixture.refused("default", Refusal.of(kind).reason())).isEqualTo(1);
    }

    @Test
    void answers_500_when_the_channel_breaks_its_contract() throws Exception {
        fixture.channel.answersWith(() -> Future.failedFuture(new IllegalStateException("boom")));
        assertRefused(fixture.send(fixture.event()), 500, "fault");
        fixture.channel.answersWith(() -> {
            throw new IllegalStateException("boom");
        });
        assertRefused(fixture.send(fixture.event()), 500, "fault");
        assertThat(fixture.ingress.budget().taken()).isZero();
    }

    @Test
    void takes_the_largest_event_and_refuses_one_byte_more_with_413() throws Exception {
        assertThat(fixture.send(fixture.event().POST(BodyPublishers.ofString("x".repeat(1_000))))
                        .statusCode())
                .isEqualTo(202);

        HttpResponse<String> response = fixture.send(fixture.event().POST(BodyPublishers.ofString("x".repeat(1_001))));

        assertRefused(response, 413, "1001 bytes, and the limit is 1000");
        assertThat(response.headers().firstValue("connection")).hasValue("close");
        assertThat(fixture.refused("default", "EventTooLarge")).isEqualTo(1);
    }

    @Test
    void refuses_with_503_when_bodies_in_hand_leave_no_room() throws Exception {
        // Given eleven events that wait for the channel, each nine tenths of a thousand bytes
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest large =
                fixture.event().POST(BodyPublishers.ofString("x".repeat(900))).build();
        for (int i = 0; i < 11; i++) {
            CompletableFuture<?> waiting = client.sendAsync(large, BodyHandlers.discarding());
            assertThat(waiting).isNotNull();
        }
        await().until(() -> fixture.channel.appends().size() == 11);

        // When
        HttpResponse<String> response = client.send(large, BodyHandlers.ofString());

        // Then
        assertRefused(response, 503, "bodies of 9900 bytes");
        assertThat(response.headers().firstValue("retry-after")).hasValue("1");
        assertThat(fixture.refused("default", "BodyBudgetSpent")).isEqualTo(1);

        kept.complete();
        await().until(() -> fixture.ingress.budget().taken() == 0);
        assertThat(fixture.send(fixture.event()).statusCode()).isEqualTo(202);
    }

    @Test
    void refuses_with_503_and_closes_while_stopping_but_ends_what_was_accepted() throws Exception {
        // Given
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);
        CompletableFuture<HttpResponse<String>> before =
                HttpClient.newHttpClient().sendAsync(fixture.event().build(), BodyHandlers.ofString());
        await().until(() -> fixture.channel.appends().size() == 1);

        // When
        fixture.ingress.stopAccepting();

        // Then
        HttpResponse<String> after = fixture.send(fixture.event());
        assertRefused(after, 503, "stopping");
        assertThat(after.headers().firstValue("retry-after")).hasValue("1");
        assertThat(after.headers().firstValue("connection")).hasValue("close");
        kept.complete();
        assertThat(before.get().statusCode()).isEqualTo(202);
    }

    @Test
    void closing_waits_for_what_is_in_hand() throws Exception {
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);
        CompletableFuture<HttpResponse<String>> before =
                HttpClient.newHttpClient().sendAsync(fixture.event().build(), BodyHandlers.ofString());
        await().until(() -> fixture.channel.appends().size() == 1);

        Future<Void> closed = fixture.ingress.close(IngressFixture.GRACE);
        kept.complete();

        assertThat(before.get().statusCode()).isEqualTo(202);
        IngressFixture.await(closed);
        try (RawClient after = new RawClient(fixture.port)) {
            // The port is free, and may be somebody else's by now.
            after.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            assertThat(fixture.ingress.connections().get()).isZero();
        } catch (ConnectException e) {
            // Nobody listens.
        }
        IngressFixture.await(fixture.ingress.close(IngressFixture.GRACE));
    }

    @Test
    void closing_waits_longer_for_what_is_on_its_way_to_the_channel_than_for_what_is_not_there_yet() throws Exception {
        // Given
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);
        CompletableFuture<HttpResponse<String>> before =
                HttpClient.newHttpClient().sendAsync(fixture.event().build(), BodyHandlers.ofString());
        await().until(() -> fixture.channel.appends().size() == 1);

        try (RawClient slow = new RawClient(fixture.port)) {
            slow.send("POST /default/default HTTP/1.1\r\nhost: a\r\ncontent-type: application/cloudevents+json\r\n"
                    + "content-length: 9\r\n\r\nhalf");
            await().until(() -> fixture.ingress.connections().get() == 2);

            // When
            Future<Void> closed = fixture.ingress.close(Duration.ofMinutes(5));

            // Then
            assertThat(slow.read().status()).isEqualTo(503);
            assertThat(closed.isComplete()).isFalse();
            kept.complete();
            assertThat(before.get().statusCode()).isEqualTo(202);
            IngressFixture.await(closed);
        }
    }

    @Test
    void closing_waits_for_a_request_that_does_not_come_whole_for_a_moment_only() throws Exception {
        // Given
        try (RawClient slow = new RawClient(fixture.port)) {
            slow.send("POST /default/default HTTP/1.1\r\nhost: a\r\ncontent-type: application/cloudevents+json\r\n"
                    + "content-length: 9\r\n\r\n");
            await().until(() -> fixture.ingress.connections().get() == 1);

            // When
            Future<Void> closed = fixture.ingress.close(Duration.ofMinutes(5));

            // Then
            IngressFixture.await(closed);
        }
    }

    @Test
    void says_what_to_do_when_the_port_is_taken() throws Exception {
        IngressSettings taken = new IngressSettings(
                "127.0.0.1", fixture.port, 1_000, Duration.ofSeconds(1), Duration.ofSeconds(1), 8_192, 10_000, 255, 10);
        io.vertx.core.Vertx other = io.vertx.core.Vertx.vertx();
        try {
            Ingress second = new Ingress(other, taken, new SimpleMeterRegistry());
            assertThatThrownBy(() -> IngressFixture.await(second.listen()))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("can't listen on 127.0.0.1:" + fixture.port)
                    .hasMessageContaining("stop what has the port");
            IngressFixture.await(second.close(IngressFixture.GRACE));
        } finally {
            IngressFixture.await(other.close());
        }
    }

    @Test
    void a_broker_that_goes_takes_its_meters_along_and_one_that_stays_keeps_counting() throws Exception {
        fixture.send(fixture.event());
        assertThat(fixture.registry
                        .find("sluice.ingress.accepted")
                        .tag("broker", "broken")
                        .counter())
                .isNotNull();

        ResourceName name = IngressFixture.BROKER;
        fixture.ingress.apply(
                new RoutingTable(Map.of(name, IngressFixture.route(name, Optional.empty()))),
                Map.of(name + "-uid", fixture.channel));
        fixture.send(fixture.event());

        assertThat(fixture.accepted()).isEqualTo(2);
        assertThat(fixture.registry
                        .find("sluice.ingress.accepted")
                        .tag("broker", "broken")
                        .counter())
                .isNull();
        assertThat(fixture.registry
                        .find("sluice.ingress.refused")
                        .tag("broker", "broken")
                        .counters())
                .isEmpty();
    }
}
