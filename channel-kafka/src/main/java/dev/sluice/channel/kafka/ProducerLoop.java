/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer of one Kafka, and the one thread that calls its {@code send}: that may block where metadata is missing or
 * memory runs out, which must not happen on an event loop. Other threads put appends into a queue, which the {@link ByteGate}
 * bounds.
 *
 * <p>A producer that has failed for good, as it does when its rights are taken away, is replaced.
 */
final class ProducerLoop {

    private static final Logger LOG = LoggerFactory.getLogger(ProducerLoop.class);

    /** Long enough for a topic that is new to this producer, short since all Brokers of the Kafka wait meanwhile. */
    private static final Duration MAX_BLOCK = Duration.ofSeconds(1);

    private static final Duration REPLACE_AFTER = Duration.ofSeconds(1);

    /** Batches grow to this when more comes than one request at a time can carry; memory is taken as they grow. */
    private static final int BATCH_BYTES = 64 * 1024;

    /** Metadata of a topic that nobody writes to must stay, or the first event after a pause would block the thread. */
    private static final long YEARS_MILLIS = TimeUnit.DAYS.toMillis(3650);

    private final ClusterSettings cluster;
    private final Map<String, Object> config;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Outgoing> appends = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Warming> warmings = new ConcurrentLinkedQueue<>();
    private final Promise<Void> closed = Promise.promise();
    private final Duration closeTimeout;

    /** Whether the thread may be parked. Written before it looks at the queues for the last time, read after an offer. */
    private volatile boolean idle;

    private volatile boolean closing;
    /** Whether the thread has looked at the queues for the last time. */
    private volatile boolean over;

    /** Of the last acknowledgement, in the time of {@link System#nanoTime}. */
    private volatile long acknowledgedNanos = System.nanoTime();

    // Confined to the thread.
    private @Nullable Producer<byte[], byte[]> producer;
    private long replaceNanos;

    private record Warming(String topic, Promise<Integer> partitions) {}

    private ProducerLoop(ClusterSettings cluster, Map<String, Object> config, Duration closeTimeout) {
        this.cluster = cluster;
        this.config = config;
        this.closeTimeout = closeTimeout;
        this.producer = new KafkaProducer<>(config);
        this.thread = new Thread(this::run, "sluice-kafka-append");
        this.thread.setDaemon(true);
    }

    /**
     * Makes the producer and starts the thread. Looks up the names of the Kafka's addresses, so it may block.
     *
     * @throws KafkaException if the settings are no use to a producer
     */
    static ProducerLoop start(ClusterSettings cluster, ProcessOptions process) {
        ProducerLoop loop = new ProducerLoop(cluster, config(cluster, process), process.appendTimeout());
        loop.thread.start();
        return loop;
    }

    private static Map<String, Object> config(ClusterSettings cluster, ProcessOptions process) {
        int append = Math.toIntExact(process.appendTimeout().toMillis());
        Map<String, Object> config = cluster.clientConfig();
        config.put(ProducerConfig.CLIENT_ID_CONFIG, "sluice-append");
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        // Nothing waits for company: what comes while a node has a request makes the next batch. With more than one
        // request at each node they would be as small as when idle until so many are under way, and cost as much.
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, process.bufferBytes());
        config.put(ProducerConfig.BUFFER_MEMORY_ALLOCATION_STRATEGY_CONFIG, "incremental");
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, SharedCluster.largestRecord(process));
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, append);
        // Twice within the time, so that a leader that hangs is given up once while there is still time for the next.
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, append / 2);
        config.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, YEARS_MILLIS);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, 50);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        config.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 50);
        config.put(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 1000);
        config.put(ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return config;
    }

    /** Sends records, in the order in which they are submitted, or abandons them when this is closed. Never blocks. */
    void submit(Outgoing append) {
        appends.add(append);
        wake();
        if (over) {
            abandonAll();
        }
    }

    /** Fetches what the producer has to know of a topic before it can send without blocking; answers its partitions. */
    Future<Integer> warm(String topic) {
        Warming warming = new Warming(topic, Promise.promise());
        warmings.add(warming);
        wake();
        if (over) {
            abandonAll();
        }
        return warming.partitions().future();
    }

    /** How long ago Kafka acknowledged something, or this was started. */
    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - acknowledgedNanos);
    }

    void acknowledged() {
        acknowledgedNanos = System.nanoTime();
    }

    /** Ends when everything submitted is acknowledged or has failed, within the append time-out. Idempotent. */
    Future<Void> close() {
        closing = true;
        LockSupport.unpark(thread);
        return closed.future();
    }

    private void wake() {
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (true) {
            Outgoing append = appends.poll();
            if (append != null) {
                send(append);
                continue;
            }
            Warming warming = warmings.poll();
            if (warming != null) {
                warm(warming);
                continue;
            }
            if (closing) {
                break;
            }
            idle = true;
            // Whoever offers after this look sees that the thread is idle.
            if (appends.isEmpty() && warmings.isEmpty() && !closing) {
                LockSupport.park(this);
            }
            idle = false;
        }
        over = true;
        abandonAll();
        try {
            if (producer != null) {
                producer.close(closeTimeout);
            }
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("kafka", cluster)
                    .addKeyValue("error", e.toString())
                    .log("a producer did not close in order");
        }
        closed.complete();
    }

    /** What comes when the thread has ended, or nearly. Any thread. */
    private void abandonAll() {
        KafkaException late = new KafkaException("the producer is closed, since nobody uses this Kafka any more");
        for (Outgoing append = appends.poll(); append != null; append = appends.poll()) {
            append.abandon(append.records().size(), late);
        }
        for (Warming warming = warmings.poll(); warming != null; warming = warmings.poll()) {
            warming.partitions().fail(late);
        }
    }

    private void send(Outgoing append) {
        List<ProducerRecord<byte[], byte[]>> records = append.records();
        int sent = 0;
        try {
            Producer<byte[], byte[]> sending = working();
            for (int size = records.size(); sent < size; sent++) {
                // The acknowledgement comes to the callback; the future says nothing more.
                var unused = sending.send(records.get(sent), append);
            }
        } catch (RuntimeException | Error e) {
            // What one record is refused for, its callback is told. What is thrown here is wrong with the producer, or
            // there is no memory. Everybody who appends depends on this thread, so it goes on.
            append.abandon(records.size() - sent, e);
            giveUp(e);
        }
    }

    private void warm(Warming warming) {
        try {
            warming.partitions()
                    .complete(working().partitionsFor(warming.topic()).size());
        } catch (RuntimeException | Error e) {
            warming.partitions().fail(e);
        }
    }

    private Producer<byte[], byte[]> working() {
        Producer<byte[], byte[]> current = producer;
        if (current != null) {
            return current;
        }
        if (System.nanoTime() - replaceNanos < 0) {
            throw new KafkaException("the producer has failed and is being replaced");
        }
        replaceNanos = System.nanoTime() + REPLACE_AFTER.toNanos();
        current = new KafkaProducer<>(config);
        producer = current;
        return current;
    }

    private void giveUp(Throwable cause) {
        Producer<byte[], byte[]> broken = producer;
        if (broken == null) {
            return;
        }
        LOG.atWarn()
                .addKeyValue("kafka", cluster)
                .addKeyValue("error", cause.toString())
                .log("the producer has failed for good and is replaced");
        producer = null;
        replaceNanos = System.nanoTime() + REPLACE_AFTER.toNanos();
        broken.close(Duration.ZERO);
    }
}
