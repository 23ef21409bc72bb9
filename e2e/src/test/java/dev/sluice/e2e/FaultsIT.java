/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in which a subscriber can be broken, all at once, each at a trigger of its own beside one that is well. Each
 * event has an account at each trigger: it was delivered, or is at the dead letter sink; it was sent no more often than
 * the delivery spec says; and the healthy trigger has got it once.
 */
final class FaultsIT {

    private static final int EVENTS = 25;

    /** Of the subscriber that recovers; the others are through with theirs meanwhile. */
    private static final Duration OUTAGE = Duration.ofSeconds(Boolean.getBoolean("sluice.soak") ? 30 : 12);

    /** More than the outage takes, at the backoff that the recovering trigger has. */
    private static final int PATIENT_RETRIES = 1000;

    /** For those that never answer; long enough for the dead letter sink, which is given the same time. */
    private static final String[] IMPATIENT = {"  retry: 1", "  backoffDelay: PT0.01S", "  timeout: PT5S"};

    private static final Sluice sluice = Sluice.start("--reply-ttl", "3", "--max-reply-size", "64KiB");
    private static final RecordingSubscriber bad = RecordingSubscriber.start();
    private static final RecordingSubscriber healthy = RecordingSubscriber.start();
    private static final RecordingSubscriber sink = RecordingSubscriber.start();
    private static final ResettingListener resetting = ResettingListener.start();
    private static final ClosedPort closed = ClosedPort.take();

    private static final String NAMESPACE = Sluice.namespace();
    private static final Ledger ledger = new Ledger();
    private static final Map<String, Integer> requests = new ConcurrentHashMap<>();
    private static final Map<String, Long> firstArrival = new ConcurrentHashMap<>();
    private static final AtomicLong shortestPause = new AtomicLong(Long.MAX_VALUE);
    private static final Map<String, Fault> faults = faults();

    private enum Ends {
        DELIVERED,
        DEAD_LETTERED;

