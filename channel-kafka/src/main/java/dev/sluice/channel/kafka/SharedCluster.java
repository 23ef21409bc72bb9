/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;

/** One Kafka, as all Brokers whose settings say the same share it: one producer with its thread, one admin client. */
final class SharedCluster {

    private static final Duration ADMIN_REQUEST = Duration.ofSeconds(4);
    private static final Duration ADMIN_CALL = Duration.ofSeconds(10);
    private static final Duration ADMIN_CLOSE = Duration.ofSeconds(1);

    /** The rest of the buffer is for what the producer puts around records, and for chunks that are not full. */
    private static final int GATE_QUARTERS = 3;

    /** The largest that {@code --max-event-size} can allow, and its attributes. */
    private static final int LARGEST_RECORD = (64 << 20) + (1 << 20);

    private final Vertx vertx;
    private final ClusterSettings settings;
    private final Admin admin;
    private final ProducerLoop producer;
    private final ByteGate gate;
    private final Topics topics;
    private final TriggerGroups groups;
    private final KeptTopics kept;
    private final FetchShares fetchShares = new FetchShares();
    private final ProcessOptions process;

    // Guarded by this.
    private @Nullable Future<Reading> reading;

    private SharedCluster(
            Vertx vertx, ClusterSettings settings, Admin admin, ProducerLoop producer, ProcessOptions process) {
        this.vertx = vertx;
        this.settings = settings;
        this.admin = admin;
        this.producer = producer;
        this.gate = new ByteGate(gateBytes(process));
        this.topics = new Topics(vertx, admin, settings);
        this.groups = new TriggerGroups(admin, topics);
        this.kept = new KeptTopics(vertx, this, admin);
        this.process = process;
    }

    /** Makes the clients, which connect later, each by itself. Fails if names can't be resolved or settings are wrong. */
    static Future<SharedCluster> connect(Vertx vertx, ClusterSettings settings, ProcessOptions process) {
        // Clients look up the names of the addresses when they are made, on the thread that makes them. Both at once,
        // since
        // the first ones of a process take a while.
        Future<ProducerLoop> producer = vertx.executeBlocking(() -> ProducerLoop.start(settings, process), false);
        Future<Admin> admin = vertx.executeBlocking(() -> Admin.create(adminConfig(settings)), false);
        return Future.join(producer, admin)
                .map(made -> new SharedCluster(vertx, settings, admin.result(), producer.result(), process))
                .recover(failure -> close(vertx, producer, admin).transform(closed -> Future.failedFuture(failure)));
    }

    /** Whichever of the two was made. */
    private static Future<Void> close(Vertx vertx, Future<ProducerLoop> producer, Future<Admin> admin) {
        Future<Void> first = producer.succeeded() ? producer.result().close() : Future.succeededFuture();
        return admin.succeeded()
                ? Future.join(first, close(vertx, admin.result())).mapEmpty()
                : first;
    }

    private static Future<Void> close(Vertx vertx, Admin admin) {
        return vertx.executeBlocking(
                () -> {
                    admin.close(ADMIN_CLOSE);
                    return null;
                },
                false);
    }

    private static Map<String, Object> adminConfig(ClusterSettings settings) {
        Map<String, Object> config = settings.clientConfig();
        config.put(AdminClientConfig.CLIENT_ID_CONFIG, "sluice-admin");
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ADMIN_REQUEST.toMillis());
        config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ADMIN_CALL.toMillis());
        config.put(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        config.put(AdminClientConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
        config.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return config;
    }

    private static long gateBytes(ProcessOptions process) {
        return process.bufferBytes() / 4 * GATE_QUARTERS;
    }

    /** The largest record that this process sends, in bytes, as {@link RecordWriter#bytesOf} counts. */
    static int largestRecord(ProcessOptions process) {
        return (int) Math.min(LARGEST_RECORD, new ByteGate(gateBytes(process)).forProducers());
    }

    ClusterSettings settings() {
        return settings;
    }

    Topics topics() {
        return topics;
    }

    TriggerGroups groups() {
        return groups;
    }

    KeptTopics kept() {
        return kept;
    }

    ProducerLoop producer() {
        return producer;
    }

    ByteGate gate() {
        return gate;
    }

    FetchShares fetchShares() {
        return fetchShares;
    }

    /** For somebody who asks for no replicas of the cursor topic, as who knows that it is there. */
    Future<Reading> reading() {
        return reading(process.replicationFactor());
    }

    /**
     * What reads share, which is there from the first use on: a process that only takes events in does without.
     *
     * @param replicas of the cursor topic if it is created for this; empty leaves it to the Kafka
     */
    synchronized Future<Reading> reading(Optional<Short> replicas) {
        if (reading == null || reading.failed()) {
            reading = topics.ensureCursorTopic(replicas)
                    .compose(there -> vertx.executeBlocking(
                            () -> Reading.start(vertx, settings, producer, topics, groups), false))
                    .compose(started -> started.cursors()
                            .catchUp()
                            .map(started)
                            // Not one more set of threads each time that it is tried again.
                            .recover(failure -> started.close().transform(closed -> Future.failedFuture(failure))));
        }
        return reading;
    }

    private synchronized Future<Void> closeReading() {
        return reading == null
                ? Future.succeededFuture()
                : reading.transform(
                        started -> started.succeeded() ? started.result().close() : Future.succeededFuture());
    }

    /** Ends the clients once what is on its way has been acknowledged or has failed. */
    Future<Void> close() {
        return closeReading().compose(closed -> producer.close()).compose(closed -> close(vertx, admin));
    }
}
