/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads stretches of partitions on demand, with a consumer of its own, for triggers that are behind. A read that goes on
 * where the last one ended finds what was fetched with that. The consumer is made when it is first needed, and closed when
 * it was not for a while.
 */
final class CatchUpThread {

    private static final Logger LOG = LoggerFactory.getLogger(CatchUpThread.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CALL = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 500;
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private record Task(TopicPartition of, long from, int maxBytes, Promise<LogBatch> batch) {}

    /** What was read and not asked for yet, from where the last batch ended. */
    private record Rest(TopicPartition of, long from, long next, long end, List<LogRecord> records) {}

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Decoding decoding = new Decoding();
    private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
    private final Promise<Void> closed = Promise.promise();
    private final Thread thread;
    private volatile boolean closing;
    private volatile boolean over;

    /** Reads that are open on this thread; guarded by {@link CatchUpThreads}. */
    int readers;

    // Confined to the thread.
    private @Nullable Consumer<byte[], byte[]> consumer;
    private @Nullable TopicPartition assigned;
    private @Nullable Rest rest;

    /** @param consumers makes a consumer, on the thread, for names are looked up in doing so */
    CatchUpThread(Supplier<Consumer<byte[], byte[]>> consumers) {
        this.consumers = consumers;
        this.thread = new Thread(this::run, "sluice-kafka-catch-up");
        this.thread.setDaemon(true);
    }

    static Consumer<byte[], byte[]> consumer(ClusterSettings settings) {
        Map<String, Object> config = settings.clientConfig();
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, "sluice-catch-up");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 512 * 1024);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1000);
        config.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    void start() {
        thread.start();
    }

    /** As {@link dev.sluice.api.channel.CatchUpReader#read} says; completes on this thread. */
    Future<LogBatch> read(TopicPartition of, long from, int maxBytes) {
        Task task = new Task(of, from, maxBytes, Promise.promise());
        tasks.add(task);
        if (over) {
            // Perhaps nobody looks any more.
            failAll();
        }
        return task.batch().future();
    }

    Future<Void> close() {
        closing = true;
        return closed.future();
    }

    private void run() {
        long usedNanos = System.nanoTime();
        while (!closing) {
            try {
                Task task = tasks.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (task != null) {
                    answer(task);
                    usedNanos = System.nanoTime();
                } else if (consumer != null && System.nanoTime() - usedNanos >= IDLE_NANOS) {
                    letGo();
                }
            } catch (InterruptedException e) {
                closing = true;
            }
        }
        letGo();
        over = true;
        failAll();
        closed.complete();
    }

    private void failAll() {
        for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
            task.batch()
                    .fail(AppendFailure.unavailable(
                            "the read of topic " + task.of().topic() + " is closed"));
        }
    }

    /** Whatever goes wrong, an error too: who waits for the read has to know, and the next read needs this thread. */
    private void answer(Task task) {
        LogBatch batch;
        try {
            batch = batch(task);
        } catch (Throwable e) {
            letGo();
            task.batch().fail(AppendFailure.of(e, "topic " + task.of().topic()));
            return;
        }
        task.batch().complete(batch);
    }

    private void letGo() {
        Consumer<byte[], byte[]> gone = consumer;
        consumer = null;
        assigned = null;
        rest = null;
        if (gone != null) {
            try {
                gone.close(CloseOptions.timeout(Duration.ZERO));
            } catch (RuntimeException e) {
                LOG.atWarn().addKeyValue("error", e.getMessage()).log("a consumer for catching up did not close well");
            }
        }
    }

    private Consumer<byte[], byte[]> consumer() {
        Consumer<byte[], byte[]> open = consumer;
        if (open == null) {
            open = consumers.get();
            consumer = open;
        }
        return open;
    }

    private LogBatch batch(Task task) {
        Rest found = rest;
        if (found == null
                || !found.of().equals(task.of())
                || found.from() != task.from()
                || found.records().isEmpty()) {
            found = fetch(task.of(), task.from());
        }
        return cut(found, task.maxBytes());
    }

    private LogBatch cut(Rest found, int maxBytes) {
        List<LogRecord> records = found.records();
        int count = 0;
        long bytes = 0;
        while (count < records.size()
                && (count == 0 || bytes + records.get(count).bytes() <= maxBytes)) {
            bytes += records.get(count).bytes();
            count++;
        }
        boolean whole = count == records.size();
        long next = whole ? found.next() : records.get(count).offset();
        rest = new Rest(
                found.of(),
                next,
                found.next(),
                found.end(),
                whole ? List.of() : List.copyOf(records.subList(count, records.size())));
        return new LogBatch(
                found.of().partition(), found.from(), next, found.end(), List.copyOf(records.subList(0, count)));
    }

    private Rest fetch(TopicPartition of, long wanted) {
        Consumer<byte[], byte[]> consumer = consumer();
        if (!of.equals(assigned)) {
            consumer.assign(List.of(of));
            assigned = of;
        }
        long end = requireNonNull(consumer.endOffsets(List.of(of), CALL).get(of), "end");
        if (wanted >= end) {
            return new Rest(of, wanted, wanted, Math.max(wanted, end), List.of());
        }
        long from = wanted;
        consumer.seek(of, from);
        long deadline = System.nanoTime() + CALL.toNanos();
        while (System.nanoTime() - deadline < 0) {
            try {
                ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
                OffsetAndMetadata next = polled.nextOffsets().get(of);
                if (next != null && next.offset() > from) {
                    List<ConsumerRecord<byte[], byte[]>> records = polled.records(of);
                    return new Rest(
                            of,
                            from,
                            next.offset(),
                            Math.max(end, next.offset()),
                            new ArrayList<>(decoding.decode(records)));
                }
            } catch (OffsetOutOfRangeException e) {
                // Retention has been faster: the batch begins with what is left.
                from = requireNonNull(
                        consumer.beginningOffsets(List.of(of), CALL).get(of), "beginning");
                if (from <= wanted) {
                    throw e;
                }
                if (from >= end) {
                    // It has left nothing, and nothing may come for long.
                    return new Rest(of, from, from, from, List.of());
                }
                consumer.seek(of, from);
            }
        }
        throw new TimeoutException("no records from " + wanted + " on within " + CALL.toSeconds() + " s");
    }
}
