/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RecordingSubscriberTest {

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    @Test
    void records_the_request_and_reads_the_event_in_it() throws Exception {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(subscriber.uri("/path?query"))
                        .header("ce-specversion", "1.0")
                        .header("ce-id", "a")
                        .header("ce-source", "/s")
                        .header("ce-type", "t")
                        .header("ce-subject", "Euro%20%E2%82%AC%0A100%25")
                        .header("content-type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("data"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        Received received = subscriber.last();
        assertThat(received.method()).isEqualTo("POST");
        assertThat(received.uri()).isEqualTo("/path?query");
        assertThat(received.header("ce-subject")).contains("Euro%20%E2%82%AC%0A100%25");
        assertThat(received.body().toString()).isEqualTo("data");
        assertThat(received.requireEvent().getSubject()).isEqualTo("Euro \u20ac\n100%");
        assertThat(subscriber.ids()).containsExactly("a");
    }

    @Test
    void reads_a_structured_event() throws Exception {
        client.send(
                HttpRequest.newBuilder(subscriber.uri())
                        .header("content-type", "application/cloudevents+json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"specversion\":\"1.0\",\"id\":\"b\",\"source\":\"/s\",\"type\":\"t\"}"))
                        .build(),
                HttpResponse.BodyHandlers.discarding());

        assertThat(subscriber.ids()).containsExactly("b");
    }

    @Test
    void says_why_a_request_holds_no_event() throws Exception {
        get();

        assertThat(subscriber.last().event()).isEmpty();
        assertThatThrownBy(subscriber::events)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("request 1 GET / holds no CloudEvent");
    }

    @Test
    void answers_by_script_then_as_usual() throws Exception {
        subscriber.failNext(2, 503).answerNext(Answer.redirect(307, "http://localhost:1/"));

        assertThat(List.of(get().statusCode(), get().statusCode(), get().statusCode(), get().statusCode()))
                .containsExactly(503, 503, 307, 200);
        assertThat(subscriber.count()).isEqualTo(4);
    }

    @Test
    void replies_with_an_event_that_its_own_reader_understands() throws Exception {
        subscriber.answer(Answer.reply(Events.NON_ASCII_ATTRIBUTES));

        HttpResponse<byte[]> response =
                client.send(HttpRequest.newBuilder(subscriber.uri()).build(), HttpResponse.BodyHandlers.ofByteArray());

        var headers = io.vertx.core.MultiMap.caseInsensitiveMultiMap();
        response.headers().map().forEach(headers::add);
        assertThat(WireForm.of(WitnessReader.read(headers, io.vertx.core.buffer.Buffer.buffer(response.body()))))
                .isEqualTo(WireForm.of(Events.NON_ASCII_ATTRIBUTES));
    }

    @Test
    void keeps_answers_back_until_they_are_released() {
        subscriber.hold();
        CompletableFuture<HttpResponse<String>> first = getLater();
        CompletableFuture<HttpResponse<String>> second = getLater();
        await().until(() -> subscriber.heldCount() == 2);
        assertThat(subscriber.inProgress()).isEqualTo(2);

        subscriber.releaseOne();
        await().until(() -> first.isDone() != second.isDone());
        subscriber.release();

        await().until(() -> first.isDone() && second.isDone());
        await().until(() -> subscriber.answeredCount() == 2 && subscriber.inProgress() == 0);
        assertThat(subscriber.mostInProgress()).isEqualTo(2);
    }

    @Test
    void never_answers_when_told_so() {
        subscriber.answer(Answer.never());

        assertThatThrownBy(() -> client.send(
                        HttpRequest.newBuilder(subscriber.uri())
                                .timeout(Duration.ofMillis(200))
                                .build(),
                        HttpResponse.BodyHandlers.discarding()))
                .isInstanceOf(HttpTimeoutException.class);
        await().until(() -> subscriber.inProgress() == 0);
    }

    @Test
    void waits_before_it_answers() throws Exception {
        subscriber.answer(Answer.ok().after(Duration.ofMillis(150)));

        long before = System.nanoTime();
        get();

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(149));
    }

    @Test
    void drips_a_body() throws Exception {
        subscriber.answer(Answer.ok().withBody("text/plain", "abc").dripping(Duration.ofMillis(50)));

        long before = System.nanoTime();
        String body = get().body();

        assertThat(body).isEqualTo("abc");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(140));
    }

    @Test
    void pours_without_end() throws Exception {
        subscriber.answer(Answer.endless(200));

        try (InputStream body = client.send(
                        HttpRequest.newBuilder(subscriber.uri()).build(), HttpResponse.BodyHandlers.ofInputStream())
                .body()) {
            assertThat(body.readNBytes(1_000_000)).hasSize(1_000_000);
        }
        await().until(() -> subscriber.inProgress() == 0);
        assertThat(subscriber.poured()).isGreaterThan(900_000);
    }

    @Test
    void closes_or_resets_in_place_of_a_response() throws Exception {
        subscriber.answerNext(Answer.close(), Answer.reset());

        assertThat(rawExchange()).isEmpty();
        assertThatThrownBy(this::rawExchange).isInstanceOf(SocketException.class);
    }

    @Test
    void closes_or_resets_in_the_middle_of_a_response() throws Exception {
        subscriber.answerNext(Answer.closeMidway(), Answer.resetMidway());

        assertThat(rawExchange()).contains("content-length: 1000").endsWith("\r\n\r\n0123456789");
        assertThatThrownBy(this::rawExchange).isInstanceOf(SocketException.class);
    }

    @Test
    void sends_what_no_server_would() throws Exception {
        subscriber.answerNext(Answer.raw("HTTP/1.1 102 Processing\r\n\r\n"), Answer.raw("no HTTP\r\n"));

        assertThat(rawExchange()).isEqualTo("HTTP/1.1 102 Processing\r\n\r\n");
        assertThat(rawExchange()).isEqualTo("no HTTP\r\n");
    }

    @Test
    void forgets_the_oldest_requests_and_says_so() throws Exception {
        byte[] large = new byte[48 * 1024 * 1024];
        for (int i = 0; i < 3; i++) {
            client.send(
                    HttpRequest.newBuilder(subscriber.uri())
                            .POST(HttpRequest.BodyPublishers.ofByteArray(large))
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        }

        assertThat(subscriber.count()).isEqualTo(3);
        assertThatThrownBy(subscriber::requests).hasMessageContaining("the first 1 of 3 requests are forgotten");
    }

    @Test
    void tells_a_listener_of_every_request_and_starts_over_on_reset() throws Exception {
        List<Long> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
        subscriber.onRequest(request -> heard.add(request.ordinal())).answer(Answer.status(500));
        get();

        subscriber.reset();

        assertThat(get().statusCode()).isEqualTo(200);
        assertThat(heard).containsExactly(1L);
        assertThat(subscriber.count()).isEqualTo(1);
    }

    @Test
    void shows_a_certificate_that_nobody_trusts() {
        try (RecordingSubscriber secured = RecordingSubscriber.startWithSelfSignedCertificate()) {
            assertThat(secured.uri().getScheme()).isEqualTo("https");
            assertThatThrownBy(() -> client.send(
                            HttpRequest.newBuilder(secured.uri()).build(), HttpResponse.BodyHandlers.discarding()))
                    .isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void closes_its_port_and_connections() throws Exception {
        URI uri = subscriber.uri();
        get();
        assertThat(subscriber.connectionsSeen()).isEqualTo(1);

        subscriber.close();
        subscriber.close();

        assertThatThrownBy(
                        () -> client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding()))
                .isInstanceOf(IOException.class);
    }

    private HttpResponse<String> get() throws Exception {
        return client.send(HttpRequest.newBuilder(subscriber.uri()).build(), HttpResponse.BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> getLater() {
        return client.sendAsync(HttpRequest.newBuilder(subscriber.uri()).build(), HttpResponse.BodyHandlers.ofString());
    }

    private String rawExchange() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", subscriber.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nhost: test\r\n\r\n".getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
