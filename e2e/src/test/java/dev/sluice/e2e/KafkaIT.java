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
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** One process that keeps its events in a real Kafka: what it accepts outlives it. */
@ResourceLock(Fleet.KAFKA)
final class KafkaIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka);

    private final String namespace = Sluice.namespace();
    private final Ledger ledger = new Ledger().expecting("all");
    private final Arrivals arrivals = new Arrivals();

    private String all() {
        subscriber.onRequest(request -> {
            ledger.delivered("all", request.eventId());
            arrivals.arrived(request.eventId());
        });
        return Manifests.trigger(namespace, "all", subscriber.uri());
    }

    private void awaitNothingLost() {
        await("everything accepted has arrived")
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static String kafkaConfig(String namespace, String name, String... data) {
        return configOf(kafka.bootstrapServers(), namespace, name, data);
    }

    private static String configOf(String servers, String namespace, String name, String... data) {
        StringBuilder text = new StringBuilder("""
            apiVersion: v1
            kind: ConfigMap
            metadata: {namespace: %s, name: %s}
            data:
              bootstrap.servers: %s
            """.formatted(namespace, name, servers));
        for (String line : data) {
            text.append("  ").append(line).append('\n');
        }
        return text.toString();
    }

    @Test
    void an_event_goes_through_the_topic_of_its_broker_to_the_subscriber() {
        // Given
        Sluice sluice = fleet.start("one", "all");
        sluice.apply(namespace, all());

        // When
        sluice.send(namespace, Events.EVERY_ATTRIBUTE);

        // Then
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.count() == 1);
        assertThat(subscriber.requests().get(0).requireEvent().getAttributeNames())
                .containsAll(Events.EVERY_ATTRIBUTE.getAttributeNames());
        try (Admin admin = kafka.admin()) {
            Set<String> topics = get(admin.listTopics().names());
            assertThat(topics).contains("knative-broker-" + namespace + "-default", "sluice-cursors");
        }
        CounterLaw.awaitCaughtUp(namespace, sluice);
        CounterLaw.awaitSelfCheck(sluice);
    }

    @Test
    void a_restart_under_load_loses_nothing_and_repeats_nothing() {
        // Given
        Sluice first = fleet.start("one", "all");
        first.apply(namespace, all());

        // When
        try (var load = Load.start(first, first.ingress(namespace), "first", ledger, Duration.ofMillis(2))) {
            await().atMost(Fleet.PATIENCE).until(() -> ledger.deliveredCount("all") > 200);
            first.process().sigterm();
            await().atMost(Fleet.PATIENCE).until(() -> !load.refusals().isEmpty());
        }
        // Not asked again, which would have it stop at once, with requests under way.
        assertThat(first.process().awaitExit(Fleet.END))
                .as(first.process().tail())
                .isZero();
        Sluice second = fleet.start("one", "all");
        second.awaitReady("brokers", namespace, "default");
        try (var load = Load.start(second, second.ingress(namespace), "second", ledger, Duration.ofMillis(2))) {
            await().atMost(Fleet.PATIENCE).until(() -> load.sent() > 200);
        }

        // Then
        awaitNothingLost();
        CounterLaw.awaitCaughtUp(namespace, second);
        arrivals.assertRepeatsAreExplained(fleet);
        assertThat(first.process().stderr()).noneMatch(line -> line.contains("could not be written to disk"));
    }

    @Test
    void what_was_accepted_before_a_kill_is_delivered_by_the_next_process() {
        // Given: a subscriber that does not keep up, so that events wait in Kafka
        Sluice first = fleet.start("one", "all");
        first.apply(namespace, all());
        try (var load = Load.start(first, first.ingress(namespace), "first", ledger, Duration.ofMillis(1))) {
            await().atMost(Fleet.PATIENCE).until(() -> ledger.deliveredCount("all") > 200);
            subscriber.hold();
            await().atMost(Fleet.PATIENCE).until(() -> subscriber.heldCount() > 0 && load.sent() > 600);

            // When
            Fleet.kill(first);
        }
        subscriber.release();
        Sluice second = fleet.start("one", "all");

        // Then
        awaitNothingLost();
        second.awaitReady("brokers", namespace, "default");
        second.send(namespace, Events.withId("goes-on"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("goes-on"));
        CounterLaw.awaitCaughtUp(namespace, second);
    }

    @Test
    void brokers_in_memory_and_on_kafka_stand_side_by_side() {
        // Given
        Sluice sluice = fleet.startPlain("one");
        sluice.write(
                "on-kafka.yaml",
                kafkaConfig(namespace, "on-kafka", "default.topic.partitions: \"2\""),
                Manifests.broker(namespace, "kept", "config: {apiVersion: v1, kind: ConfigMap, name: on-kafka}"),
                Manifests.trigger(namespace, "of-kept", subscriber.uri("/kept"))
                        .replace("broker: default", "broker: kept"));
        sluice.apply(namespace, Manifests.trigger(namespace, "of-default", subscriber.uri("/default")));
        sluice.awaitReady("brokers", namespace, "kept");
        sluice.awaitReady("triggers", namespace, "of-kept");

        // When
        sluice.send(namespace, Events.withId("light"));
        assertThat(sluice.post(sluice.process().ingress(namespace, "kept"), Events.withId("heavy"))
                        .statusCode())
                .isEqualTo(202);

        // Then
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.count() == 2);
        assertThat(subscriber.requests())
                .extracting(request -> request.uri() + " " + request.eventId())
                .containsExactlyInAnyOrder("/default light", "/kept heavy");
        try (Admin admin = kafka.admin()) {
            String topic = "knative-broker-" + namespace + "-kept";
            assertThat(get(admin.describeTopics(List.of(topic)).allTopicNames())
                            .get(topic)
                            .partitions())
                    .hasSize(2);
            assertThat(get(admin.listTopics().names())).doesNotContain("knative-broker-" + namespace + "-default");
        }
    }

    @Test
    void a_broker_goes_over_to_other_addresses_of_its_kafka_under_load_and_nothing_is_lost() {
        // Given
        Sluice sluice = fleet.startPlain("one");
        String broker =
                Manifests.broker(namespace, "default", "config: {apiVersion: v1, kind: ConfigMap, name: where}");
        String trigger = all();
        sluice.write("all.yaml", kafkaConfig(namespace, "where"), broker, trigger);
        sluice.awaitReady("triggers", namespace, "all");

        // When
        try (var load = Load.startSpread(sluice, sluice.ingress(namespace), "e", ledger, Duration.ofMillis(5))) {
            await().atMost(Fleet.PATIENCE).until(() -> ledger.deliveredCount("all") > 100);
            String others = kafka.bootstrapServers().replace("127.0.0.1", "localhost");
            sluice.write("all.yaml", configOf(others, namespace, "where"), broker, trigger);
            await().atMost(Fleet.PATIENCE)
                    .until(() ->
                            sluice.process().stderr().stream().anyMatch(line -> line.contains("it is opened anew")));
            long then = ledger.acceptedCount();
            await().atMost(Fleet.PATIENCE).until(() -> ledger.acceptedCount() > then + 100);
            assertThat(load.refusals())
                    .as("of a request that was read when the former way was closed")
                    .allMatch(answer -> answer.equals("503"));
        }

        // Then
        awaitNothingLost();
        sluice.awaitReady("brokers", namespace, "default");
        CounterLaw.awaitCaughtUp(namespace, sluice);
    }

    @Test
    void order_is_kept_by_key_within_a_partition_and_a_key_that_fails_holds_up_itself_alone() {
        // Given: all in one partition, in a lane for each subject
        int each = 20;
        AtomicBoolean broken = new AtomicBoolean(true);
        subscriber.answerBy(
                request -> broken.get() && request.eventId().startsWith("bad-") ? Answer.status(503) : Answer.ok());
        Sluice sluice = fleet.start("one", "all");
        sluice.apply(
                namespace,
                Manifests.annotated(
                        Manifests.trigger(
                                namespace,
                                "ordered",
                                subscriber.uri(),
                                "delivery: {retry: 100000, backoffPolicy: linear, backoffDelay: PT0.05S}"),
                        "kafka.eventing.knative.dev/delivery.order: ordered",
                        "sluice.dev/order-by: subject",
                        "sluice.dev/backoff-max: PT0.2S",
                        "sluice.dev/breaker: \"off\""));
        List<String> keys = List.of("bad", "a", "b", "c");
        List<CloudEvent> events = new ArrayList<>();
        for (int number = 0; number < each; number++) {
            for (String key : keys) {
                events.add(CloudEventBuilder.v1(Events.withId(key + "-" + number))
                        .withExtension("partitionkey", "one")
                        .withSubject(key)
                        .build());
            }
        }

        // When
        assertThat(sluice.post(sluice.ingress(namespace), EventMessage.Mode.BATCHED.of(events))
                        .statusCode())
                .isEqualTo(202);

        // Then
        await().atMost(Fleet.PATIENCE).until(() -> idsOf("a", "b", "c").size() == 3 * each);
        assertThat(idsOf("bad")).containsOnly("bad-0");

        // When
        broken.set(false);

        // Then
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("bad-" + (each - 1)));
        CounterLaw.awaitCaughtUp(namespace, sluice);
        for (String key : keys) {
            assertThat(idsOf(key).stream().distinct())
                    .containsExactlyElementsOf(Events.numbered(key, each).stream()
                            .map(CloudEvent::getId)
                            .toList());
        }
        assertThat(idsOf("a", "b", "c")).doesNotHaveDuplicates();
        CounterLaw.awaitSelfCheck(sluice);
    }

    /** In the order of their arrival. */
    private List<String> idsOf(String... keys) {
        return subscriber.ids().stream()
                .filter(id -> List.of(keys).contains(id.substring(0, id.lastIndexOf('-'))))
                .toList();
    }

    @Test
    void the_example_runs_as_written_but_for_its_addresses() {
        // Given
        String adminPort = Integer.toString(FreePorts.next());
        Sluice sluice = fleet.startPlain("one", "--admin-port", adminPort);

        // When
        sluice.write(
                "kafka.yaml",
                Repository.read("examples/kafka/kafka.yaml")
                        .replace("localhost:9092", kafka.bootstrapServers())
                        .replace("localhost:9090", "localhost:" + adminPort));
        sluice.awaitReady("triggers", "default", "placed-orders");
        sluice.post(
                sluice.process().ingress("default", "orders"),
                CloudEventBuilder.v1(Events.withId("of-the-example"))
                        .withType("com.example.order.placed")
                        .build());

        // Then
        sluice.process().awaitStdout("com\\.example\\.order\\.placed", Fleet.PATIENCE);
    }

    @Test
    void a_broker_whose_topic_does_not_fit_says_why_and_its_neighbour_is_served() {
        // Given
        try (Admin admin = kafka.admin()) {
            get(admin.createTopics(List.of(new NewTopic("knative-broker-" + namespace + "-odd", 1, (short) 1)
                            .configs(Map.of("cleanup.policy", "compact"))))
                    .all());
        }
        Sluice sluice = fleet.start("one", "all");
        sluice.apply(namespace, all());

        // When
        sluice.write("odd.yaml", Manifests.broker(namespace, "odd"));

        // Then
        await().atMost(Fleet.PATIENCE)
                .untilAsserted(() -> assertThat(sluice.condition("brokers", namespace, "odd", "Ready")
                                .path("message")
                                .asText())
                        .contains("cleanup.policy is compact", "set it to delete"));
        assertThat(sluice.ready("brokers", namespace, "odd")).isEqualTo("False");
        assertThat(sluice.post(sluice.process().ingress(namespace, "odd"), Events.MINIMAL)
                        .statusCode())
                .isEqualTo(503);
        sluice.send(namespace, Events.withId("served"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("served"));
    }

    @Test
    void a_process_that_starts_without_kafka_serves_when_it_comes() {
        // Given
        kafka.cluster().node().kill();
        Sluice sluice = fleet.start("one", "all");
        sluice.write(
                "all.yaml",
                Manifests.broker(namespace, "default"),
                Manifests.annotated(Manifests.broker(namespace, "light"), "sluice.dev/channel: inmemory"),
                all(),
                Manifests.trigger(namespace, "light", subscriber.uri("/light"))
                        .replace("broker: default", "broker: light"));

        // Then: it says what is missing, and what needs no Kafka works
        await().atMost(Fleet.PATIENCE)
                .untilAsserted(() -> assertThat(sluice.condition("brokers", namespace, "default", "Ready")
                                .path("message")
                                .asText())
                        .contains(kafka.bootstrapServers()));
        assertThat(sluice.post(sluice.ingress(namespace), Events.MINIMAL).statusCode())
                .isEqualTo(503);
        sluice.awaitReady("triggers", namespace, "light");
        assertThat(sluice.post(sluice.process().ingress(namespace, "light"), Events.withId("light"))
                        .statusCode())
                .isEqualTo(202);
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("light"));

        // When
        kafka.cluster().node().start();

        // Then
        sluice.awaitReady("triggers", namespace, "all");
        sluice.send(namespace, Events.withId("at-last"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("at-last"));
    }
}
