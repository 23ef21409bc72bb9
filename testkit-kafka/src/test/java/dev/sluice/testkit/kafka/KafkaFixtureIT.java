/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class KafkaFixtureIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @Test
    void a_killed_node_comes_back_with_what_it_had_acknowledged() throws Exception {
        // Given
        createTopic("killed");
        Set<String> acknowledged = produce("killed", 200, 30_000);

        // When
        kafka.cluster().node().kill();
        kafka.cluster().node().start();

        // Then
        assertThat(read("killed")).isEqualTo(acknowledged);
    }

    @Test
    void a_stopped_node_serves_nobody_and_comes_back_at_the_same_address() throws Exception {
        // Given
        String address = kafka.bootstrapServers();
        createTopic("stopped");
        kafka.cluster().node().stop();
        assertThatThrownBy(() -> produce("stopped", 1)).isInstanceOf(ExecutionException.class);

        // When
        kafka.cluster().node().start();

        // Then
        assertThat(kafka.bootstrapServers()).isEqualTo(address);
        await().atMost(Duration.ofSeconds(30))
                .ignoreException(ExecutionException.class)
                .until(() -> produce("stopped", 1).size() == 1);
    }

    @Test
    void a_frozen_node_answers_nothing_until_it_thaws() throws Exception {
        // Given
        createTopic("frozen");
        kafka.cluster().node().freeze();
        assertThatThrownBy(() -> produce("frozen", 1)).isInstanceOf(ExecutionException.class);

        // When
        kafka.cluster().node().thaw();

        // Then
        await().atMost(Duration.ofSeconds(30))
                .ignoreException(ExecutionException.class)
                .until(() -> produce("frozen", 1).size() == 1);
    }

    @Test
    void a_test_that_leaves_its_kafka_frozen_or_down_has_it_restored() throws Exception {
        kafka.cluster().node().freeze();
        kafka.afterEach(null);
        assertThat(read("no such topic")).isEmpty();

        kafka.cluster().node().freeze();
        kafka.cluster().node().kill();
        kafka.afterEach(null);
        assertThat(read("no such topic")).isEmpty();
    }

    @Test
    void no_node_outlives_the_process_that_started_it_not_even_a_frozen_one(@TempDir Path folder) throws Exception {
        // Given
        Process starter = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FrozenNodeMain.class.getName(),
                        folder.toString())
                .redirectError(folder.resolve("starter.log").toFile())
                .start();
        List<ProcessHandle> nodes = new ArrayList<>();
        try (BufferedReader said = starter.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine())
                    .as(() -> contents(folder.resolve("starter.log")))
                    .isEqualTo("frozen");
            starter.descendants().forEach(nodes::add);
            assertThat(nodes).hasSizeGreaterThanOrEqualTo(2).allMatch(ProcessHandle::isAlive);

            // When
            starter.destroyForcibly().waitFor();
        }

        // Then
        await().atMost(Duration.ofSeconds(20)).until(() -> nodes.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Starts a node, freezes it, says so and waits to be killed. */
    static final class FrozenNodeMain {

        private FrozenNodeMain() {}

        public static void main(String[] args) throws IOException {
            ForkedKafka kafka = ForkedKafka.start(1, Path.of(args[0]));
            kafka.node().freeze();
            System.out.println("frozen");
            while (System.in.read() >= 0) {
                // Until somebody ends this process.
            }
        }
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void createTopic(String name) throws Exception {
        try (Admin admin = kafka.admin()) {
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
        }
    }

    /** Gives up soon. */
    private static Set<String> produce(String topic, int count) throws Exception {
        return produce(topic, count, 3000);
    }

    private static Set<String> produce(String topic, int count, int patienceMillis) throws Exception {
        Map<String, Object> config = kafka.clientConfig();
        config.put("max.block.ms", patienceMillis);
        config.put("request.timeout.ms", 2000);
        config.put("delivery.timeout.ms", patienceMillis);
        Set<String> acknowledged = new HashSet<>();
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                var sending = producer.send(new ProducerRecord<>(topic, "k" + i, "v" + i));
                sending.get(2L * patienceMillis, TimeUnit.MILLISECONDS);
                acknowledged.add("v" + i);
            }
        }
        return acknowledged;
    }

    private static Set<String> read(String topic) {
        try (var consumer =
                new KafkaConsumer<>(kafka.clientConfig(), new StringDeserializer(), new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            Set<String> values = new HashSet<>();
            if (!consumer.listTopics().containsKey(topic)) {
                return values;
            }
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }
}
