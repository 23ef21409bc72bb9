/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.WireForm;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of an event that matched: attempts, waits, dead letters, replies. */
final class DeliveryIT {

    private static final String NO_SINK_NEEDED = "retry: 0";

    /** Nothing listens there: port 9, discard, is privileged and not in use. */
    private static final URI NOBODY = URI.create("http://127.0.0.1:9/");

    @RegisterExtension
    static final Sluice sluice = Sluice.start("--reply-ttl", "8");

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    // ---- retries ------------------------------------------------------------------------------------------------

    @Test
    void an_event_is_tried_again_until_it_is_taken() {
        // Given: retry 3 is four attempts
        trigger("retry: 3", "backoffDelay: PT0.01S");
        subscriber.failNext(3, 503);

        // When
        sluice.send(namespace, Events.EVERY_ATTRIBUTE);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sluice.meter("sluice_trigger_ended_total", mine()) == 1);
        assertThat(subscriber.requests())
                .hasSize(4)
                .allSatisfy(request -> assertThat(sent(request)).isEqualTo(WireForm.of(Events.EVERY_ATTRIBUTE)));
        assertThat(sink.count()).isZero();
    }

    @Test
    void an_event_that_fails_once_more_than_it_is_retried_goes_to_the_dead_letter_sink() {
        // Given
        trigger("retry: 3", "backoffDelay: PT0.01S", sinkLines());
        subscriber.failNext(4, 503);

        // When
        sluice.send(namespace, Events.EVERY_ATTRIBUTE);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(subscriber.count()).isEqualTo(4);
    }

    @Test
    void statuses_that_may_pass_are_retried() {
        // Given
        int[] statuses = {404, 408, 409, 429, 500, 502, 503, 504, 599};
        trigger("retry: 1", "backoffDelay: PT0.01S", sinkLines());
        Set<String> failed = ConcurrentHashMap.newKeySet();
        subscriber.answerBy(request ->
                failed.add(request.eventId()) ? Answer.status(Integer.parseInt(request.eventId())) : Answer.ok());

        // When
        for (int status : statuses) {
            sluice.send(namespace, Events.withId(Integer.toString(status)));
        }

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_ended_total", mine(), "delivered") == statuses.length);
        assertThat(subscriber.count()).isEqualTo(2L * statuses.length);
        assertThat(sink.count()).isZero();
    }

    @Test
    void statuses_that_will_not_change_are_not_retried() {
        // Given: a redirect is not followed either
        int[] statuses = {300, 301, 302, 304, 307, 308, 400, 401, 403, 405, 410, 413, 422};
        trigger("retry: 5", "backoffDelay: PT0.01S", sinkLines());
        subscriber.answerBy(request -> Answer.redirect(
                Integer.parseInt(request.eventId()), sink.uri("/elsewhere").toString()));

        // When
        for (int status : statuses) {
            sluice.send(namespace, Events.withId(Integer.toString(status)));
        }

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == statuses.length);
        assertThat(subscriber.count()).isEqualTo(statuses.length);
        assertThat(sink.requests()).allSatisfy(dead -> {
            assertThat(dead.uri()).isEqualTo("/dead");
            assertThat(dead.header("ce-knativeerrorcode")).contains(dead.eventId());
        });
    }

    @Test
    void linear_backoff_waits_one_two_three_delays() {
        assertThat(waits("linear", 3))
                .satisfiesExactly(
                        wait -> assertThat(wait).isBetween(Duration.ofMillis(195), Sluice.PATIENCE),
                        wait -> assertThat(wait).isBetween(Duration.ofMillis(395), Sluice.PATIENCE),
                        wait -> assertThat(wait).isBetween(Duration.ofMillis(595), Sluice.PATIENCE));
    }

    @Test
    void exponential_backoff_waits_one_two_four_delays() {
        assertThat(waits("exponential", 3))
                .satisfiesExactly(
                        wait -> assertThat(wait).isBetween(Duration.ofMillis(195), Sluice.PATIENCE),
                        wait -> assertThat(wait).isBetween(Duration.ofMillis(395), Sluice.PATIENCE),
                        wait -> assertThat(wait).isBetween(Duration.ofMillis(795), Sluice.PATIENCE));
    }

    private List<Duration> waits(String policy, int retries) {
        trigger("retry: " + retries, "backoffPolicy: " + policy, "backoffDelay: PT0.2S");
        subscriber.failNext(retries, 500);
        sluice.send(namespace, Events.MINIMAL);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == retries + 1);
        return gaps();
    }

    @Test
    void each_attempt_has_the_timeout_to_itself() {
        // Given
        trigger("retry: 2", "backoffDelay: PT0.01S", "timeout: PT1S", sinkLines());
        subscriber.answerNext(Answer.never(), Answer.never());
        long began = System.nanoTime();

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then: its time begins before its connection is made, so what is sure is how late it comes at the earliest
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 3);
        List<Received> attempts = subscriber.requests();
        for (int attempt = 1; attempt <= 2; attempt++) {
            assertThat(Duration.ofNanos(attempts.get(attempt).arrivedNanos() - began))
                    .as("from the event to attempt %d", attempt + 1)
                    .isGreaterThan(Duration.ofMillis(1_000L * attempt - 5));
        }
        assertThat(sink.count()).isZero();
    }

    @Test
    void retry_after_lengthens_the_wait_up_to_its_maximum() {
        // Given
        trigger("retry: 2", "backoffDelay: PT0.01S", "retryAfterMax: PT1S");
        subscriber.answerNext(
                Answer.status(503).withHeader("Retry-After", "1"),
                Answer.status(429).withHeader("Retry-After", "3600"));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 3);
        assertThat(gaps()).allSatisfy(gap -> assertThat(gap).isBetween(Duration.ofMillis(995), Sluice.PATIENCE));
    }

    @Test
    void retry_after_is_ignored_where_its_maximum_is_zero() {
        // Given
        trigger("retry: 1", "backoffDelay: PT0.01S", "retryAfterMax: PT0S");
        subscriber.answerNext(Answer.status(503).withHeader("Retry-After", "3600"));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 2);
    }

    @Test
    void an_event_with_no_dead_letter_sink_is_parked_after_its_retries() {
        // Given
        trigger("retry: 1", "backoffDelay: PT0.01S");
        subscriber.answer(Answer.status(500));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sluice.meter("sluice_trigger_ended_total", mine(), "parked") == 1);
        assertThat(subscriber.count()).isEqualTo(2);
    }

    @Test
    void mending_a_subscriber_heals_what_is_being_retried() {
        // Given: an event that would next be tried in a minute
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "t", NOBODY, "delivery:", "  retry: 5", "  backoffDelay: PT60S"));
        sluice.send(namespace, Events.MINIMAL);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_in_flight", mine()) == 1
                        && sluice.meter("sluice_trigger_requests", mine()) == 0);

        // When
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(namespace, "default"),
                Manifests.trigger(
                        namespace, "t", subscriber.uri(), "delivery:", "  retry: 5", "  backoffDelay: PT60S"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
    }

    // ---- which delivery applies ---------------------------------------------------------------------------------

    @Test
    void a_trigger_without_delivery_has_its_brokers() {
        // Given
        broker("retry: 1, backoffDelay: PT0.01S, " + sinkLines());
        subscriber.answer(Answer.status(500));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(subscriber.count()).isEqualTo(2);
    }

    @Test
    void a_triggers_delivery_takes_the_place_of_the_brokers_as_a_whole_but_for_the_dead_letter_sink() {
        // Given
        broker("retry: 7, backoffDelay: PT10S, " + sinkLines(), "delivery: {retry: 1}");
        subscriber.answer(Answer.status(500));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(subscriber.count()).isEqualTo(2);
    }

    @Test
    void the_triggers_own_dead_letter_sink_is_used_and_the_brokers_is_not() {
        // Given
        broker(
                "deadLetterSink: {uri: " + sink.uri("/of-the-broker") + "}",
                "delivery: {retry: 0, deadLetterSink: {uri: " + sink.uri("/of-the-trigger") + "}}");
        subscriber.answer(Answer.status(500));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_ended_total", mine(), "dead-lettered") == 1);
        assertThat(sink.requests()).extracting(Received::uri).containsExactly("/of-the-trigger");
    }

    // ---- dead letters -------------------------------------------------------------------------------------------

    @Test
    void a_dead_letter_says_where_it_failed_and_how() {
        // Given
        trigger(NO_SINK_NEEDED, sinkLines());
        subscriber.answer(Answer.status(422)
                .withBody("application/json", "{\"reason\": \"no such order\"}")
                .withHeader("Kne-Reason", "unknown order"));

        // When
        sluice.send(namespace, Events.EVERY_ATTRIBUTE);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        CloudEvent dead = sink.last().requireEvent();
        assertThat(dead.getExtension("knativeerrordest"))
                .asString()
                .startsWith(subscriber.uri().toString());
        assertThat(sink.last().header("ce-knativeerrorcode")).contains("422");
        assertThat(new String(Base64.getDecoder().decode(String.valueOf(dead.getExtension("knativeerrordata"))), UTF_8))
                .isEqualTo("{\"reason\": \"no such order\"}");
        assertThat(dead.getExtension("reason")).isEqualTo("unknown order");
        assertThat(sink.last().header("kn-namespace")).contains(namespace);
        assertThat(sink.last().header("prefer")).isEmpty();
        WireForm original = WireForm.of(Events.EVERY_ATTRIBUTE);
        assertThat(WireForm.of(dead).attributes()).containsAllEntriesOf(original.attributes());
        assertThat(WireForm.of(dead).data()).isEqualTo(original.data());
    }

    @Test
    void a_dead_letter_of_a_subscriber_that_never_answered_has_no_code() {
        CloudEvent dead = deadLetterOf(NOBODY).requireEvent();
        assertThat(dead.getExtension("knativeerrordest")).asString().startsWith("http://127.0.0.1:9");
        assertThat(dead.getExtensionNames()).doesNotContain("knativeerrorcode");
    }

    @Test
    void no_more_than_768_bytes_of_an_answer_go_into_a_dead_letter() {
        // Given
        trigger(NO_SINK_NEEDED, sinkLines());
        subscriber.answer(Answer.status(400).withBody("text/plain", "x".repeat(100_000)));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        String data = String.valueOf(sink.last().requireEvent().getExtension("knativeerrordata"));
        assertThat(Base64.getDecoder().decode(data)).hasSize(768);
    }

    @Test
    void a_dead_letter_keeps_its_specversion() {
        // Given
        trigger(NO_SINK_NEEDED, sinkLines());
        subscriber.answer(Answer.status(400));

        // When
        sluice.send(namespace, Events.EVERY_ATTRIBUTE_V03);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(sink.last().header("ce-specversion")).contains("0.3");
    }

    @Test
    void a_dead_letter_sink_is_retried_like_a_subscriber() {
        // Given
        trigger("retry: 2", "backoffDelay: PT0.01S", sinkLines());
        subscriber.answer(Answer.status(400));
        sink.failNext(2, 503);

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.meter("sluice_trigger_ended_total", mine(), "dead-lettered") == 1);
        assertThat(sink.count()).isEqualTo(3);
        assertThat(subscriber.count()).isEqualTo(1);
    }

    @Test
    void a_broker_of_the_folder_can_be_the_dead_letter_sink() {
        // Given
        sluice.apply(
                namespace,
                Manifests.broker(namespace, "morgue"),
                Manifests.trigger(
                        namespace,
                        "t",
                        subscriber.uri(),
                        "delivery:",
                        "  retry: 0",
                        "  deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: morgue}}"),
                Manifests.trigger(namespace, "undertaker", sink.uri()).replace("broker: default", "broker: morgue"));
        subscriber.answer(Answer.status(400));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(sink.last().header("ce-knativeerrorcode")).contains("400");
    }

    @Test
    void an_event_that_has_expired_is_not_delivered() {
        // Given
        trigger(NO_SINK_NEEDED, sinkLines());
        CloudEvent expired = CloudEventBuilder.v1(Events.MINIMAL)
                .withExtension("expirytime", OffsetDateTime.parse("2020-01-01T00:00:00Z"))
                .build();

        // When
        sluice.send(namespace, expired);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(subscriber.count()).isZero();
        await().atMost(Sluice.PATIENCE).until(() -> ended("expired") == 1);
    }

    @Test
    void an_event_that_has_expired_counts_as_such_where_there_is_no_sink_and_is_not_parked() {
        // Given
        trigger(NO_SINK_NEEDED);
        CloudEvent expired = CloudEventBuilder.v1(Events.MINIMAL)
                .withExtension("expirytime", OffsetDateTime.parse("2020-01-01T00:00:00Z"))
                .build();

        // When
        sluice.send(namespace, expired);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> ended("expired") == 1);
        assertThat(ended("parked")).isZero();
        assertThat(subscriber.count()).isZero();
    }

    private double ended(String end) {
        return sluice.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"", "end=\"" + end + "\"");
    }

    @Test
    void a_subscriber_that_fails_some_events_gets_the_others() {
        // Given: without retry the first two of three go to the sink
        trigger(NO_SINK_NEEDED, sinkLines());
        subscriber.failNext(2, 500);

        // When: one after another, so that it is known which fail
        sluice.send(namespace, Events.withId("one"));
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        sluice.send(namespace, Events.withId("two"));
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 2);
        sluice.send(namespace, Events.withId("three"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 3);
        assertThat(sink.ids()).containsExactly("one", "two");
    }

    @Test
    void a_trigger_whose_subscriber_is_gone_does_not_touch_another() {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "bad", NOBODY, "delivery:", "  retry: 1", "  " + sinkLines()),
                Manifests.trigger(namespace, "good", subscriber.uri()));
        List<CloudEvent> events = Events.numbered(namespace, 50);

        // When
        events.forEach(event -> sluice.send(namespace, event));

        // Then
        String[] ids = events.stream().map(CloudEvent::getId).toArray(String[]::new);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 50 && sink.count() == 50);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder(ids);
        assertThat(sink.ids()).containsExactlyInAnyOrder(ids);
    }

    // ---- who is not there, or not who they say ------------------------------------------------------------------

    @Test
    void a_certificate_that_nobody_signed_is_not_trusted() {
        try (var untrusted = RecordingSubscriber.startWithSelfSignedCertificate()) {
            assertThat(deadLetterOf(untrusted.uri()).requireEvent().getExtension("knativeerrordest"))
                    .asString()
                    .startsWith("https://");
            assertThat(untrusted.count()).isZero();
        }
    }

    @Test
    void a_subscriber_that_speaks_no_tls_is_not_spoken_to_in_the_clear() {
        deadLetterOf(URI.create("https://127.0.0.1:" + subscriber.port() + "/"));
        assertThat(subscriber.count()).isZero();
    }

    @Test
    void a_name_that_nobody_has_is_a_failed_delivery() {
        Received dead = deadLetterOf(URI.create("http://no-such-host.invalid/"));
        assertThat(dead.requireEvent().getExtensionNames()).doesNotContain("knativeerrorcode");
    }

    /** Sends one event there, which is tried twice, and waits for what comes to the dead letter sink. */
    private Received deadLetterOf(URI nobody) {
        // Given
        sluice.apply(
                namespace,
                Manifests.trigger(
                        namespace,
                        "t",
                        nobody,
                        "delivery:",
                        "  retry: 1",
                        "  backoffDelay: PT0.01S",
                        "  " + sinkLines()));

        // When
        sluice.send(namespace, Events.MINIMAL);

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        return sink.last();
    }

    // ---- replies ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202})
    void a_reply_re_enters_the_broker_and_is_routed_by_its_own_attributes(int status) {
        // Given
        replyTriggers();
        CloudEvent reply = CloudEventBuilder.v1(Events.EVERY_EXTENSION_TYPE)
                .withId("the-reply")
                .withType("reply")
                .build();
        subscriber.answer(Answer.status(status).withEvent(reply));

        // When
        sluice.send(namespace, Events.of("the-request", "request"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(sent(sink.last())).isEqualTo(WireForm.of(reply));
        assertThat(subscriber.ids()).containsExactly("the-request");
    }

    @Test
    void a_structured_reply_is_a_reply() {
        // Given
        replyTriggers();
        subscriber.answer(
                Answer.ok()
                        .withBody(
                                "application/cloudevents+json; charset=utf-8",
                                "{\"specversion\":\"1.0\",\"id\":\"r\",\"source\":\"/r\",\"type\":\"reply\",\"data\":{\"n\":1.10}}"));

        // When
        sluice.send(namespace, Events.of("the-request", "request"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(sink.last().body().toString()).isEqualTo("{\"n\":1.10}");
    }

    @Test
    void a_long_reply_arrives_whole() {
        // Given
        replyTriggers();
        CloudEvent reply = CloudEventBuilder.v1(Events.ofSize("long", 36_000))
                .withType("reply")
                .build();
        subscriber.answer(Answer.reply(reply));

        // When
        sluice.send(namespace, Events.of("the-request", "request"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        assertThat(sent(sink.last())).isEqualTo(WireForm.of(reply));
    }

    @Test
    void an_answer_that_is_no_event_is_no_reply() {
        // Given
        replyTriggers();
        subscriber.answer(Answer.ok().withBody("text/plain", "thank you"));

        // When
        sluice.send(namespace, Events.of("the-request", "request"));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() ->
                        sluice.meter("sluice_trigger_ended_total", mine(), "trigger=\"requests\"", "delivered") == 1);
        assertThat(sluice.meter("sluice_trigger_unusable_replies_total", mine()))
                .isEqualTo(1);
        assertThat(sink.count()).isZero();
        assertThat(subscriber.count()).isEqualTo(1);
    }

    @Test
    void a_loop_of_replies_ends() {
        // Given: a subscriber that answers every event with one that it gets itself, and a server with --reply-ttl 8
        trigger(NO_SINK_NEEDED, sinkLines());
        subscriber.answerBy(request -> Answer.reply(Events.withId("after-" + request.ordinal())));

        // When
        sluice.send(namespace, Events.withId("first"));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        await().atMost(Sluice.PATIENCE).until(() -> sluice.meter("sluice_trigger_in_flight", mine()) == 0);
        assertThat(subscriber.count()).isBetween(8L, 9L);
    }

    @Test
    void a_loop_through_the_broker_s_own_address_ends_whatever_it_is_called() {
        // Given: an address that no list of names for this machine holds
        String itself = sluice.ingress(namespace).toString().replace("localhost", "[::ffff:127.0.0.1]");
        sluice.apply(
                namespace, Manifests.trigger(namespace, "t", URI.create(itself), "delivery: {" + sinkLines() + "}"));

        // When
        sluice.send(namespace, Events.withId("first"));

        // Then: with --reply-ttl 8
        await().atMost(Sluice.PATIENCE).until(() -> sink.count() == 1);
        await().atMost(Sluice.PATIENCE).until(() -> sluice.meter("sluice_trigger_in_flight", mine()) == 0);
    }

    // ---- fixtures -----------------------------------------------------------------------------------------------

    /** A Trigger {@code t} with this delivery. */
    private void trigger(String... delivery) {
        var spec = new ArrayList<String>(List.of("delivery:"));
        for (String line : delivery) {
            spec.add("  " + line);
        }
        sluice.apply(namespace, Manifests.trigger(namespace, "t", subscriber.uri(), spec.toArray(String[]::new)));
    }

    private String sinkLines() {
        return "deadLetterSink: {uri: " + sink.uri("/dead") + "}";
    }

    /** A Broker with this delivery, and a Trigger {@code t} with these lines of {@code spec}. */
    private void broker(String delivery, String... spec) {
        sluice.write(
                namespace + ".yaml",
                Manifests.broker(namespace, "default", "delivery: {" + delivery + "}"),
                Manifests.trigger(namespace, "t", subscriber.uri(), spec));
        sluice.awaitReady("triggers", namespace, "t");
    }

    private void replyTriggers() {
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "requests", subscriber.uri(), "filter: {attributes: {type: request}}"),
                Manifests.trigger(namespace, "replies", sink.uri(), "filter: {attributes: {type: reply}}"));
    }

    private String mine() {
        return "namespace=\"" + namespace + "\"";
    }

    private static WireForm sent(Received received) {
        return WireForm.of(received.requireEvent()).without("knativearrivaltime");
    }

    /** The times between the subscriber's requests. */
    private List<Duration> gaps() {
        List<Received> requests = subscriber.requests();
        var gaps = new ArrayList<Duration>();
        for (int i = 1; i < requests.size(); i++) {
            gaps.add(Duration.ofNanos(
                    requests.get(i).arrivedNanos() - requests.get(i - 1).arrivedNanos()));
        }
        return gaps;
    }
}
