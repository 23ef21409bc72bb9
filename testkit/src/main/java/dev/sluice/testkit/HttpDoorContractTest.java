/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every port that strangers send requests to puts up with from senders that are slow, broken, too many or too
 * talkative. A port says how it is opened and what a request looks like that it takes.
 */
public abstract class HttpDoorContractTest {

    /** As a test sets them. */
    protected record Limits(int bodyBytes, int headerBytes, Duration requestTimeout, int connections) {}

    /** A port that is open, and what lies behind it. */
    protected interface Door {

        int port();

        /** Lets what lies behind the port take nothing until it is told to go on. */
        void hold();

        void goOn();

        /** How many requests have come to what lies behind the port. */
        long passedOn();

        /** How many requests were refused with this status. */
        double refused(int status);

        /** The memory that bodies take now, in bytes. */
        long bytesHeld();

        /** Connections that are open now. */
        int connections();

        void stopAccepting();

        void close() throws Exception;
    }

    private static final Limits LIMITS = new Limits(1_000, 8_192, Duration.ofSeconds(20), 100);
    private static final int ACCEPTED = 202;

    private final Vertx vertx = Vertx.vertx();
    private @Nullable Door opened;

    protected abstract Door open(Limits limits) throws Exception;

    protected abstract String path();

    /** What a request needs beside {@code host} and the length of its body to be taken with 202. */
    protected abstract Map<String, String> headers();

    @AfterEach
    final void nothing_that_was_refused_is_kept() throws Exception {
        Door door = opened;
        if (door != null) {
            await().atMost(Waiting.PATIENCE).until(() -> door.bytesHeld() == 0);
            door.close();
        }
        Waiting.on(vertx.close());
    }

    private Door opened(Limits limits) throws Exception {
        Door door = open(limits);
        opened = door;
        return door;
    }

    // ---- HTTP/1.1 ---------------------------------------------------------------------------------------------------

    /** Everything but what says how long the body is, without the line that ends it. */
    private String head() {
        StringBuilder head = new StringBuilder("POST " + path() + " HTTP/1.1\r\nhost: x\r\n");
        headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        return head.toString();
    }

    private String whole() {
        return head() + "content-length: 2\r\n\r\nhi";
    }

    private static void assertRefused(RawClient.Response response, int status) {
        assertThat(response.status()).as(response.head()).isEqualTo(status);
        assertThat(response.header("content-type")).isEqualTo("application/json");
        JsonObject body = new JsonObject(response.body());
        assertThat(body.fieldNames()).containsExactly("error", "remedy");
        assertThat(body.getString("error")).isNotBlank();
        assertThat(body.getString("remedy")).isNotBlank();
    }

