/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.RawClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ingress puts up with from clients that are slow, broken or gone, byte by byte. */
class IngressConnectionsTest {

    private static final String HEAD = "POST /default/default HTTP/1.1\r\nhost: x\r\n";
    private static final String EVENT_HEAD =
            HEAD + "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\nce-type: t\r\ncontent-type: text/plain\r\n";

    private IngressFixture fixture;

    private IngressFixture open(Duration requestTimeout, Duration idleTimeout) throws Exception {
        fixture = IngressFixture.open(IngressFixture.settings(requestTimeout, idleTimeout));
        return fixture;
    }

    private IngressFixture openPatient() throws Exception {
        return open(Duration.ofSeconds(20), Duration.ofSeconds(20));
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static void assertRefused(RawClient.Response response, int status, String error) {
        assertThat(response.status()).as(response.head()).isEqualTo(status);
        assertThat(response.header("content-type")).isEqualTo("application/json");
        JsonObject body = new JsonObject(response.body());
        assertThat(body.fieldNames()).containsExactly("error", "remedy");
        assertThat(body.getString("error")).contains(error);
        assertThat(body.getString("remedy")).isNotBlank();
    }

    @Test
    void a_connection_carries_many_events() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            for (int round = 0; round < 5; round++) {
                client.send(EVENT_HEAD + "content-length: 2\r\n\r\nhi");
                assertThat(client.read().status()).isEqualTo(202);
            }
        }
        assertThat(fixture.channel.events()).hasSize(5);
    }

    @Test
    void pipelined_events_are_answered_in_order() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD + "content-length: 2\r\n\r\nhi" + HEAD + "content-length: 2\r\n\r\nno" + EVENT_HEAD
                    + "content-length: 2\r\n\r\nhi");
            assertThat(client.read().status()).isEqualTo(202);
            assertThat(client.read().status()).isEqualTo(415);
            assertThat(client.read().status()).isEqualTo(202);
        }
    }

    @Test
    void a_refusal_leaves_the_connection_usable_though_the_body_still_comes() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send("POST /no/broker HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n");
            assertRefused(client.read(), 404, "no/broker");
            client.send("late" + EVENT_HEAD + "content-length: 2\r\n\r\nhi");
            assertThat(client.read().status()).isEqualTo(202);
        }
    }

    @Test
    void a_client_that_waits_for_100_with_what_is_no_event_is_not_asked_for_the_body() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(HEAD + "expect: 100-continue\r\ncontent-length: 2\r\n\r\n");
            assertRefused(client.read(), 415, "not a CloudEvent");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void a_chunked_body_is_taken() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD + "transfer-encoding: chunked\r\n\r\n");
            client.send("3\r\nabc\r\n").send("2\r\nde\r\n").send("0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(202);
        }
        assertThat(fixture.channel.events().get(0).getData()).isNotNull();
        assertThat(new String(
                        Objects.requireNonNull(fixture.channel.events().get(0).getData())
                                .toBytes(),
                        UTF_8))
                .isEqualTo("abcde");
        assertThat(fixture.ingress.budget().taken()).isZero();
    }

    /** Sends a byte now and then until the answer is there. */
    private static void drip(RawClient client, CompletableFuture<?> until) {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            try {
                client.send("x");
            } catch (SocketException e) {
                return true;
            }
            return until.isDone();
        });
    }

    @Test
    void a_channel_that_does_not_answer_is_answered_for_with_503_and_not_counted_later() throws Exception {
        open(Duration.ofSeconds(2), Duration.ofSeconds(20));
        Promise<Void> late = Promise.promise();
        fixture.channel.answersWith(late::future);

        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD + "content-length: 2\r\n\r\nhi");
            RawClient.Response response = client.read();
            assertRefused(response, 503, "the channel did not answer within 2.0 s");
            assertThat(response.header("retry-after")).isEqualTo("1");

            // The late answer waits on the loop of this connection before the event that comes behind it.
            fixture.channel.answersWith(Future::succeededFuture);
            late.complete();
            client.send(EVENT_HEAD + "content-length: 2\r\n\r\nhi");
            assertThat(client.read().status()).isEqualTo(202);
        }
        assertThat(fixture.accepted()).isEqualTo(1);
    }

    @Test
    void a_connection_without_a_request_is_closed() throws Exception {
        open(Duration.ofSeconds(3), Duration.ofSeconds(3));
        try (RawClient used = new RawClient(fixture.port);
                RawClient silent = new RawClient(fixture.port)) {
            used.send(EVENT_HEAD + "content-length: 0\r\n\r\n");
            assertThat(used.read().status()).isEqualTo(202);

            assertThat(silent.isClosedByServer()).isTrue();
            assertThat(used.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", EVENT_HEAD + "content-length: 0\r\n\r\n"})
    void a_connection_whose_headers_drip_is_closed(String before) throws Exception {
        open(Duration.ofMillis(300), Duration.ofSeconds(1));
        try (RawClient client = new RawClient(fixture.port)) {
            if (!before.isEmpty()) {
                client.send(before);
                assertThat(client.read().status()).isEqualTo(202);
            }
            client.send("POST /default/default HTTP/1.1\r\nx-drip: ");
            CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.isClosedByServer();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            drip(client, closed);
            assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void a_connection_is_not_idle_while_its_event_waits_for_the_channel() throws Exception {
        open(Duration.ofSeconds(20), Duration.ofSeconds(1));
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);
        try (RawClient client = new RawClient(fixture.port);
                RawClient idle = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD + "content-length: 0\r\n\r\n");
            idle.send(EVENT_HEAD.replace("default/default", "no/broker") + "content-length: 0\r\n\r\n");
            assertThat(idle.read().status()).isEqualTo(404);
            // The one that is idle goes first, so by then the other would have gone too.
            assertThat(idle.isClosedByServer()).isTrue();
            kept.complete();
            assertThat(client.read().status()).isEqualTo(202);
        }
    }

    @Test
    void a_connection_that_is_upgraded_counts_once_and_no_more_when_it_has_ended() throws Exception {
        open(Duration.ofSeconds(2), Duration.ofSeconds(2));
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + fixture.port + "/no/broker"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();

        HttpResponse<Void> response = client.send(request, HttpResponse.BodyHandlers.discarding());

        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(fixture.ingress.connections()).hasValue(1);
        // The server closes it, as any that is idle.
        await().until(() -> fixture.ingress.connections().get() == 0);
    }

    @Test
    void headers_in_hand_together_take_no_more_than_they_may() throws Exception {
        openPatient();
        // Room for four heads of the largest size, and these are nearly that.
        String large = EVENT_HEAD + "x-large: " + "x".repeat(7_000) + "\r\n";
        List<RawClient> held = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                RawClient client = new RawClient(fixture.port);
                held.add(client);
                client.send(large + "content-length: 2\r\n\r\n");
            }
            await().until(() -> fixture.ingress.headBudget().taken() > 4 * 7_000);
            try (RawClient one = new RawClient(fixture.port)) {
                one.send(large + "content-length: 2\r\n\r\nhi");
                assertRefused(one.read(), 503, "in hand");
            }
            for (RawClient client : held) {
                client.send("hi");
                assertThat(client.read().status()).isEqualTo(202);
            }
            assertThat(fixture.ingress.headBudget().taken()).isZero();
        } finally {
            for (RawClient client : held) {
                client.close();
            }
        }
    }

    @Test
    void a_thousand_idle_connections_do_not_keep_an_event_out() throws Exception {
        openPatient();
        List<RawClient> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                idle.add(new RawClient(fixture.port));
                if (i % 2 == 0) {
                    idle.get(i).send("POST /default");
                }
            }
            assertThat(fixture.send(fixture.event()).statusCode()).isEqualTo(202);
        } finally {
            for (RawClient client : idle) {
                client.close();
            }
        }
    }

    @Test
    void a_client_that_goes_in_the_middle_of_a_body_costs_nothing() throws Exception {
        openPatient();
        for (int round = 0; round < 20; round++) {
            RawClient client = new RawClient(fixture.port);
            client.send(EVENT_HEAD + "content-length: 1000\r\n\r\n" + "x".repeat(500));
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> fixture.ingress.budget().taken() == 500);
            if (round % 2 == 0) {
                client.reset();
            } else {
                client.close();
            }
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> fixture.ingress.budget().taken() == 0);
        }
        assertThat(fixture.channel.events()).isEmpty();
        assertThat(fixture.send(fixture.event()).statusCode()).isEqualTo(202);
    }

    @Test
    void a_client_that_goes_before_its_answer_does_not_take_the_event_along() throws Exception {
        openPatient();
        Promise<Void> kept = Promise.promise();
        fixture.channel.answersWith(kept::future);
        RawClient client = new RawClient(fixture.port);
        client.send(EVENT_HEAD + "content-length: 2\r\n\r\nhi");
        await().until(() -> fixture.channel.events().size() == 1);
        client.reset();

        kept.complete();

        await().until(() -> fixture.accepted() == 1);
        await().until(() -> fixture.ingress.budget().taken() == 0);
    }

    @Test
    void a_request_line_that_is_too_long_is_refused() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send("POST /" + "x".repeat(5_000) + " HTTP/1.1\r\nhost: x\r\n\r\n");
            assertRefused(client.read(), 414, "4096 bytes");
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(fixture.refused("", "UriTooLong")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NONSENSE\r\n\r\n",
                "\u0016\u0003\u0001\u0002\r\n\r\n",
                "POST /default/default HTTP/1.1\r\nno colon\r\n\r\n",
                "POST /default/default HTTP/1.1\r\ncontent-length: many\r\n\r\n",
                "POST /default/default HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                "POST /default/default HTTP/1.1\r\nce bad: x\r\n\r\n",
                "POST /default/default HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
            })
    void what_is_no_http_is_refused_with_400(String bytes) throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(bytes);
            assertRefused(client.read(), 400, "not HTTP");
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(fixture.refused("", "BadRequest")).isEqualTo(1);
    }

    @Test
    void a_chunk_that_is_no_chunk_ends_the_request_and_nothing_else() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD + "transfer-encoding: chunked\r\n\r\n2\r\nab\r\nnonsense\r\n\r\n");
            assertThat(client.isClosedByServer()).isTrue();
        }
        await().until(() -> fixture.ingress.budget().taken() == 0);
        assertThat(fixture.channel.events()).isEmpty();
        assertThat(fixture.send(fixture.event()).statusCode()).isEqualTo(202);
    }

    @Test
    void http_1_0_is_answered_and_closed() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD.replace("HTTP/1.1", "HTTP/1.0") + "content-length: 2\r\n\r\nhi");
            assertThat(client.read().status()).isEqualTo(202);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void raw_utf_8_in_a_header_is_taken_as_such() throws Exception {
        openPatient();
        String subject = new String("Zürich".getBytes(UTF_8), ISO_8859_1);
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD + "ce-subject: " + subject + "\r\ncontent-length: 0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(202);
        }
        assertThat(fixture.channel.events().get(0).getSubject()).isEqualTo("Zürich");
    }

    @Test
    void a_request_may_name_the_whole_url() throws Exception {
        openPatient();
        try (RawClient client = new RawClient(fixture.port)) {
            client.send(EVENT_HEAD.replace("POST /", "POST http://x/") + "content-length: 0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(202);
        }
    }

    @Test
    void the_limit_holds_for_the_request_that_asks_for_http_2() throws Exception {
        openPatient();
        HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

        HttpResponse<String> response = http2.send(
                fixture.event()
                        .POST(BodyPublishers.ofByteArray(new byte[1_001]))
                        .build(),
                BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(fixture.ingress.budget().taken()).isZero();
    }

    @Test
    void many_http_2_streams_share_a_connection() throws Exception {
        openPatient();
        HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        assertThat(http2.send(fixture.event().build(), BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(202);
        List<CompletableFuture<HttpResponse<Void>>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(http2.sendAsync(fixture.event().build(), BodyHandlers.discarding()));
        }
        for (CompletableFuture<HttpResponse<Void>> answer : answers) {
            assertThat(answer.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(202);
        }
        assertThat(fixture.channel.events()).hasSize(51);
    }

    @Test
    void http_2_streams_are_cut_off_like_connections() throws Exception {
        open(Duration.ofMillis(300), Duration.ofSeconds(20));
        HttpClientAgent client = http2Client();
        RequestOptions post = post();

        HttpClientRequest drips = IngressFixture.await(client.request(post));
        event(drips);
        Future<HttpClientResponse> slow = drips.response();
        IngressFixture.await(drips.write("x"));
        assertThat(IngressFixture.await(slow).statusCode()).isEqualTo(408);
        assertThat(fixture.ingress.budget().taken()).isZero();
    }

    @Test
    void http_2_streams_that_are_too_long_or_given_up_cost_nothing() throws Exception {
        openPatient();
        HttpClientAgent client = http2Client();
        RequestOptions post = post();

        HttpClientRequest endless = IngressFixture.await(client.request(post));
        event(endless);
        Future<HttpClientResponse> large = endless.response();
        Future<Void> writing = endless.write("x".repeat(1_001));
        assertThat(IngressFixture.await(large).statusCode()).isEqualTo(413);
        assertThat(writing).isNotNull();

        HttpClientRequest gone = IngressFixture.await(client.request(post));
        event(gone);
        IngressFixture.await(gone.write("x".repeat(500)));
        await().until(() -> fixture.ingress.budget().taken() == 500);
        IngressFixture.await(gone.reset());
        await().until(() -> fixture.ingress.budget().taken() == 0);

        HttpClientRequest good = IngressFixture.await(client.request(post));
        event(good);
        assertThat(IngressFixture.await(good.send("hi")).statusCode()).isEqualTo(202);
        assertThat(IngressFixture.await(good.response()).version()).isEqualTo(HttpVersion.HTTP_2);
        assertThat(fixture.channel.events()).hasSize(1);
    }

    /** Speaks HTTP/2 from the first byte on. */
    private HttpClientAgent http2Client() {
        return fixture.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    }

    private RequestOptions post() {
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(fixture.port)
                .setURI("/default/default");
    }

    private static void event(HttpClientRequest request) {
        request.setChunked(true)
                .putHeader("ce-specversion", "1.0")
                .putHeader("ce-id", "1")
                .putHeader("ce-source", "/s")
                .putHeader("ce-type", "t");
    }
}
