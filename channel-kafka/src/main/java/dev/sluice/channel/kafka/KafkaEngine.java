/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.routing.ChannelSpec;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.RetriableException;

/** The channels of the process and the Kafkas that they share. */
final class KafkaEngine implements ChannelEngine {

    /** On top of the append time-out, for clients to end their connections. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(3);

    private final Vertx vertx;
    private final ProcessOptions process;

    // Guarded by this.
    private final Map<String, Future<KafkaChannel>> channels = new HashMap<>();
    private final Map<ClusterSettings, Shared> clusters = new HashMap<>();
    private boolean closed;

    /** A Kafka that is being connected to or is, and how many channels use it. */
    private static final class Shared {
        private final Future<SharedCluster> cluster;
        private int users;

        private Shared(Future<SharedCluster> cluster) {
            this.cluster = cluster;
        }
    }

    KafkaEngine(Vertx vertx, ProcessOptions process) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.process = requireNonNull(process, "process");
    }

    @Override
    public Future<Channel> open(ChannelSpec spec) {
        requireNonNull(spec, "spec");
        ClusterSettings clusterSettings;
        TopicSettings topicSettings;
        try {
            clusterSettings = ClusterSettings.of(spec, process);
            topicSettings = TopicSettings.of(spec);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(AppendFailure.unavailable("Broker " + spec.broker() + ": " + e.getMessage(), e));
        }
        Future<KafkaChannel> known;
        synchronized (this) {
            if (closed) {
                return Future.failedFuture(closed(spec));
            }
            known = channels.get(spec.brokerUid());
            if (known == null) {
                Future<KafkaChannel> opening = connect(spec, clusterSettings, topicSettings);
                channels.put(spec.brokerUid(), opening);
                opening.onFailure(failure -> forget(spec.brokerUid(), opening));
                return opening.map(channel -> channel);
            }
        }
        return known.succeeded() && known.result().isClosing()
                ? openBehind(known, spec)
                : known.map(channel -> channel);
    }

    /** Its Broker was deleted and is there again, by the same UID. */
    private Future<Channel> openBehind(Future<KafkaChannel> closing, ChannelSpec spec) {
        // Not under the lock, which the end of a close takes under the channel's.
        return closing.result().close().transform(left -> {
            // Gone already, unless the close has failed.
            forget(spec.brokerUid(), closing);
            return open(spec);
        });
    }

    private Future<KafkaChannel> connect(
            ChannelSpec spec, ClusterSettings clusterSettings, TopicSettings topicSettings) {
        Shared shared = clusters.computeIfAbsent(
                clusterSettings, settings -> new Shared(SharedCluster.connect(vertx, settings, process)));
        shared.users++;
        return shared.cluster
                .recover(failure -> Future.failedFuture(AppendFailure.unavailable(
                        "Broker " + spec.broker() + ": there is no way to the Kafka at " + clusterSettings + ": "
                                + withCauses(failure),
                        failure)))
                .compose(cluster -> cluster.topics()
                        .ensure(topicSettings, process)
                        .compose(topic -> warm(cluster, topic).map(topic))
                        .map(topic ->
                                new KafkaChannel(vertx, spec, cluster, topic, topicSettings, process, this::release)))
                .recover(failure -> leave(clusterSettings, shared).transform(left -> Future.failedFuture(failure)));
    }

    /** Has the producer know the topic, so that no append has to wait for that. */
    private static Future<Void> warm(SharedCluster cluster, Topic topic) {
        return cluster.producer()
                .warm(topic.name())
                .recover(failure -> failure instanceof RetriableException
                        // A node that has not heard of a new topic yet; the producer knows where to ask now.
                        ? cluster.producer().warm(topic.name())
                        : Future.failedFuture(failure))
                .recover(failure -> Future.failedFuture(
                        AppendFailure.of(failure, "topic " + topic.name() + " at " + cluster.settings())))
                .mapEmpty();
    }

    private static String withCauses(Throwable failure) {
        StringBuilder text = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            text.append(": ").append(cause.getMessage());
        }
        return text.toString();
    }

    private Future<Void> release(KafkaChannel channel) {
        Shared shared;
        ClusterSettings settings = channel.cluster().settings();
        synchronized (this) {
            channels.remove(channel.spec().brokerUid());
            shared = clusters.get(settings);
        }
        return shared == null ? Future.succeededFuture() : leave(settings, shared);
    }

    /** The last one ends the clients. */
    private Future<Void> leave(ClusterSettings settings, Shared shared) {
        synchronized (this) {
            if (--shared.users > 0) {
                return Future.succeededFuture();
            }
            clusters.remove(settings, shared);
        }
        return shared.cluster.transform(
                connected -> connected.succeeded() ? connected.result().close() : Future.succeededFuture());
    }

    private synchronized void forget(String brokerUid, Future<KafkaChannel> opening) {
        channels.remove(brokerUid, opening);
    }

    private static ChannelException closed(ChannelSpec spec) {
        return new ChannelException(
                ChannelException.Kind.CLOSED,
                "Broker " + spec.broker() + ": the channels on Kafka are closed, the process is stopping");
    }

    @Override
    public Future<Void> close() {
        List<Future<KafkaChannel>> open;
        synchronized (this) {
            closed = true;
            open = new ArrayList<>(channels.values());
        }
        List<Future<Void>> closing = new ArrayList<>(open.size());
        for (Future<KafkaChannel> channel : open) {
            closing.add(channel.transform(
                    opened -> opened.succeeded() ? opened.result().close() : Future.succeededFuture()));
        }
        return Future.join(closing)
                .<Void>mapEmpty()
                .timeout(process.appendTimeout().plus(CLOSE_GRACE).toMillis(), TimeUnit.MILLISECONDS);
    }
}
