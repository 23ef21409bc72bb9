/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The limit of any read from Kafka: fetches what is appended to a topic while it is told to, and does nothing with it. */
public final class BareKafkaConsumer {

    private static final Duration POLL = Duration.ofMillis(100);

    private static volatile boolean running;

    private BareKafkaConsumer() {}

    /** @param args Kafka's addresses and the topic */
    public static void main(String[] args) throws IOException {
        // The same waits and sizes as Sluice's, so that a fetch brings as much.
        Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        args[0],
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        5000,
                        ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                        100),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(args[1]).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .collect(Collectors.toList());
        consumer.assign(partitions);
        Thread reader = new Thread(() -> read(consumer, partitions), "reader");
        reader.setDaemon(true);
        reader.start();
        System.err.println("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            running = order.equals(BareClient.RUN);
            LockSupport.unpark(reader);
        }
        System.exit(0);
    }

    private static void read(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        boolean resting = true;
        while (true) {
            if (!running) {
                resting = true;
                LockSupport.park();
                continue;
            }
            if (resting) {
                // What came meanwhile was for others to measure.
                consumer.seekToEnd(partitions);
                resting = false;
            }
            consumer.poll(POLL);
        }
    }
}