        String label() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * One way to be broken.
     *
     * @param uri where its events go
     * @param answers by the number of the attempt, from 1
     * @param ends where every event ends
     * @param attempts as often each event arrives at the subscriber, at most
     * @param delivery lines of the delivery spec beyond the dead letter sink
     */
    private record Fault(
            String name, URI uri, IntFunction<Answer> answers, Ends ends, int attempts, List<String> delivery) {

        Fault to(URI other) {
            return new Fault(name, other, answers, ends, 0, delivery);
        }

        Fault with(String... lines) {
            return new Fault(name, uri, answers, ends, attempts, List.of(lines));
        }

        /**
         * Those whose attempts end by their time-out alone. On a machine that is busy it may be over before the connection
         * is there, and so end unseen.
         */
        boolean timesOut() {
            return delivery.equals(List.of(IMPATIENT));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** With one retry, so that what is tried again arrives twice and what is not arrives once. */
    private static Fault fault(String name, Ends ends, int attempts, Answer answer) {
        return fault(name, ends, attempts, attempt -> answer);
    }

    private static Fault fault(String name, Ends ends, int attempts, IntFunction<Answer> answers) {
        return new Fault(
                name,
                bad.uri("/" + name),
                answers,
                ends,
                attempts,
                List.of("  retry: 1", "  backoffDelay: PT0.01S", "  timeout: PT15S"));
    }

    private static Map<String, Fault> faults() {
        List<Fault> all = List.of(
                fault("refuses", Ends.DEAD_LETTERED, 0, Answer.ok()).to(closed.uri()),
                fault("resets-mid-request", Ends.DEAD_LETTERED, 0, Answer.ok()).to(resetting.uri()),
                fault("hangs", Ends.DEAD_LETTERED, 2, Answer.never()).with(IMPATIENT),
                fault("drips", Ends.DEAD_LETTERED, 2, reply("x".repeat(100)).dripping(Duration.ofSeconds(1)))
                        .with(IMPATIENT),
                fault(
                                "drips-no-event",
                                Ends.DEAD_LETTERED,
                                2,
                                Answer.ok()
                                        .withBody(Buffer.buffer("x".repeat(1000)))
                                        .dripping(Duration.ofMillis(100)))
                        .with(IMPATIENT),
                fault("resets", Ends.DEAD_LETTERED, 2, Answer.reset()),
                fault("resets-mid-response", Ends.DEAD_LETTERED, 2, Answer.resetMidway()),
                fault("closes", Ends.DEAD_LETTERED, 2, Answer.close()),
                fault("closes-mid-response", Ends.DEAD_LETTERED, 2, Answer.closeMidway()),
                fault("500-for-ever", Ends.DEAD_LETTERED, 2, Answer.status(500)),
                fault("500-then-200", Ends.DELIVERED, PATIENT_RETRIES + 1, attempt -> Answer.ok())
                        .with(
                                "  retry: " + PATIENT_RETRIES,
                                "  backoffPolicy: linear",
                                "  backoffDelay: PT0.02S",
                                "  timeout: PT15S"),
                fault(
                        "429-with-retry-after",
                        Ends.DELIVERED,
                        2,
                        attempt -> attempt == 1 ? Answer.status(429).withHeader("retry-after", "1") : Answer.ok()),
                fault("answers-400", Ends.DEAD_LETTERED, 1, Answer.status(400)),
                fault("answers-301", Ends.DEAD_LETTERED, 1, Answer.redirect(301, elsewhere())),
                fault("answers-307", Ends.DEAD_LETTERED, 1, Answer.redirect(307, elsewhere())),
                fault("answers-308", Ends.DEAD_LETTERED, 1, Answer.redirect(308, elsewhere())),
                fault("answers-204", Ends.DELIVERED, 1, Answer.status(204)),
                fault("no-event", Ends.DELIVERED, 1, Answer.ok().withBody("text/plain", "thank you")),
                fault("half-an-event", Ends.DEAD_LETTERED, 2, Answer.ok().withHeader("ce-specversion", "1.0")),
                fault(
                        "half-an-event-in-json",
                        Ends.DEAD_LETTERED,
                        2,
                        Answer.ok().withBody("application/cloudevents+json", "{\"specversion\":\"1.0\"")),
                fault(
                        "a-batch",
                        Ends.DEAD_LETTERED,
                        2,
                        Answer.ok().withBody("application/cloudevents-batch+json", "[]")),
                fault("reply-too-large", Ends.DEAD_LETTERED, 2, reply("x".repeat(65 * 1024))),
                fault(
                        "headers-too-large",
                        Ends.DEAD_LETTERED,
                        2,
                        Answer.raw("HTTP/1.1 200 OK\r\nx: " + "y".repeat(99_000))),
                fault("endless-reply", Ends.DEAD_LETTERED, 2, endlessReply()),
                fault("endless-body", Ends.DELIVERED, 1, Answer.endless(200)),
                fault("endless-failure", Ends.DEAD_LETTERED, 2, Answer.endless(500)),
                fault("only-continues", Ends.DEAD_LETTERED, 2, Answer.raw("HTTP/1.1 100 Continue\r\n\r\n")),
                fault(
                        "switches-protocols",
                        Ends.DEAD_LETTERED,
                        1,
                        Answer.raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")),
                fault("speaks-no-http", Ends.DEAD_LETTERED, 2, Answer.raw("220 mail.example.com ESMTP\r\n")),
                // Not half an answer: without a length the body ends with the connection (RFC 9112 6.3).
                fault("200-and-closes", Ends.DELIVERED, 1, Answer.raw("HTTP/1.1 200 OK\r\n\r\n")),
                fault("one-request-a-connection", Ends.DELIVERED, 1, Answer.ok().withHeader("connection", "close")));
        Map<String, Fault> byName = new LinkedHashMap<>();
        all.forEach(fault -> byName.put(fault.name(), fault));
        return byName;
    }

    @BeforeAll
    static void all_are_broken_at_once() {
        // Given
        List<String> triggers = new ArrayList<>();
        faults.values().forEach(fault -> {
            List<String> spec = new ArrayList<>(List.of("delivery:"));
            spec.addAll(fault.delivery());
            spec.add("  deadLetterSink: {uri: " + sink.uri("/" + fault.name()) + "}");
            triggers.add(Manifests.trigger(NAMESPACE, fault.name(), fault.uri(), spec.toArray(String[]::new)));
            ledger.expecting(fault.name());
        });
        triggers.add(Manifests.trigger(NAMESPACE, "healthy", healthy.uri()));
        ledger.expecting("healthy");
        sluice.apply(NAMESPACE, triggers.toArray(String[]::new));
        healthy.onRequest(request -> ledger.delivered("healthy", request.eventId()));
        sink.onRequest(request -> ledger.delivered(request.uri().substring(1), request.eventId()));
        long recovers = System.nanoTime() + OUTAGE.toNanos();
        bad.answerBy(request -> answer(request, recovers));

        // When: larger than what a socket takes in one go is on its way to the one that resets
        for (int i = 0; i < EVENTS; i++) {
            CloudEvent event = Events.withId(NAMESPACE + "-" + i);
            ledger.offered(event.getId());
            sluice.send(
                    NAMESPACE,
                    CloudEventBuilder.v1(event)
                            .withData("text/plain", "d".repeat(2000).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                            .build());
            ledger.accepted(event.getId());
        }
    }

    /** On the subscriber's only thread. */
    private static Answer answer(Received request, long recovers) {
        String name = request.uri().substring(1);
        Fault fault = faults.get(name);
        if (fault == null) {
            return Answer.status(410);
        }
        String account = name + " " + request.eventId();
        int attempt = requests.merge(account, 1, Integer::sum);
        if (name.equals("500-then-200") && System.nanoTime() < recovers) {
            return Answer.status(500);
        }
        Answer answer = fault.answers().apply(attempt);
        if (name.startsWith("429")) {
            Long first = firstArrival.putIfAbsent(account, request.arrivedNanos());
            if (first != null) {
                shortestPause.accumulateAndGet(request.arrivedNanos() - first, Math::min);
            }
        }
        if (fault.ends() == Ends.DELIVERED && answer.status() < 300) {
            ledger.delivered(name, request.eventId());
        }
        return answer;
    }

    static List<Fault> every_fault() {
        return List.copyOf(faults.values());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("every_fault")
    void each_event_ends_once_and_is_sent_no_more_often_than_it_may_be(Fault fault) {
        // When
        await(fault.name() + " has ended all of its events")
                .atMost(Sluice.PATIENCE.plus(OUTAGE))
                .until(() -> meter("sluice_trigger_ended_total", fault) == EVENTS);

        // Then
        assertThat(meter("sluice_trigger_matched_total", fault)).isEqualTo(EVENTS);
        assertThat(sluice.meter(
                        "sluice_trigger_ended_total",
                        "trigger=\"" + fault.name() + "\"",
                        "end=\"" + fault.ends().label() + "\""))
                .isEqualTo(EVENTS);
        await("the ledger knows each event")
                .atMost(Sluice.PATIENCE)
                .until(() -> ledger.deliveredCount(fault.name()) == EVENTS);
        ofThis(ledger.verify(), fault);
        int sent = 0;
        for (int i = 0; i < EVENTS; i++) {
            int times = requests.getOrDefault(fault.name() + " " + NAMESPACE + "-" + i, 0);
            assertThat(times).isBetween(fault.timesOut() ? 0 : Math.min(1, fault.attempts()), fault.attempts());
            sent += times;
        }
        if (fault.attempts() > 0) {
            assertThat(sent).as("requests that arrived").isPositive();
        }
        if (fault.attempts() > 0 && !fault.timesOut()) {
            // Each of them arrived, and is counted.
            assertThat(meter("sluice_trigger_retries_total", fault)).isEqualTo(sent - EVENTS);
        } else {
            assertThat(meter("sluice_trigger_retries_total", fault)).isEqualTo(EVENTS);
        }
    }

    private static void ofThis(Ledger.Verdict verdict, Fault fault) {
        assertThat(verdict.lost())
                .filteredOn(each -> each.trigger().equals(fault.name()))
                .isEmpty();
        assertThat(verdict.duplicated())
                .filteredOn(each -> each.trigger().equals(fault.name()))
                .isEmpty();
        assertThat(verdict.unexpected()).isEmpty();
    }

    @Test
    void the_healthy_one_gets_every_event_once() {
        await().atMost(Sluice.PATIENCE).until(() -> ledger.deliveredCount("healthy") == EVENTS);
        assertThat(ledger.verify().duplicated())
                .filteredOn(each -> each.trigger().equals("healthy"))
                .isEmpty();
        assertThat(meter("sluice_trigger_retries_total", "healthy")).isZero();
    }

    @Test
    void a_retry_waits_for_as_long_as_the_subscriber_asked() {
        await().atMost(Sluice.PATIENCE)
                .until(() -> meter("sluice_trigger_ended_total", faults.get("429-with-retry-after")) == EVENTS);
        // By its own clock, which may see the second a little shorter than ours.
        assertThat(Duration.ofNanos(shortestPause.get())).isGreaterThan(Duration.ofMillis(900));
    }

    @Test
    void the_request_was_cut_off_in_the_middle() {
        await().atMost(Sluice.PATIENCE)
                .until(() -> meter("sluice_trigger_ended_total", faults.get("resets-mid-request")) == EVENTS);
        assertThat(resetting.resets()).isPositive();
    }

    @Test
    void no_redirect_is_followed() {
        await().atMost(Sluice.PATIENCE)
                .until(() -> meter("sluice_trigger_ended_total", faults.get("answers-308")) == EVENTS);
        assertThat(healthy.requests())
                .allSatisfy(request -> assertThat(request.uri()).isEqualTo("/"));
    }

    @Test
    void a_reply_that_loops_comes_to_an_end() {
        // Given: each reply is what the trigger matches, and the broker takes an event three times at most
        String namespace = Sluice.namespace();
        try (RecordingSubscriber looping = RecordingSubscriber.start();
                RecordingSubscriber letters = RecordingSubscriber.start()) {
            looping.answerBy(request ->
                    Answer.reply(CloudEventBuilder.v1(request.requireEvent()).build()));
            sluice.apply(
                    namespace,
                    Manifests.trigger(
                            namespace,
                            "loop",
                            looping.uri(),
                            "delivery: {retry: 0, deadLetterSink: {uri: " + letters.uri() + "}}"));

            // When
            Events.numbered(namespace, 20).forEach(event -> sluice.send(namespace, event));

            // Then
            await().atMost(Sluice.PATIENCE).until(() -> letters.count() == 20);
            CounterLaw.awaitSettled(sluice, namespace);
            assertThat(looping.count()).isEqualTo(20 * 3);
            assertThat(letters.ids()).doesNotHaveDuplicates().hasSize(20);
        }
    }

    @AfterAll
    static void the_counters_agree_and_nothing_is_left() {
        try (sluice;
                bad;
                healthy;
                sink;
                resetting;
                closed) {
            CounterLaw.awaitSettled(sluice, NAMESPACE);
            CounterLaw.awaitSelfCheck(sluice);
        }
    }

    private static double meter(String name, Fault fault) {
        return meter(name, fault.name());
    }

    private static double meter(String name, String trigger) {
        return sluice.meter(name, "namespace=\"" + NAMESPACE + "\"", "trigger=\"" + trigger + "\"");
    }

    private static Answer reply(String data) {
        return Answer.ok()
                .withHeader("ce-specversion", "1.0")
                .withHeader("ce-id", "reply")
                .withHeader("ce-source", "/s")
                .withHeader("ce-type", "t")
                .withBody(Buffer.buffer(data));
    }

    private static Answer endlessReply() {
        Answer reply = reply("");
        Answer endless = Answer.endless(200);
        for (Map.Entry<String, String> header : reply.headers().entrySet()) {
            endless = endless.withHeader(header.getKey(), header.getValue());
        }
        return endless;
    }

    /** A place that takes every event, and must get none. */
    private static String elsewhere() {
        return healthy.uri("/redirected").toString();
    }
}
