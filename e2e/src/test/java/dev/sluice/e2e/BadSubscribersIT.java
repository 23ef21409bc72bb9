/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Subscribers that misbehave, each beside one that is well: the event ends at the dead letter sink with a word about what
 * was wrong, and the healthy trigger gets everything meanwhile.
 */
final class BadSubscribersIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    static final RecordingSubscriber bad = RecordingSubscriber.start();

    @RegisterExtension
    static final RecordingSubscriber healthy = RecordingSubscriber.start();

    @RegisterExtension
    static final RecordingSubscriber sink = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    static Stream<Arguments> answers() {
        return Stream.of(
                Arguments.of(
                        "200 with a broken CloudEvent in binary mode",
                        Answer.ok().withHeader("ce-specversion", "1.0").withHeader("ce-id", "no-type")),
                Arguments.of(
                        "200 with a broken CloudEvent in structured mode",
                        Answer.ok().withBody("application/cloudevents+json", "{\"specversion\":\"1.0\"")),
                Arguments.of(
                        "200 with a batch, which no reply can be",
                        Answer.ok().withBody("application/cloudevents-batch+json", "[]")),
                Arguments.of("an endless body that claims to be a CloudEvent", endlessEvent()),
                Arguments.of("an endless body of a failure", Answer.endless(500)),
                Arguments.of("closes in place of an answer", Answer.close()),
                Arguments.of("resets in place of an answer", Answer.reset()),
                Arguments.of("closes in the middle of an answer", Answer.closeMidway()),
                Arguments.of("resets in the middle of an answer", Answer.resetMidway()),
                Arguments.of("never answers", Answer.never()),
                Arguments.of("only ever continues", Answer.raw("HTTP/1.1 100 Continue\r\n\r\n")),
                Arguments.of(
                        "switches protocols",
                        Answer.raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")),
                Arguments.of(
                        "a redirect to itself", Answer.redirect(307, bad.uri().toString())),
                Arguments.of("speaks no HTTP", Answer.raw("220 mail.example.com ESMTP\r\n")),
                Arguments.of("a header that never ends", Answer.raw("HTTP/1.1 200 OK\r\nx: " + "y".repeat(300_000))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answers")
    void a_misbehaving_subscriber_ends_at_the_dead_letter_sink_and_harms_no_other(String manner, Answer answer) {
        // Given
        bad.answer(answer);
        triggers(bad.uri());
        List<CloudEvent> events = Events.numbered(namespace, 20);

        // When
        events.forEach(event -> sluice.send(namespace, event));

        // Then
        String[] ids = events.stream().map(CloudEvent::getId).toArray(String[]::new);
        await().atMost(Sluice.PATIENCE).until(() -> ours(healthy).size() == events.size());
        assertThat(ours(healthy)).extracting(Received::eventId).containsExactlyInAnyOrder(ids);
        await().atMost(Sluice.PATIENCE).until(() -> ours(sink).size() == events.size());
        assertThat(ours(sink)).extracting(Received::eventId).containsExactlyInAnyOrder(ids);
        assertThat(ours(sink).get(0).requireEvent().getExtension("knativeerrordest"))
                .asString()
                .startsWith(bad.uri().toString());
    }

    static Stream<Arguments> bodies_that_do_not_end() {
        return Stream.of(
                Arguments.of("an endless body", Answer.endless(200)), Arguments.of("a body that drips", drip()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies_that_do_not_end")
    void an_answer_that_does_not_end_holds_up_nothing(String manner, Answer answer) {
        // Given: success without a claim to be a CloudEvent, so that nobody needs what it goes on with
        bad.answer(answer);
        triggers(bad.uri());

        // When
        Events.numbered(namespace, 20).forEach(event -> sluice.send(namespace, event));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ours(healthy).size() == 20);
        await().atMost(Sluice.PATIENCE)
                .until(() ->
                        sluice.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"", "trigger=\"bad\"")
                                == 20);
    }

    @Test
    void a_certificate_that_nobody_signed_is_not_trusted() {
        try (var untrusted = RecordingSubscriber.startWithSelfSignedCertificate()) {
            // Given
            triggers(untrusted.uri());

            // When
            sluice.send(namespace, Events.MINIMAL);

            // Then
            await().atMost(Sluice.PATIENCE)
                    .until(() -> ours(sink).size() == 1 && ours(healthy).size() == 1);
            assertThat(untrusted.count()).isZero();
            assertThat(ours(sink).get(0).requireEvent().getExtension("knativeerrordest"))
                    .asString()
                    .startsWith("https://");
        }
    }

    @Test
    void a_subscriber_that_speaks_no_tls_is_not_spoken_to_in_the_clear() {
        // Given
        triggers(URI.create("https://127.0.0.1:" + bad.port() + "/"));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> ours(sink).size() == 1 && ours(healthy).size() == 1);
        assertThat(ours(bad)).isEmpty();
    }

    @Test
    void a_name_that_nobody_has_is_a_failed_delivery() {
        // Given
        triggers(URI.create("http://no-such-host.invalid/"));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> ours(sink).size() == 1 && ours(healthy).size() == 1);
    }

    @Test
    void the_admin_port_and_metadata_addresses_are_no_subscribers() {
        // Given
        triggers(sluice.process().admin("/api/v1/triggers"));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> ours(sink).size() == 1 && ours(healthy).size() == 1);
        assertThat(ours(sink).get(0).requireEvent().getExtensionNames()).doesNotContain("knativeerrorcode");
    }

    @Test
    void a_healthy_trigger_keeps_its_pace_beside_one_that_hangs() {
        // Given
        bad.answer(Answer.never());
        triggers(bad.uri());
        var ledger = new Ledger().expecting("healthy");
        healthy.onRequest(request -> ledger.delivered("healthy", request.eventId()));

        // When
        try (var load = Load.start(sluice, sluice.ingress(namespace), namespace, ledger, Duration.ofMillis(1))) {
            await().atMost(Sluice.PATIENCE).until(() -> load.sent() >= 1_000);
        }

        // Then
        assertThat(ledger.acceptedCount()).isGreaterThanOrEqualTo(1_000);
        await().atMost(Sluice.PATIENCE).until(() -> ledger.verify().isComplete());
        ledger.verify().assertNothingLost().assertNothingDuplicated();
    }

    @AfterEach
    void no_connection_of_a_failed_attempt_stays_busy() {
        bad.dropConnections();
        sluice.write(namespace + ".yaml", Manifests.broker(namespace, "default"));
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_requests", "namespace=\"" + namespace + "\"") == 0);
    }

    /** What this test's triggers sent. A dead letter of the test before may still be on its way when its trigger is gone. */
    private List<Received> ours(RecordingSubscriber subscriber) {
        return subscriber.requests().stream()
                .filter(request -> request.header("kn-namespace").equals(Optional.of(namespace)))
                .toList();
    }

    private void triggers(URI subscriber) {
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace,
                        "bad",
                        subscriber,
                        "delivery:",
                        "  retry: 1",
                        "  backoffDelay: PT0.01S",
                        "  timeout: PT1S",
                        "  deadLetterSink: {uri: " + sink.uri() + "}"),
                Manifests.trigger(namespace, "healthy", healthy.uri()));
    }

    private static Answer endlessEvent() {
        return Answer.endless(200)
                .withHeader("ce-specversion", "1.0")
                .withHeader("ce-id", "endless")
                .withHeader("ce-source", "/s")
                .withHeader("ce-type", "t");
    }

    private static Answer drip() {
        return Answer.ok().withBody(Buffer.buffer("x".repeat(1000))).dripping(Duration.ofMillis(100));
    }
}
