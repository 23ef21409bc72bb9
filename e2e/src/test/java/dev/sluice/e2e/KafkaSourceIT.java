/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Answer;
import dev.sluice.testkit.Ledger;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.cloudevents.CloudEvent;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** KafkaSources in running processes, from a real Kafka. */
@ResourceLock(Fleet.KAFKA)
final class KafkaSourceIT {

    private static final String TO_BROKER = "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}";

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka);

    private final String namespace = Sluice.namespace();
    private final String topic = "orders-" + namespace;
    private Producer<byte[], byte[]> producer;

    @BeforeEach
    void a_topic() throws Exception {
        try (Admin admin = kafka.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1)))
                    .all()
                    .get(Fleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        producer = new KafkaProducer<>(kafka.clientConfig(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterEach
    void close() {
        producer.close();
    }

    private String source(String sink, String... spec) {
        StringBuilder more = new StringBuilder();
        for (String line : spec) {
            more.append("  ").append(line).append('\n');
        }
        return """
                apiVersion: sources.knative.dev/v1
                kind: KafkaSource
                metadata:
                  namespace: %s
                  name: till
                spec:
                  bootstrapServers: ["%s"]
                  topics: [%s]
                  sink: %s
                """.formatted(namespace, kafka.bootstrapServers(), topic, sink) + more;
    }

    private void write(ProducerRecord<byte[], byte[]> record) throws Exception {
        producer.send(record).get(Fleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String value) {
        return new ProducerRecord<>(topic, partition, "k".getBytes(UTF_8), value.getBytes(UTF_8));
    }

    @Test
    void records_and_events_of_a_topic_reach_the_subscriber_of_a_trigger() throws Exception {
        // Given
        Sluice sluice = fleet.startPlain("one");
        sluice.apply(namespace, Manifests.trigger(namespace, "all", subscriber.uri()));
        sluice.write("source.yaml", source(TO_BROKER, "ceOverrides: {extensions: {team: brewers}}"));
        sluice.awaitReady("kafkasources", namespace, "till");

        // When
        write(record(topic, 1, "{ \"order\":7 }"));
        ProducerRecord<byte[], byte[]> event = record(topic, 0, "as it is");
        event.headers()
                .add("ce_specversion", "1.0".getBytes(UTF_8))
                .add("ce_id", "e-1".getBytes(UTF_8))
                .add("ce_source", "/shop".getBytes(UTF_8))
                .add("ce_type", "order.placed".getBytes(UTF_8));
        write(event);

        // Then
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.count() == 2);
        CloudEvent wrapped = withType("dev.knative.kafka.event");
        String source = "/apis/v1/namespaces/" + namespace + "/kafkasources/till#" + topic;
        assertThat(wrapped.getId()).isEqualTo("partition:1/offset:0");
        assertThat(wrapped.getSource()).isEqualTo(URI.create(source));
        assertThat(wrapped.getExtension("partitionkey")).isEqualTo("k");
        assertThat(wrapped.getExtension("team")).isEqualTo("brewers");
        assertThat(Objects.requireNonNull(wrapped.getData()).toBytes()).isEqualTo("{ \"order\":7 }".getBytes(UTF_8));
        CloudEvent passed = withType("order.placed");
        assertThat(passed.getId()).isEqualTo("e-1");
        assertThat(passed.getExtensionNames()).doesNotContain("partitionkey").contains("team");
        assertThat(sluice.resource("kafkasources", namespace, "till").toString())
                .contains("\"ceAttributes\":[{\"type\":\"dev.knative.kafka.event\",\"source\":\"" + source + "\"}]");
        assertThat(sluice.condition("kafkasources", namespace, "till", "ConsumerGroup")
                        .path("status")
                        .asText())
                .isEqualTo("True");
    }

    private CloudEvent withType(String type) {
        return subscriber.events().stream()
                .filter(event -> event.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_process_that_is_killed_loses_nothing() throws Exception {
        // Given
        Ledger ledger = new Ledger().expecting("sink");
        subscriber.onRequest(
                request -> ledger.delivered("sink", request.requireEvent().getId()));
        Sluice first = fleet.start("one", "sources");
        first.write("source.yaml", source("{uri: " + subscriber.uri() + "}"));
        first.awaitReady("kafkasources", namespace, "till");
        int written = 0;

        // When
        while (ledger.deliveredCount("sink") < 100) {
            accept(ledger, written++);
        }
        subscriber.hold();
        for (int i = 0; i < 100; i++) {
            accept(ledger, written++);
        }
        Fleet.kill(first);
        subscriber.release();
        Sluice second = fleet.start("one", "sources");

        // Then
        await("everything written has arrived")
                .atMost(Fleet.PATIENCE)
                .untilAsserted(() -> ledger.verify().assertNothingLost());
        assertThat(second.ready("kafkasources", namespace, "till")).isEqualTo("True");
    }

    private void accept(Ledger ledger, int number) throws Exception {
        String id = "partition:" + number % 2 + "/offset:" + number / 2;
        ledger.offered(id);
        write(record(topic, number % 2, "" + number));
        ledger.accepted(id);
    }

    @Test
    void a_sink_that_was_down_has_everything_once_it_is_back_and_refusals_go_where_dead_letters_go() throws Exception {
        // Given
        Sluice sluice = fleet.start("one", "sources");
        sluice.write("source.yaml", source("{uri: " + subscriber.uri() + "}"));
        sluice.awaitReady("kafkasources", namespace, "till");
        subscriber.answer(Answer.status(503));

        // When
        write(record(topic, 0, "a"));
        write(record(topic, 0, "b"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.count() >= 3);

        // Then
        assertThat(subscriber.ids()).containsOnly("partition:0/offset:0");
        subscriber.answerBy(request -> request.uri().equals("/letters") ? Answer.status(202) : Answer.status(200));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("partition:0/offset:1"));

        // And where it refuses one for good
        sluice.write(
                "source.yaml",
                source(
                        "{uri: " + subscriber.uri() + "}",
                        "delivery: {deadLetterSink: {uri: " + subscriber.uri("/letters") + "}}"));
        await().atMost(Fleet.PATIENCE)
                .until(() -> !sluice.condition("kafkasources", namespace, "till", "DeadLetterSinkResolved")
                        .isMissingNode());
        subscriber.answerBy(request -> request.uri().equals("/letters")
                ? Answer.status(202)
                : Answer.status(400).withBody("text/plain", "no such order"));
        write(record(topic, 1, "c"));
        await().atMost(Fleet.PATIENCE)
                .until(() -> subscriber.requests().stream()
                        .anyMatch(request -> request.uri().equals("/letters")));
        CloudEvent letter = subscriber.last().requireEvent();
        assertThat(letter.getId()).isEqualTo("partition:1/offset:0");
        assertThat(letter.getExtension("knativeerrorcode").toString()).isEqualTo("400");
        assertThat(letter.getExtension("knativeerrordest").toString()).startsWith("http://");
        assertThat(letter.getExtension("knativeerrordata"))
                .isEqualTo(Base64.getEncoder().encodeToString("no such order".getBytes(UTF_8)));
    }
}
