/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static dev.sluice.dispatcher.DispatcherFixture.delivery;
import static dev.sluice.dispatcher.DispatcherFixture.trigger;
import static dev.sluice.dispatcher.DispatcherFixture.withBackoffMax;
import static dev.sluice.dispatcher.DispatcherFixture.withFilter;
import static dev.sluice.dispatcher.DispatcherFixture.withFormat;
import static dev.sluice.dispatcher.DispatcherFixture.withSink;
import static dev.sluice.dispatcher.DispatcherFixture.withTimeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.event.Extensions;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Delivery.Format;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryTest {

    @RegisterExtension
    final DispatcherFixture dispatcher = new DispatcherFixture();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    static Stream<Named<CloudEvent>> catalogue() {
        return Events.named();
    }

    // ---- the request ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("catalogue")
    void delivers_an_event_as_it_is_in_its_own_specversion(CloudEvent event) {
        // Given
        dispatcher.apply(trigger("all", subscriber.uri("/in?x=1"), delivery()));

        // When
        dispatcher.append(event);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        Received request = subscriber.last();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.uri()).isEqualTo("/in?x=1");
        assertThat(request.header("prefer")).contains("reply");
        assertThat(request.header("kn-namespace")).contains("shop");
        assertThat(request.header("ce-specversion"))
                .contains(event.getSpecVersion().toString());
        assertThat(request.eventId()).isEqualTo(event.getId());
        byte[] data = event.getData() == null ? new byte[0] : event.getData().toBytes();
        assertThat(request.body().getBytes()).isEqualTo(data);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void delivers_in_structured_mode_when_the_format_is_json() throws MalformedEventException {
        // Given
        dispatcher.apply(trigger("all", subscriber.uri(), withFormat(delivery(), Format.JSON)));

        // When
        dispatcher.append(Events.EVERY_ATTRIBUTE);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(subscriber.last().header("content-type").orElse("")).startsWith("application/cloudevents+json");
        Received request = subscriber.last();
        assertThat(HttpBinding.read(request.headers(), request.body()))
                .singleElement()
                .satisfies(event -> assertThat(event.getSubject()).isEqualTo(Events.EVERY_ATTRIBUTE.getSubject()));
    }

    @Test
    void sends_the_loop_count_beside_the_event_and_not_in_it() {
        // Given
        CloudEvent event = Extensions.with(Events.MINIMAL, "knativebrokerttl", 7);
        dispatcher.apply(
                trigger("binary", subscriber.uri(), delivery()),
                trigger("structured", subscriber.uri(), withFormat(delivery(), Format.JSON)));

        // When
        dispatcher.append(event);

        // Then
        dispatcher.awaitEnded("binary", End.DELIVERED, 1);
        dispatcher.awaitEnded("structured", End.DELIVERED, 1);
        assertThat(subscriber.requests()).hasSize(2).allSatisfy(request -> {
            assertThat(request.header("sluice-ttl")).contains("7");
            assertThat(request.requireEvent().getExtensionNames()).doesNotContain("knativebrokerttl");
        });
    }

    @Test
    void sends_user_and_password_of_the_url_as_credentials_and_shows_them_nowhere() {
        // Given
        subscriber.answer(Answer.status(400));
        URI withPassword = URI.create("http://me:s%20cret@127.0.0.1:" + subscriber.port() + "/in");
        dispatcher.apply(trigger("all", withPassword, withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(subscriber.last().header("authorization"))
                .contains("Basic " + Base64.getEncoder().encodeToString("me:s cret".getBytes()));
        assertThat(sink.last().requireEvent().getExtension("knativeerrordest"))
                .isEqualTo("http://127.0.0.1:" + subscriber.port() + "/in");
        assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text()).doesNotContain("cret");
    }

    @Test
    void uses_a_connection_again() {
        // Given
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));

        // When
        for (int i = 0; i < 5; i++) {
            dispatcher.append(Events.withId("e" + i));
            dispatcher.awaitEnded("all", End.DELIVERED, i + 1L);
        }

        // Then
        assertThat(subscriber.connectionsSeen()).isEqualTo(1);
    }

    @Test
    void has_no_more_requests_under_way_than_its_limit() {
        // Given
        dispatcher.with(settings -> settings.withMaxInFlight(3));
        subscriber.hold();
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));

        // When
        dispatcher.append(Events.numbered("e", 20));
        await().until(() -> subscriber.heldCount() == 3);
        assertThat(dispatcher.stats("all").requests()).isEqualTo(3);
        assertThat(dispatcher.stats("all").inFlight()).isEqualTo(20);
        subscriber.release();

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 20);
        assertThat(subscriber.mostInProgress()).isEqualTo(3);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void matches_by_filter_and_gives_back_at_once_what_nobody_matches() {
        // Given
        dispatcher.apply(
                withFilter(trigger("typed", subscriber.uri(), delivery()), new Filter.Exact(Map.of("type", "wanted"))));

        // When
        dispatcher.append(Events.of("1", "wanted"), Events.of("2", "unwanted"), Events.of("3", "wanted"));

        // Then
        dispatcher.awaitEnded("typed", End.DELIVERED, 2);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder("1", "3");
        assertThat(dispatcher.stats("typed").matched()).isEqualTo(2);
        dispatcher.verifyNothingLeft();
    }

    // ---- what is retried --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {404, 408, 409, 429, 500, 501, 502, 503, 504, 599})
    void retries_on_these_statuses_until_the_subscriber_takes_the_event(int status) {
        // Given
        subscriber.failNext(2, status);
        dispatcher.apply(trigger("all", subscriber.uri(), delivery(2)));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(subscriber.count()).isEqualTo(3);
        assertThat(dispatcher.stats("all").retries()).isEqualTo(2);
        dispatcher.verifyNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 405, 406, 410, 413, 415, 418, 422, 451})
    void does_not_retry_on_these_statuses(int status) {
        // Given
        subscriber.answer(Answer.redirect(status, sink.uri("/elsewhere").toString()));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(5), sink.uri("/sink"))));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(subscriber.count()).isEqualTo(1);
        assertThat(sink.requests()).extracting(Received::uri).containsExactly("/sink");
        assertThat(sink.last().header("ce-knativeerrorcode")).contains(Integer.toString(status));
        dispatcher.verifyNothingLeft();
    }

    static Stream<Named<Answer>> brokenAnswers() {
        return Stream.of(
                Named.of("reset before an answer", Answer.reset()),
                Named.of("closed before an answer", Answer.close()),
                Named.of("reset in mid-answer", Answer.resetMidway()),
                Named.of("closed in mid-answer", Answer.closeMidway()),
                Named.of("no HTTP", Answer.raw("SSH-2.0-OpenSSH_9.6\r\n\r\n")),
                Named.of("a head and no end", Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")));
    }

    @ParameterizedTest
    @MethodSource("brokenAnswers")
    void retries_when_there_is_no_whole_answer(Answer answer) {
        retriesAfterTwo(answer, delivery(2));
    }

    static Stream<Named<Answer>> endlessAnswers() {
        return Stream.of(
                Named.of("no answer", Answer.never()),
                Named.of(
                        "an answer that drips",
                        Answer.ok().withBody("text/plain", "drip".repeat(99)).dripping(Duration.ofMillis(50))));
    }

    @ParameterizedTest
    @MethodSource("endlessAnswers")
    void retries_when_an_answer_does_not_end_in_time(Answer answer) {
        retriesAfterTwo(answer, withTimeout(delivery(2), Duration.ofSeconds(1)));
    }

    private void retriesAfterTwo(Answer answer, Delivery delivery) {
        // Given
        subscriber.answerNext(answer, answer);
        dispatcher.apply(trigger("all", subscriber.uri(), delivery));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(subscriber.count()).isEqualTo(3);
        dispatcher.verifyNothingLeft();
    }

    @Test
    void retries_when_the_connection_is_refused() {
        try (ClosedPort nobody = ClosedPort.take()) {
            // Given
            dispatcher.apply(trigger("all", nobody.uri(), withSink(delivery(2), sink.uri())));

            // When
            dispatcher.append(Events.MINIMAL);

            // Then
            dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
            assertThat(dispatcher.stats("all").retries()).isEqualTo(2);
            CloudEvent dead = sink.last().requireEvent();
            assertThat(dead.getExtension("knativeerrordest"))
                    .isEqualTo(nobody.uri().toString());
            assertThat(dead.getExtensionNames()).doesNotContain("knativeerrorcode", "knativeerrordata");
            assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text())
                    .contains(nobody.uri().toString())
                    .containsIgnoringCase("refused");
            dispatcher.verifyNothingLeft();
        }
    }

    @Test
    void ends_the_wait_for_an_endless_failure_after_what_a_dead_letter_holds() {
        // Given
        subscriber.answer(Answer.endless(422));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(Base64.getDecoder()
                        .decode(sink.last().header("ce-knativeerrordata").orElseThrow()))
                .hasSize(768);
        await().until(() -> subscriber.connections() == 0);
        assertThat(subscriber.poured()).isLessThan(DispatcherFixture.BUFFERS_OF_THE_SYSTEM);
    }

    @Test
    void counts_an_endless_answer_without_a_claim_as_delivered() {
        // Given
        subscriber.answer(Answer.endless(200));
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(dispatcher.stats("all").unusableReplies()).isEqualTo(1);
        await().until(() -> subscriber.connections() == 0);
        assertThat(subscriber.poured()).isLessThan(DispatcherFixture.BUFFERS_OF_THE_SYSTEM);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 103})
    void waits_past_interim_responses(int status) {
        // Given
        subscriber.answer(
                Answer.raw("HTTP/1.1 " + status + " Interim\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
        dispatcher.apply(trigger("all", subscriber.uri(), delivery(0)));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DELIVERED, 1);
        assertThat(subscriber.count()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 102, 199})
    void does_not_retry_on_other_responses_below_200(int status) {
        // Given
        subscriber.answer(Answer.raw("HTTP/1.1 " + status + " What\r\n\r\n"));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(subscriber.count()).isEqualTo(1);
        assertThat(sink.last().header("ce-knativeerrorcode")).contains(Integer.toString(status));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bad://uri", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/", "mailto:a@b"})
    void dead_letters_at_once_what_can_go_nowhere(String uri) {
        // Given
        dispatcher.apply(trigger("all", URI.create(uri), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(dispatcher.stats("all").retries()).isZero();
        assertThat(sink.last().header("ce-knativeerrordest")).contains(uri);
        assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text()).contains("write http://");
    }

    @Test
    void reaches_an_ipv6_literal() throws IOException {
        // Given
        try (ServerSocket v6 = new ServerSocket(0, 5, InetAddress.getByName("::1"))) {
            dispatcher.apply(trigger(
                    "all",
                    URI.create("http://[::1]:" + v6.getLocalPort() + "/x"),
                    withTimeout(delivery(), Duration.ofSeconds(5))));
            dispatcher.append(Events.MINIMAL);
            try (var taken = v6.accept()) {
                // When
                var in = new java.io.BufferedReader(new java.io.InputStreamReader(taken.getInputStream()));
                List<String> head =
                        in.lines().takeWhile(line -> !line.isEmpty()).toList();
                taken.getOutputStream().write("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".getBytes());

                // Then
                assertThat(head.get(0)).isEqualTo("POST /x HTTP/1.1");
                assertThat(head).anyMatch(line -> line.equalsIgnoreCase("host: [::1]:" + v6.getLocalPort()));
                dispatcher.awaitEnded("all", End.DELIVERED, 1);
            }
        }
    }

    // ---- certificates -----------------------------------------------------------------------------------------------

    @Test
    void says_so_when_nobody_vouches_for_a_certificate() {
        // Given
        try (RecordingSubscriber tls = RecordingSubscriber.startWithSelfSignedCertificate()) {
            dispatcher.apply(trigger("all", tls.uri(), withSink(delivery(1), sink.uri())));

            // When
            dispatcher.append(Events.MINIMAL);

            // Then
            dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
            assertThat(tls.count()).isZero();
            assertThat(dispatcher.stats("all").retries()).isEqualTo(1);
            assertThat(dispatcher.stats("all").lastFailure().orElseThrow().text())
                    .contains("TLS")
                    .contains(tls.uri().toString());
        }
    }

    // ---- dead letters
    // -------------------------------------------------------------------------------------------------

    @Test
    void a_dead_letter_is_the_original_with_what_went_wrong() {
        // Given
        subscriber.answer(Answer.status(422)
                .withBody("application/json", "{\"problem\":1}")
                .withHeader("KNE-Tenant", "acme")
                .withHeader("kne-bad-name", "x")
                .withHeader("kne-id", "x")
                .withHeader("kne-knativebrokerttl", "1000")
                .withHeader("kne-sluiceheaders", "x"));
        dispatcher.apply(trigger("all", subscriber.uri("/in"), withSink(delivery(), sink.uri("/dead"))));

        // When
        dispatcher.append(Extensions.with(Events.EVERY_ATTRIBUTE, "knativebrokerttl", 7));

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        Received request = sink.last();
        assertThat(request.uri()).isEqualTo("/dead");
        assertThat(request.header("prefer")).isEmpty();
        assertThat(request.header("kn-namespace")).contains("shop");
        assertThat(request.header("ce-knativebrokerttl")).isEmpty();
        assertThat(request.header("sluice-ttl")).contains("7");
        CloudEvent dead = request.requireEvent();
        assertThat(dead.getId()).isEqualTo(Events.EVERY_ATTRIBUTE.getId());
        assertThat(dead.getData().toBytes())
                .isEqualTo(Events.EVERY_ATTRIBUTE.getData().toBytes());
        assertThat(dead.getExtension("knativeerrordest"))
                .isEqualTo(subscriber.uri("/in").toString());
        assertThat(request.header("ce-knativeerrorcode")).contains("422");
        assertThat(dead.getExtension("knativeerrordata"))
                .isEqualTo(Base64.getEncoder().encodeToString("{\"problem\":1}".getBytes()));
        assertThat(dead.getExtension("tenant")).isEqualTo("acme");
        assertThat(dead.getExtensionNames()).noneMatch(name -> name.contains("bad") || name.equals("sluiceheaders"));
        dispatcher.verifyNothingLeft();
    }

    @Test
    void the_error_code_is_an_integer() {
        // Given
        subscriber.answer(Answer.status(500));
        Delivery json = withFormat(withSink(delivery(0), sink.uri()), Format.JSON);
        dispatcher.apply(trigger("all", subscriber.uri(), json));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(sink.last().body().toString()).contains("\"knativeerrorcode\":500");
    }

    @Test
    void a_dead_letter_keeps_the_specversion_of_the_event() {
        // Given
        subscriber.answer(Answer.status(400));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.EVERY_ATTRIBUTE_V03);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(sink.last().requireEvent().getSpecVersion()).isEqualTo(SpecVersion.V03);
    }

    @Test
    void a_dead_letter_sink_is_tried_as_often_as_a_subscriber() {
        // Given
        subscriber.answer(Answer.status(400));
        sink.failNext(2, 503);
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(2), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        assertThat(subscriber.count()).isEqualTo(1);
        assertThat(sink.count()).isEqualTo(3);
        assertThat(sink.requests())
                .allSatisfy(request ->
                        assertThat(request.header("ce-knativeerrorcode")).contains("400"));
        dispatcher.verifyNothingLeft();
    }

    @Test
    void what_a_dead_letter_sink_answers_is_no_reply() {
        // Given
        subscriber.answer(Answer.status(400));
        sink.answer(Answer.reply(Events.of("r", "reply")));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.DEAD_LETTERED, 1);
        dispatcher.verifyNothingLeft();
        assertThat(subscriber.count()).isEqualTo(1);
        assertThat(dispatcher.stats("all").replies()).isZero();
    }

    // ---- parked events
    // --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"500, 2", "400, 1", "302, 1"})
    void parks_what_failed_for_good_and_has_no_dead_letter_sink(int status, int attempts) {
        // Given
        subscriber.answer(Answer.status(status).withBody("text/plain", "no room"));
        dispatcher.apply(trigger("all", subscriber.uri("/in"), delivery(1)));

        // When
        dispatcher.append(Events.EVERY_EXTENSION_TYPE);

        // Then
        dispatcher.awaitEnded("all", End.PARKED, 1);
        assertThat(subscriber.count()).isEqualTo(attempts);
        ParkedEvent parked = dispatcher.parked().get(0);
        assertThat(parked.event()).isEqualTo(Events.EVERY_EXTENSION_TYPE);
        assertThat(parked.trigger()).isEqualTo(new ResourceName("shop", "all"));
        assertThat(parked.triggerUid()).isEqualTo("all-uid");
        assertThat(parked.broker()).isEqualTo(DispatcherFixture.BROKER);
        assertThat(parked.attempts()).isEqualTo(attempts);
        assertThat(parked.firstAttemptMillis()).isPositive().isLessThanOrEqualTo(parked.lastAttemptMillis());
        assertThat(parked.cause().status()).isEqualTo(status);
        assertThat(parked.cause().destination()).isEqualTo(subscriber.uri("/in").toString());
        assertThat(parked.cause().body().toString()).isEqualTo("no room");
        dispatcher.verifyNothingLeft();
    }

    @Test
    void parks_what_its_dead_letter_sink_did_not_take_either() {
        // Given
        subscriber.answer(Answer.status(400));
        sink.answer(Answer.status(403));
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Events.MINIMAL);

        // Then
        dispatcher.awaitEnded("all", End.PARKED, 1);
        assertThat(sink.count()).isEqualTo(1);
        ParkedEvent parked = dispatcher.parked().get(0);
        assertThat(parked.event()).isEqualTo(Events.MINIMAL);
        assertThat(parked.cause().status()).isEqualTo(400);
        assertThat(parked.cause().message()).contains("400").contains(sink.uri() + " answered 403");
        dispatcher.verifyNothingLeft();
    }

    // ---- expirytime
    // ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"2020-01-01T00:00:00Z", "2020-01-01t00:00:00.12345678901+02:00"})
    void an_expired_event_ends_without_a_request(String expiryTime) {
        // Given
        dispatcher.apply(trigger("all", subscriber.uri(), delivery()));

        // When
        dispatcher.append(Extensions.with(Events.MINIMAL, "expirytime", expiryTime));

        // Then
        dispatcher.awaitEnded("all", End.EXPIRED, 1);
        assertThat(subscriber.count()).isZero();
        dispatcher.verifyNothingLeft();
    }

    @Test
    void an_expired_event_goes_to_the_dead_letter_sink() {
        // Given
        dispatcher.apply(trigger("all", subscriber.uri(), withSink(delivery(), sink.uri())));

        // When
        dispatcher.append(Extensions.with(
                Events.MINIMAL, "expirytime", OffsetDateTime.now().minusSeconds(1)));

        // Then
        dispatcher.awaitEnded("all", End.EXPIRED, 1);
        assertThat(subscriber.count()).isZero();
        assertThat(sink.last().header("ce-knativeerrordest"))
                .contains(subscriber.uri().toString());
        assertThat(sink.last().header("ce-knativeerrorcode")).isEmpty();
    }

    @Test
    void an_event_that_expires_between_attempts_is_tried_no_more() {
        // Given
        subscriber.answer(Answer.status(503));
        dispatcher.apply(trigger("all", subscriber.uri(), withBackoffMax(delivery(1_000_000), Duration.ofMillis(20))));

        // When
        dispatcher.append(Extensions.with(
                Events.MINIMAL, "expirytime", OffsetDateTime.now().plusSeconds(2)));

        // Then
        dispatcher.awaitEnded("all", End.EXPIRED, 1);
        assertThat(subscriber.count()).isPositive();
        dispatcher.verifyNothingLeft();
    }
}
