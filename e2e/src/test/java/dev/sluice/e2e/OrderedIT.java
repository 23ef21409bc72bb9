/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Triggers that ask for order. */
final class OrderedIT {

    private static final String ORDERED = "kafka.eventing.knative.dev/delivery.order: ordered";

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final RecordingSubscriber sink = RecordingSubscriber.start();

    private final String namespace = Sluice.namespace();

    private static CloudEvent event(String key, int number) {
        return CloudEventBuilder.v1(Events.withId(key + "-" + number))
                .withExtension("partitionkey", key)
                .build();
    }

    private static String keyOf(String id) {
        return id.substring(0, id.lastIndexOf('-'));
    }

    private static int numberOf(String id) {
        return Integer.parseInt(id.substring(id.lastIndexOf('-') + 1));
    }

    private String trigger(String[] annotations, String... delivery) {
        List<String> spec = new ArrayList<>();
        if (delivery.length > 0) {
            spec.add("delivery:");
            for (String line : delivery) {
                spec.add("  " + line);
            }
        }
        return Manifests.annotated(
                Manifests.trigger(namespace, "t", subscriber.uri(), spec.toArray(String[]::new)), annotations);
    }

    private static String[] annotations(String... lines) {
        return lines;
    }

    private String sinkLine() {
        return "deadLetterSink: {uri: " + sink.uri("/dead") + "}";
    }

    private double ended(String end) {
        return sluice.meter("sluice_trigger_ended_total", "namespace=\"" + namespace + "\"", "end=\"" + end + "\"");
    }

    private void awaitDelivered(int count) {
        await().atMost(Duration.ofSeconds(60)).until(() -> ended("delivered") == count);
    }

    /** Appends in one request, so that the order of the list is the order of the channel. */
    private void send(List<CloudEvent> events) {
        EventMessage batch = EventMessage.Mode.BATCHED.of(events);
        assertThat(sluice.post(sluice.ingress(namespace), batch).statusCode()).isEqualTo(202);
    }

    /** No event of a key is sent after a later one was. */
    private void verifyOrder() {
        Map<String, Integer> newest = new HashMap<>();
        for (String id : subscriber.ids()) {
            Integer before = newest.put(keyOf(id), numberOf(id));
            assertThat(numberOf(id))
                    .as("%s after number %s of its key", id, before)
                    .isGreaterThanOrEqualTo(before == null ? 0 : before);
        }
    }

    @Test
    void events_of_one_key_arrive_in_order_whatever_fails() {
        // Given
        long seed = System.nanoTime();
        Random random = new Random(seed);
        sluice.apply(namespace, trigger(annotations(ORDERED), "retry: 10", "backoffDelay: PT0.005S"));
        Map<String, Integer> failures = new ConcurrentHashMap<>();
        subscriber.answerBy(request -> failures.merge(request.eventId(), -1, Integer::sum) >= 0
                ? Answer.status(503)
                : Answer.ok().after(Duration.ofMillis(request.ordinal() % 5)));
        List<CloudEvent> events = new ArrayList<>();
        int[] next = new int[20];
        for (int i = 0; i < 1000; i++) {
            int key = random.nextInt(next.length);
            CloudEvent event = event("k" + key, next[key]++);
            failures.put(event.getId(), Math.max(0, random.nextInt(6) - 3));
            events.add(event);
        }

        // When
        for (int i = 0; i < events.size(); i += 50) {
            send(events.subList(i, i + 50));
        }

        // Then
        awaitDelivered(events.size());
        assertThat(subscriber.mostInProgress()).as("seed %d", seed).isBetween(2, next.length);
        verifyOrder();
    }

