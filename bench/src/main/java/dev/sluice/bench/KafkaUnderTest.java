/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import dev.sluice.testkit.kafka.KafkaCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** The Kafka of a load run: one node with Kafka's own defaults, whose cost is told apart from that of its clients. */
final class KafkaUnderTest implements AutoCloseable {

    /** As many as Sluice gives a topic. */
    static final int PARTITIONS = 10;

    private static final Path ROOT = Path.of(System.getProperty("sluice.bench.root", "."));
    private static final long PATIENCE_SECONDS = 30;

    private final Path folder;
    private final KafkaCluster cluster;
    private final Admin admin;
    private final ProcessMeter meter;

    private KafkaUnderTest(Path folder, KafkaCluster cluster) {
        this.folder = folder;
        this.cluster = cluster;
        admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers()));
        meter = new ProcessMeter(cluster.node().pid());
    }

    static KafkaUnderTest start() throws IOException {
        // What it keeps grows to some gigabytes, which a temporary folder may not have room for.
        Path folder = Files.createTempDirectory(Files.createDirectories(ROOT.resolve("bench/target")), "kafka");
        try {
            return new KafkaUnderTest(folder, KafkaCluster.startForLoad(folder));
        } catch (RuntimeException e) {
            System.err.println("no Kafka came up; its log is in " + folder);
            throw e;
        }
    }

    String bootstrapServers() {
        return cluster.bootstrapServers();
    }

    /** Has Sluice keep its events here. */
    SluiceUnderTest sluice(SluiceUnderTest.Resources resources, String role) throws IOException {
        return SluiceUnderTest.start(resources, options(role));
    }

    String[] options(String role) {
        return new String[] {"--channel=kafka", "--kafka-bootstrap-servers=" + bootstrapServers(), "--role=" + role};
    }

    /** The topic of a Broker in the default namespace. */
    static String topicOf(String broker) {
        return "knative-broker-default-" + broker;
    }

    void createTopic(String name) {
        get(admin.createTopics(List.of(new NewTopic(name, Optional.of(PARTITIONS), Optional.empty())))
                .all());
    }

    /** How many records of a topic have been acknowledged so far. */
    LongSupplier appended(String topic) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        return () -> get(admin.listOffsets(ends).all()).values().stream()
                .mapToLong(ListOffsetsResultInfo::offset)
                .sum();
    }

    /** How many members of a consumer group read something. */
    long membersWithPartitions(String group) {
        return get(admin.describeConsumerGroups(List.of(group)).all()).values().stream()
                .flatMap(description -> description.members().stream())
                .filter(member -> !member.assignment().topicPartitions().isEmpty())
                .count();
    }

    long cpuMicros() throws IOException {
        return meter.cpuMicros();
    }

    /** What consumers have fetched of a topic so far. */
    long fetchedBytes(String topic) throws IOException {
        return sumOfCounts("kafka.server:type=BrokerTopicMetrics,name=BytesOutPerSec,topic=" + topic);
    }

    /** How many requests to commit offsets have come so far. */
    long commits() throws IOException {
        return sumOfCounts("kafka.network:type=RequestMetrics,name=RequestsPerSec,request=OffsetCommit,*");
    }

    private long sumOfCounts(String pattern) throws IOException {
        MBeanServerConnection beans = meter.beans();
        long sum = 0;
        try {
            for (ObjectName name : beans.queryNames(new ObjectName(pattern), null)) {
                try {
                    sum += ((Number) beans.getAttribute(name, "Count")).longValue();
                } catch (InstanceNotFoundException e) {
                    // Gone since it was listed: nothing has come of it for long.
                }
            }
        } catch (JMException e) {
            throw new IOException("Kafka does not show " + pattern, e);
        }
        return sum;
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new UncheckedIOException(new IOException("Kafka does not answer", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            meter.close();
            admin.close();
        } finally {
            cluster.close();
            SluiceUnderTest.delete(folder);
        }
    }
}
