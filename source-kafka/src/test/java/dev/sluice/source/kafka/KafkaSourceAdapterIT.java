/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.kafka.KafkaFixture;
import dev.sluice.testkit.kafka.SecuredKafka;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** KafkaSources that read from a real Kafka. */
final class KafkaSourceAdapterIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    private final Vertx vertx = Vertx.vertx();
    private final ScriptedSink sink = new ScriptedSink(vertx);
    private final List<SourceAdapter> adapters = new ArrayList<>();
    private final String topic = "source-" + UUID.randomUUID();
    private Admin admin;
    private Producer<byte[], byte[]> producer;

    @BeforeEach
    void connect() {
        admin = kafka.admin();
        producer = new KafkaProducer<>(kafka.clientConfig(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterEach
    void close() {
        adapters.forEach(adapter -> Waiting.on(adapter.close()));
        producer.close();
        admin.close();
        Waiting.on(vertx.close());
    }

    private void topic(int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                .all()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void write(int partition, String value) throws Exception {
        producer.send(new ProducerRecord<>(topic, partition, null, value.getBytes(UTF_8)))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private KafkaSourceDefinition definition(String servers, boolean earliest, boolean ordered, Access access) {
        return new KafkaSourceDefinition(
                new ResourceName("shop", "till"),
                servers,
                List.of(topic),
                "group-of-" + topic,
                earliest,
                ordered,
                KeyType.STRING,
                true,
                access);
    }

    private SourceAdapter start(KafkaSourceDefinition definition, SecretValues secrets, ScriptedSink to) {
        SourceAdapter adapter =
                definition.adapter(new AdapterSetup(definition.name(), secrets, InstantSource.system()));
        adapters.add(adapter);
        Waiting.on(adapter.start(to));
        return adapter;
    }

    private SourceAdapter start(boolean earliest, boolean ordered) {
        return start(definition(kafka.bootstrapServers(), earliest, ordered, Access.OPEN), SecretValues.none(), sink);
    }

    private static void awaitReady(ScriptedSink of) {
        await().atMost(PATIENCE).until(() -> of.isTrue(KafkaSourceKind.CONSUMER_GROUP));
    }

    private void stop(SourceAdapter adapter) {
        adapters.remove(adapter);
        Waiting.on(adapter.close());
    }

    private long committed(int partition) throws Exception {
        OffsetAndMetadata offset = admin.listConsumerGroupOffsets("group-of-" + topic)
                .partitionsToOffsetAndMetadata()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .get(new TopicPartition(topic, partition));
        return offset == null ? -1 : offset.offset();
    }

    @Test
    void what_is_written_once_it_is_ready_is_sent_and_committed_after_the_sink_has_it() throws Exception {
        // Given
        topic(1);
        write(0, "before");
        start(false, true);
        awaitReady(sink);
        assertThat(committed(0)).isEqualTo(1);
        sink.hold();

        // When
        write(0, "after");
        write(0, "later");
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 1);

        // Then
        assertThat(committed(0)).isEqualTo(1);
        sink.release();
        await().atMost(PATIENCE).until(() -> committed(0) == 3);
        assertThat(sink.offered()).containsExactly("after", "later");
        assertThat(sink.events().get(0).getId()).isEqualTo("partition:0/offset:1");
    }

    @Test
    void a_topic_is_read_from_its_beginning_where_that_is_asked_for() throws Exception {
        // Given
        topic(2);
        write(0, "a");
        write(1, "b");

        // When
        start(true, true);

        // Then
        await().atMost(PATIENCE).until(() -> Set.copyOf(sink.offered()).equals(Set.of("a", "b")));
    }

    @Test
    void what_the_sink_did_not_have_comes_again_after_a_restart_and_nothing_else_does() throws Exception {
        // Given
        topic(1);
        SourceAdapter first = start(true, true);
        write(0, "a");
        await().atMost(PATIENCE).until(() -> sink.offered().size() == 1);
        sink.hold();
        write(0, "b");
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 1);

        // When
        stop(first);
        ScriptedSink next = new ScriptedSink(vertx);
        start(definition(kafka.bootstrapServers(), true, true, Access.OPEN), SecretValues.none(), next);

        // Then
        await().atMost(PATIENCE).until(() -> committed(0) == 2);
        assertThat(next.offered()).containsExactly("b");
    }

    @Test
    void members_that_come_and_go_lose_nothing_between_them() throws Exception {
        // Given
        int partitions = 4;
        topic(partitions);
        ScriptedSink other = new ScriptedSink(vertx);
        KafkaSourceDefinition definition = definition(kafka.bootstrapServers(), true, false, Access.OPEN);
        SourceAdapter one = start(definition, SecretValues.none(), sink);
        awaitReady(sink);
        Set<String> written = new TreeSet<>();

        // When
        for (int i = 0; i < 200; i++) {
            write(i % partitions, "first-" + i);
            written.add("first-" + i);
        }
        start(definition, SecretValues.none(), other);
        int round = 0;
        while (other.offered().isEmpty() && round < 10_000) {
            write(round % partitions, "second-" + round);
            written.add("second-" + round++);
        }
        stop(one);
        for (int i = 0; i < 200; i++) {
            write(i % partitions, "third-" + i);
            written.add("third-" + i);
        }

        // Then
        Set<String> arrived = new TreeSet<>();
        await().atMost(PATIENCE).untilAsserted(() -> {
            arrived.addAll(sink.offered());
            arrived.addAll(other.offered());
            assertThat(arrived).containsAll(written);
        });
    }

    @Test
    void a_sink_that_takes_nothing_holds_reading_up_and_what_waited_comes_when_it_is_back() throws Exception {
        // Given
        topic(1);
        sink.hold();
        start(true, false);
        int count = 3000;
        for (int i = 0; i < count; i++) {
            producer.send(new ProducerRecord<>(topic, 0, null, ("" + i).getBytes(UTF_8)));
        }
        producer.flush();

        // When
        await().atMost(PATIENCE).until(() -> sink.heldCount() == 100);

        // Then
        assertThat(committed(0)).isZero();
        assertThat(sink.offered()).hasSize(100);
        sink.release();
        await().atMost(PATIENCE).until(() -> committed(0) == count);
        assertThat(new HashSet<>(sink.offered()))
                .hasSize(count)
                .containsAll(IntStream.range(0, count).mapToObj(String::valueOf).toList());
    }

    @Test
    void a_partition_that_came_meanwhile_is_read_from_its_beginning() throws Exception {
        // Given
        topic(1);
        SourceAdapter first = start(false, true);
        awaitReady(sink);
        stop(first);
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2)))
                .all()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        await().atMost(PATIENCE).until(() -> producer.partitionsFor(topic).size() == 2);
        write(1, "new");

        // When
        start(false, true);

        // Then
        await().atMost(PATIENCE).until(() -> sink.offered().equals(List.of("new")));
    }

    @Test
    void records_that_were_deleted_before_they_were_read_are_passed_over() throws Exception {
        // Given
        topic(1);
        SourceAdapter first = start(true, true);
        awaitReady(sink);
        stop(first);
        write(0, "a");
        write(0, "b");
        write(0, "c");
        admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(2)))
                .all()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        // When
        start(true, true);

        // Then
        await().atMost(PATIENCE).until(() -> sink.offered().equals(List.of("c")));
    }

    @Test
    void a_topic_that_is_made_anew_while_it_is_read_is_read_from_its_beginning() throws Exception {
        // Given: more records than the new one will have, so that no offset of the old one is any good
        topic(1);
        start(true, true);
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            write(0, "old-" + i);
            written.add("old-" + i);
        }
        await().atMost(PATIENCE).until(() -> committed(0) == 5);

        // When
        admin.deleteTopics(List.of(topic)).all().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        await().atMost(PATIENCE).until(this::isTopicMade);
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            write(0, "new-0");
            return true;
        });
        write(0, "new-1");

        // Then: the first may have been written more than once, by a producer that knew the old topic
        await().atMost(PATIENCE).until(() -> sink.offered().contains("new-1"));
        written.add("new-0");
        written.add("new-1");
        assertThat(new ArrayList<>(new LinkedHashSet<>(sink.offered()))).isEqualTo(written);
        await().atMost(PATIENCE).until(() -> committed(0) == endOffset());
    }

    /** What is deleted goes in the background, and until then its name is taken. */
    private boolean isTopicMade() throws Exception {
        try {
            topic(1);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TopicExistsException) {
                return false;
            }
            throw e;
        }
    }

    private long endOffset() throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .offset();
    }

    @Test
    void a_topic_that_is_not_there_is_told_and_read_as_soon_as_it_is() throws Exception {
        // Given
        start(false, true);
        await().atMost(PATIENCE)
                .until(() -> sink.whyFalse(KafkaSourceKind.CONSUMER_GROUP).equals("TopicNotFound"));

        // When
        topic(1);
        awaitReady(sink);
        write(0, "a");

        // Then
        await().atMost(PATIENCE).until(() -> sink.offered().equals(List.of("a")));
    }

    @Test
    void a_kafka_that_is_not_there_is_told() {
        try (ClosedPort closed = ClosedPort.take()) {
            // When
            start(definition("127.0.0.1:" + closed.port(), false, true, Access.OPEN), SecretValues.none(), sink);

            // Then
            await().atMost(PATIENCE)
                    .until(() -> sink.whyFalse(KafkaSourceKind.CONSUMER_GROUP).equals("KafkaUnreachable"));
        }
    }

    private static Access access(boolean sasl, boolean tls) {
        return new Access(
                sasl,
                Optional.empty(),
                ref(sasl, "user"),
                ref(sasl, "password"),
                tls,
                ref(tls, "ca"),
                ref(tls, "cert"),
                ref(tls, "key"));
    }

    private static Optional<SecretRef> ref(boolean wanted, String key) {
        return wanted ? Optional.of(new SecretRef("kafka", key)) : Optional.empty();
    }

    @Test
    void a_kafka_that_wants_a_password_or_a_certificate_gets_it_from_the_secrets() throws Exception {
        // Given
        try (SecuredKafka secured = SecuredKafka.start(
                        Path.of("target", "kafka", ProcessHandle.current().pid() + "-source-secured"));
                Admin inside = Admin.create(Map.of("bootstrap.servers", secured.bootstrapServers()));
                Producer<byte[], byte[]> writer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", secured.bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            inside.createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                    .all()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            Map<SecretRef, String> secrets = new HashMap<>();
            secrets.put(new SecretRef("kafka", "user"), SecuredKafka.PLAIN_USER);
            secrets.put(new SecretRef("kafka", "password"), SecuredKafka.PLAIN_PASSWORD);
            secrets.put(new SecretRef("kafka", "ca"), secured.certificate());
            secrets.put(new SecretRef("kafka", "cert"), secured.certificate());
            secrets.put(new SecretRef("kafka", "key"), secured.key());
            SourceAdapter byPassword = start(
                    definition(secured.saslServers(), true, true, access(true, false)),
                    new SecretValues(secrets),
                    sink);
            awaitReady(sink);
            writer.send(new ProducerRecord<>(topic, "a".getBytes(UTF_8))).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            await().atMost(PATIENCE).until(() -> sink.offered().equals(List.of("a")));
            stop(byPassword);

            // When
            ScriptedSink next = new ScriptedSink(vertx);
            SourceAdapter byCertificate = start(
                    definition(secured.tlsServers(), true, true, access(false, true)), new SecretValues(secrets), next);
            writer.send(new ProducerRecord<>(topic, "b".getBytes(UTF_8))).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

            // Then
            await().atMost(PATIENCE).until(() -> next.offered().equals(List.of("b")));
            stop(byCertificate);

            secrets.put(new SecretRef("kafka", "password"), "a guess");
            ScriptedSink refused = new ScriptedSink(vertx);
            SourceAdapter guessing = start(
                    definition(secured.saslServers(), true, true, access(true, false)),
                    new SecretValues(secrets),
                    refused);
            await().atMost(PATIENCE)
                    .until(() ->
                            refused.whyFalse(KafkaSourceKind.CONSUMER_GROUP).equals("AuthenticationFailed"));
            stop(guessing);
        }
    }
}