    @Test
    void a_key_that_always_fails_holds_up_itself_alone() {
        // Given
        sluice.apply(namespace, trigger(annotations(ORDERED), "retry: 100", "backoffDelay: PT0.01S"));
        subscriber.answerBy(request -> request.eventId().startsWith("poison") ? Answer.status(500) : Answer.ok());
        List<CloudEvent> events = new ArrayList<>();
        int poisoned = 0;
        for (int round = 0; round < 9; round++) {
            for (int key = 1; key < 1000; key++) {
                events.add(event("k" + key, round));
                if (events.size() % 10 == 9) {
                    events.add(event("poison", poisoned++));
                }
            }
        }

        // When
        for (int i = 0; i < events.size(); i += 500) {
            send(events.subList(i, Math.min(events.size(), i + 500)));
        }

        // Then
        awaitDelivered(events.size() - poisoned);
        verifyOrder();
        assertThat(subscriber.ids()).filteredOn(id -> id.startsWith("poison")).containsOnly("poison-0");
        assertThat(sluice.meter("sluice_trigger_in_flight", "namespace=\"" + namespace + "\""))
                .isEqualTo(poisoned);
    }

    @Test
    void without_order_no_event_waits_for_another() {
        // Given
        sluice.apply(namespace, Manifests.trigger(namespace, "t", subscriber.uri()));
        subscriber.hold();

        // When
        send(List.of(event("a", 0), event("a", 1), event("a", 2)));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 3);
        subscriber.release();
        awaitDelivered(3);
    }

    @Test
    void another_attribute_may_be_the_key() {
        // Given
        sluice.apply(namespace, trigger(annotations(ORDERED, "sluice.dev/order-by: subject")));
        subscriber.hold();

        // When
        send(List.of(
                CloudEventBuilder.v1(event("a", 0)).withSubject("x").build(),
                CloudEventBuilder.v1(event("b", 0)).withSubject("x").build(),
                CloudEventBuilder.v1(event("a", 1)).withSubject("y").build()));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.heldCount() == 2);
        assertThat(subscriber.ids()).containsExactlyInAnyOrder("a-0", "a-1");
        subscriber.release();
        awaitDelivered(3);
    }

    @Test
    void a_dead_letter_frees_its_key_and_block_holds_it() {
        // Given
        Set<String> refused = ConcurrentHashMap.newKeySet();
        Collections.addAll(refused, "a-0", "b-0");
        subscriber.answerBy(request -> refused.contains(request.eventId()) ? Answer.status(400) : Answer.ok());
        sluice.apply(namespace, trigger(annotations(ORDERED), "retry: 0", sinkLine()));

        // When
        send(List.of(event("a", 0), event("a", 1)));

        // Then
        awaitDelivered(1);
        assertThat(sink.ids()).containsExactly("a-0");

        // When: to hold it is asked for, beside a change of the spec, whose generation tells when it counts
        String blocking = trigger(
                annotations(ORDERED, "sluice.dev/on-exhausted: block", "sluice.dev/backoff-max: PT0.05S"),
                "retry: 1",
                sinkLine());
        sluice.apply(namespace, blocking);
        await().atMost(Sluice.PATIENCE)
                .until(() -> sluice.resource("triggers", namespace, "t")
                                .at("/status/observedGeneration")
                                .asInt()
                        == 2);
        send(List.of(event("b", 0), event("b", 1), event("c", 0)));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> Collections.frequency(subscriber.ids(), "b-0") >= 5 && ended("delivered") == 2);
        assertThat(subscriber.ids()).doesNotContain("b-1");
        assertThat(sink.ids()).containsExactly("a-0");
        refused.clear();
        awaitDelivered(4);
        verifyOrder();
    }

    @Test
    void edits_of_the_trigger_while_events_flow_break_no_order_and_lose_nothing() {
        // Given
        sluice.apply(namespace, trigger(annotations(ORDERED), "retry: 5"));
        subscriber.answer(Answer.ok().after(Duration.ofMillis(2)));
        List<CloudEvent> events = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            for (int key = 0; key < 20; key++) {
                events.add(event("k" + key, number));
            }
        }

        // When
        for (int i = 0; i < events.size(); i += 100) {
            send(events.subList(i, i + 100));
            sluice.apply(
                    namespace,
                    trigger(
                            annotations(
                                    ORDERED,
                                    "sluice.dev/max-in-flight: \"" + (1 + i / 100) + "\"",
                                    "sluice.dev/breaker: " + (i % 200 == 0 ? "pause" : "\"off\"")),
                            "retry: " + (5 + i / 100)));
        }

        // Then
        awaitDelivered(events.size());
        assertThat(subscriber.count()).isEqualTo(events.size());
        verifyOrder();
    }
}
