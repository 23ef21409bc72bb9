/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** L2, the limit of any append to Kafka: sends records of 1 KiB with {@code acks=all} as fast as they are taken. */
public final class BareKafkaProducer {

    private static final int EVENT_BYTES = 1024;

    private static volatile boolean running;

    private BareKafkaProducer() {}

    /** @param args Kafka's addresses and the topic */
    public static void main(String[] args) throws IOException {
        Producer<byte[], byte[]> producer = connect(args[0], args[1]);
        byte[] value = new byte[EVENT_BYTES];
        Thread sender = new Thread(() -> send(producer, args[1], value), "sender");
        sender.setDaemon(true);
        sender.start();
        System.err.println("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            running = order.equals(BareClient.RUN);
            LockSupport.unpark(sender);
        }
        System.exit(0);
    }

    /** A producer with what Sluice asks of its own, that knows the topic already. */
    static Producer<byte[], byte[]> connect(String bootstrapServers, String topic) {
        Producer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        64 * 1024),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.partitionsFor(topic);
        return producer;
    }

    private static void send(Producer<byte[], byte[]> producer, String topic, byte[] value) {
        while (true) {
            if (!running) {
                LockSupport.park();
                continue;
            }
            // What is acknowledged is counted in Kafka, and send waits while the buffer is full.
            var unused = producer.send(new ProducerRecord<>(topic, value));
        }
    }
}