    @Test
    final void a_body_that_is_announced_too_large_is_refused_before_it_is_sent() throws Exception {
        // Given
        Door door = opened(LIMITS);
        try (RawClient client = new RawClient(door.port())) {
            // When
            client.send(head() + "content-length: 1000000000000\r\n\r\n");

            // Then
            RawClient.Response response = client.read();
            assertRefused(response, 413);
            assertThat(response.body()).contains("1000000000000 bytes", "1000");
            assertThat(response.header("connection")).isEqualTo("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(door.refused(413)).isEqualTo(1);
    }

    @Test
    final void a_chunked_body_without_end_is_cut_off_at_the_limit() throws Exception {
        // Given
        Door door = opened(LIMITS);
        try (RawClient client = new RawClient(door.port())) {
            // When
            client.send(
                    head() + "transfer-encoding: chunked\r\n\r\n" + ("64\r\n" + "x".repeat(100) + "\r\n").repeat(11));

            // Then
            RawClient.Response response = client.read();
            assertRefused(response, 413);
            assertThat(response.body()).contains("goes on after 1000 bytes");
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(door.refused(413)).isEqualTo(1);
        assertThat(door.passedOn()).isZero();
    }

    @Test
    final void a_body_that_drips_is_cut_off_with_408() throws Exception {
        // Given
        Door door = opened(
                new Limits(LIMITS.bodyBytes(), LIMITS.headerBytes(), Duration.ofMillis(300), LIMITS.connections()));
        try (RawClient client = new RawClient(door.port())) {
            client.send(head() + "content-length: 1000\r\n\r\n");
            CompletableFuture<RawClient.Response> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.read();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });

            // When
            await().atMost(Waiting.PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> answer.isDone() || !isSent(client, "x"));

            // Then
            assertRefused(answer.get(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS), 408);
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(door.refused(408)).isEqualTo(1);
        assertThat(door.passedOn()).isZero();
    }

    private static boolean isSent(RawClient client, String bytes) throws IOException {
        try {
            client.send(bytes);
            return true;
        } catch (SocketException e) {
            return false;
        }
    }

    @Test
    final void a_sender_that_waits_for_100_is_asked_for_the_body_only_after_the_checks() throws Exception {
        // Given
        Door door = opened(LIMITS);

        // When, then
        try (RawClient client = new RawClient(door.port())) {
            client.send(head() + "expect: 100-continue\r\ncontent-length: 2\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(100);
            client.send("hi");
            assertThat(client.read().status()).isEqualTo(ACCEPTED);
        }
        try (RawClient client = new RawClient(door.port())) {
            client.send(head() + "expect: 100-continue\r\ncontent-length: 1001\r\n\r\n");
            assertRefused(client.read(), 413);
            assertThat(client.isClosedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(door.port())) {
            client.send(head() + "expect: miracles\r\ncontent-length: 2\r\n\r\n");
            assertRefused(client.read(), 417);
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(door.passedOn()).isEqualTo(1);
    }

    @Test
    final void headers_that_are_too_large_are_refused() throws Exception {
        // Given
        Door door = opened(LIMITS);
        try (RawClient client = new RawClient(door.port())) {
            // When
            client.send(head() + "x-big: " + "x".repeat(8_200) + "\r\n\r\n");

            // Then
            RawClient.Response response = client.read();
            assertRefused(response, 431);
            assertThat(response.body()).contains("more than 8192 bytes");
        }
        assertThat(door.refused(431)).isEqualTo(1);
    }

    @Test
    final void a_request_without_host_is_refused() throws Exception {
        // Given
        Door door = opened(LIMITS);
        try (RawClient client = new RawClient(door.port())) {
            // When
            client.send(whole().replace("host: x\r\n", ""));

            // Then
            assertRefused(client.read(), 400);
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(door.passedOn()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip, chunked", "gzip\r\ntransfer-encoding: chunked"})
    final void a_body_in_an_unknown_transfer_coding_is_refused_and_not_passed_on(String coding) throws Exception {
        // Given
        Door door = opened(LIMITS);
        try (RawClient client = new RawClient(door.port())) {
            // When
            client.send(head() + "transfer-encoding: " + coding + "\r\n\r\n2\r\nab\r\n0\r\n\r\n");

            // Then
            assertRefused(client.read(), 501);
            assertThat(client.isClosedByServer()).isTrue();
        }
        assertThat(door.refused(501)).isEqualTo(1);
        assertThat(door.passedOn()).isZero();
    }

    @Test
    final void a_connection_too_many_is_told_so_and_closed_and_the_others_go_on() throws Exception {
        // Given
        Door door = openedFor(2);
        try (RawClient first = new RawClient(door.port());
                RawClient second = new RawClient(door.port())) {
            for (RawClient client : List.of(first, second)) {
                assertThat(client.send(whole()).read().status()).isEqualTo(ACCEPTED);
            }

            // When
            try (RawClient third = new RawClient(door.port())) {
                RawClient.Response response = third.send(whole()).read();

                // Then
                assertRefused(response, 503);
                assertThat(response.body()).contains("more than 2 connections");
                assertThat(response.header("retry-after")).isNotEmpty();
                assertThat(third.isClosedByServer()).isTrue();
            }
            assertThat(first.send(whole()).read().status()).isEqualTo(ACCEPTED);
        }
        await().atMost(Waiting.PATIENCE).until(() -> door.connections() == 0);
        try (RawClient next = new RawClient(door.port())) {
            assertThat(next.send(whole()).read().status()).isEqualTo(ACCEPTED);
        }
        assertThat(door.passedOn()).isEqualTo(4);
    }

    private Door openedFor(int connections) throws Exception {
        return opened(new Limits(LIMITS.bodyBytes(), LIMITS.headerBytes(), LIMITS.requestTimeout(), connections));
    }

    @Test
    final void a_stop_answers_what_is_in_hand_and_refuses_what_comes() throws Exception {
        // Given
        Door door = opened(LIMITS);
        door.hold();
        try (RawClient inHand = new RawClient(door.port());
                RawClient late = new RawClient(door.port())) {
            inHand.send(whole());
            await().atMost(Waiting.PATIENCE).until(() -> door.passedOn() == 1);

            // When
            door.stopAccepting();

            // Then
            assertRefused(late.send(whole()).read(), 503);
            assertThat(late.isClosedByServer()).isTrue();
            door.goOn();
            assertThat(inHand.read().status()).isEqualTo(ACCEPTED);
        }
    }

    @Test
    final void what_a_client_that_is_gone_has_left_under_way_takes_its_room_until_that_is_over() throws Exception {
        // Given
        Door door = opened(LIMITS);
        door.hold();

        // When
        try (RawClient client = new RawClient(door.port())) {
            client.send(whole());
            await().atMost(Waiting.PATIENCE).until(() -> door.passedOn() == 1);
        }

        // Then
        await().atMost(Waiting.PATIENCE).until(() -> door.connections() == 0);
        assertThat(door.bytesHeld()).isPositive();
        door.goOn();
        await().atMost(Waiting.PATIENCE).until(() -> door.bytesHeld() == 0);
    }

    // ---- HTTP/2 -----------------------------------------------------------------------------------------------------

    /** Speaks HTTP/2 from the first byte on. */
    private HttpClientAgent http2() {
        return vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    }

    private HttpClientRequest stream(HttpClientAgent client, Door door) {
        HttpClientRequest request = Waiting.on(client.request(new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(door.port())
                .setURI(path())));
        headers().forEach(request::putHeader);
        return request;
    }

    @Test
    final void headers_that_are_too_large_are_refused_on_their_http_2_stream_alone() throws Exception {
        // Given
        Door door = opened(LIMITS);
        HttpClientAgent client = http2();

        // When
        HttpClientRequest large = stream(client, door).putHeader("x-big", "x".repeat(8_200));
        Buffer refusal = Waiting.on(large.send("hi").compose(response -> {
            assertThat(response.statusCode()).isEqualTo(431);
            return response.body();
        }));

        // Then
        assertThat(refusal.toString()).contains("more than 8192 bytes");
        assertThat(door.refused(431)).isEqualTo(1);
        HttpClientRequest good = stream(client, door);
        assertThat(Waiting.on(good.send("hi")).statusCode()).isEqualTo(ACCEPTED);
        assertThat(good.connection()).isSameAs(large.connection());
    }

    @Test
    final void an_http_2_connection_too_many_is_told_so_and_closed_and_the_next_may_be_one_of_the_others()
            throws Exception {
        // Given
        Door door = openedFor(1);
        HttpClientAgent client = http2();
        try (RawClient first = new RawClient(door.port())) {
            assertThat(first.send(whole()).read().status()).isEqualTo(ACCEPTED);

            // When
            HttpClientRequest surplus = stream(client, door);
            Promise<Void> closed = Promise.promise();
            surplus.connection().closeHandler(closed::complete);

            // Then
            assertThat(Waiting.on(surplus.send("hi")).statusCode()).isEqualTo(503);
            Waiting.on(closed.future());
        }
        await().atMost(Waiting.PATIENCE).until(() -> door.connections() == 0);
        assertThat(Waiting.on(stream(client, door).send("hi")).statusCode()).isEqualTo(ACCEPTED);
    }

    @Test
    final void a_connection_too_many_that_is_upgraded_is_told_so_as_well() throws Exception {
        // Given
        Door door = openedFor(1);
        try (RawClient first = new RawClient(door.port())) {
            assertThat(first.send(whole()).read().status()).isEqualTo(ACCEPTED);

            // When: by hand, because clients take it ill to be closed before they have said all that they have to
            try (RawClient upgrading = new RawClient(door.port())) {
                upgrading.send(
                        head() + "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
                                + "content-length: 2\r\n\r\nhi");
                assertThat(upgrading.read().status()).isEqualTo(101);
                isSent(upgrading, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");

                // Then
                await().atMost(Waiting.PATIENCE).until(() -> door.refused(503) == 1);
                await().atMost(Waiting.PATIENCE).until(() -> door.connections() == 1);
            }
            assertThat(first.send(whole()).read().status()).isEqualTo(ACCEPTED);
        }
        await().atMost(Waiting.PATIENCE).until(() -> door.connections() == 0);
        assertThat(door.passedOn()).isEqualTo(2);
    }

    @Test
    final void a_stop_ends_http_2_connections_once_what_is_in_hand_is_answered() throws Exception {
        // Given
        Door door = opened(LIMITS);
        door.hold();
        HttpClientAgent client = http2();
        HttpClientRequest before = stream(client, door);
        Promise<Void> closed = Promise.promise();
        before.connection().closeHandler(closed::complete);
        Future<HttpClientResponse> inHand = before.send("hi");
        await().atMost(Waiting.PATIENCE).until(() -> door.passedOn() == 1);

        // When
        door.stopAccepting();
        HttpClientRequest after = stream(client, door);

        // Then
        assertThat(Waiting.on(after.send("hi")).statusCode()).isEqualTo(503);
        assertThat(after.connection()).isSameAs(before.connection());
        door.goOn();
        assertThat(Waiting.on(inHand).statusCode()).isEqualTo(ACCEPTED);
        Waiting.on(closed.future());
    }
}
