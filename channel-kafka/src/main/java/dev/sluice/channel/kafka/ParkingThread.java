/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ParkingLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what is parked, for all Brokers of a Kafka with one consumer: each topic from its beginning and then on and on. */
final class ParkingThread {

    private static final Logger LOG = LoggerFactory.getLogger(ParkingThread.class);

    private static final Duration POLL = Duration.ofSeconds(1);

    private final Consumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Command> commands = new ConcurrentLinkedQueue<>();
    private final Promise<Void> closed = Promise.promise();
    private volatile boolean closing;
    /** Whether the thread has looked at the commands for the last time. */
    private volatile boolean over;

    // Confined to the thread.
    private final Map<TopicPartition, Read> reads = new HashMap<>();
    /** The consumer may be behind more than was told. */
    private boolean isAhead;

    private record Command(Runnable run, Runnable late) {}

    private static final class Read {
        private final Context context;
        private final ParkingLog.Listener listener;
        private final long end;
        private @Nullable Promise<Void> caughtUp;
        /** Behind what the listener has been told. */
        private long next;

        private Read(Context context, ParkingLog.Listener listener, long end, Promise<Void> caughtUp) {
            this.context = context;
            this.listener = listener;
            this.end = end;
            this.caughtUp = caughtUp;
        }
    }

    private ParkingThread(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
        this.thread = new Thread(this::run, "sluice-kafka-parking");
        this.thread.setDaemon(true);
    }

    /** Makes the consumer, which looks up names and so may block. */
    static ParkingThread start(ClusterSettings settings) {
        Map<String, Object> config = settings.clientConfig();
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, "sluice-parking");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // From the beginning again is always right here: what is read twice says the same twice.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 4 << 20);
        config.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        return start(new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }

    /** Starts to read with a consumer that nobody else uses. */
    static ParkingThread start(Consumer<byte[], byte[]> consumer) {
        ParkingThread reading = new ParkingThread(consumer);
        reading.thread.start();
        return reading;
    }

    /**
     * Reads a topic of one partition from now on.
     *
     * @param end behind the last record that there is
     * @return completes on the context when the listener has heard of everything before {@code end}
     */
    Future<Void> add(String topic, long end, Context context, ParkingLog.Listener listener) {
        Promise<Void> caughtUp = Promise.promise();
        command(
                () -> {
                    TopicPartition partition = new TopicPartition(topic, 0);
                    Read before = reads.put(partition, new Read(context, listener, end, caughtUp));
                    if (before != null && before.caughtUp != caughtUp) {
                        fail(before);
                    }
                    consumer.assign(reads.keySet());
                    consumer.seek(partition, 0);
                    // An empty topic has nothing to be polled for.
                    catchUp(partition);
                },
                () -> caughtUp.tryFail(isClosed()));
        return caughtUp.future();
    }

    /**
     * Reads for this listener no more; for one that has come in its place it goes on.
     *
     * @return completes when nothing more of the topic is on its way to the listener's context
     */
    Future<Void> remove(String topic, ParkingLog.Listener listener) {
        Promise<Void> removed = Promise.promise();
        command(
                () -> {
                    TopicPartition partition = new TopicPartition(topic, 0);
                    Read gone = reads.get(partition);
                    if (gone == null || gone.listener != listener) {
                        removed.complete();
                        return;
                    }
                    reads.remove(partition);
                    consumer.assign(reads.keySet());
                    fail(gone);
                    gone.context.runOnContext(turn -> removed.complete());
                },
                removed::tryComplete);
        return removed.future();
    }

    private static void fail(Read read) {
        Promise<Void> waiting = read.caughtUp;
        if (waiting != null) {
            waiting.tryFail(isClosed());
        }
    }

    private static ChannelException isClosed() {
        return AppendFailure.unavailable("the read of what is parked is closed");
    }

    /** @param late in place of it where the thread has ended */
    private void command(Runnable run, Runnable late) {
        commands.add(new Command(run, late));
        if (over) {
            runLate();
            return;
        }
        consumer.wakeup();
        LockSupport.unpark(thread);
    }

    /** Any thread. */
    private void runLate() {
        for (Command command = commands.poll(); command != null; command = commands.poll()) {
            command.late().run();
        }
    }

    Future<Void> close() {
        closing = true;
        consumer.wakeup();
        LockSupport.unpark(thread);
        return closed.future();
    }

    private void run() {
        while (!closing) {
            try {
                if (isAhead) {
                    goBack();
                    isAhead = false;
                }
                step();
            } catch (WakeupException e) {
                // There are commands.
            } catch (KafkaException e) {
                LOG.atWarn()
                        .addKeyValue("error", e.toString())
                        .log("what is parked in a Kafka can't be read now; trying again");
                LockSupport.parkNanos(this, POLL.toNanos());
            } catch (RuntimeException | Error e) {
                // Of our own making, or for want of memory. To end here would leave every Broker of this Kafka waiting
                // for what it has parked.
                isAhead = true;
                LOG.atError().setCause(e).log("reading what is parked in a Kafka failed; going on");
                LockSupport.parkNanos(this, POLL.toNanos());
            }
        }
        over = true;
        runLate();
        reads.values().forEach(ParkingThread::fail);
        try {
            consumer.close();
        } catch (KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("error", e.toString())
                    .log("the consumer of what is parked did not close in order");
        }
        closed.complete();
    }

    /** To behind what was told last: the consumer may be behind more than that. */
    private void goBack() {
        reads.forEach((partition, read) -> {
            if (consumer.assignment().contains(partition)) {
                consumer.seek(partition, read.next);
            }
        });
    }

    private void step() {
        for (Command command = commands.peek(); command != null; command = commands.peek()) {
            command.run().run();
            commands.remove();
        }
        if (reads.isEmpty()) {
            LockSupport.parkNanos(this, POLL.toNanos());
            return;
        }
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        records.partitions().forEach(partition -> tell(partition, records.records(partition)));
        for (TopicPartition partition : reads.keySet()) {
            catchUp(partition);
        }
    }

    private void tell(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
        Read read = reads.get(partition);
        if (read == null) {
            return;
        }
        read.context.runOnContext(turn -> {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                String id = new String(record.key(), UTF_8);
                if (record.value() == null) {
                    read.listener.removed(id);
                } else {
                    read.listener.kept(id, record.value());
                }
            }
        });
        read.next = records.get(records.size() - 1).offset() + 1;
    }

    private void catchUp(TopicPartition partition) {
        Read read = reads.get(partition);
        if (read == null) {
            return;
        }
        Promise<Void> waiting = read.caughtUp;
        if (waiting != null && (read.end == 0 || consumer.position(partition) >= read.end)) {
            read.caughtUp = null;
            read.context.runOnContext(turn -> waiting.tryComplete());
        }
    }
}
