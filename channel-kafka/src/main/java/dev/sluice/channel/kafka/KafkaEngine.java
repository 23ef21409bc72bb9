/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.KeptChannel;
import dev.sluice.api.routing.ChannelSpec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The channels of the process and the Kafkas that they share. */
final class KafkaEngine implements ChannelEngine {

    /** On top of the append time-out, for clients to end their connections. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(KafkaEngine.class);

    /** Each call to a Kafka that does not answer ends sooner, and there are some of them. */
    private static final Duration FORGET_TIMEOUT = Duration.ofSeconds(60);

    /** How long the clients of a start wait for a Broker that uses them. */
    private static final Duration WARM = Duration.ofSeconds(30);

    /** People wait for it. */
    private static final Duration LIST_TIMEOUT = Duration.ofSeconds(15);

    private final Vertx vertx;
    private final ProcessOptions process;
    private final EarlyMembers early;

    // Guarded by this.
    private final Map<String, Future<KafkaChannel>> channels = new HashMap<>();
    private final Map<ClusterSettings, Shared> clusters = new HashMap<>();
    /** Open channels of Brokers that have another one, by newer addresses or with a newer Secret. */
    private final Set<KafkaChannel> superseded = new HashSet<>();

    /** Which Broker has a topic: two whose names make one topic and one group would take each other's triggers for theirs. */
    private final Map<String, ChannelSpec> holders = new HashMap<>();

    /** What is being removed, by the Broker's UID: who asks again, since it takes long, must not begin it again. */
    private final Map<String, Future<Void>> forgetting = new HashMap<>();

    /** Null unless a start has been told to. */
    private @Nullable Warming warming;

    private boolean closed;

    /** A Kafka that is being connected to or is, and how many channels use it. */
    private static final class Shared {
        private final Future<SharedCluster> cluster;
        private int users;

        private Shared(Future<SharedCluster> cluster) {
            this.cluster = cluster;
        }
    }

    /**
     * That a Kafka is used before a channel does.
     *
     * @param over to be completed when that is no more so
     * @param left completes then
     */
    private record Warming(Promise<Void> over, Future<Void> left) {}

    KafkaEngine(Vertx vertx, ProcessOptions process) {
        this(vertx, process, new EarlyMembers(vertx, process));
    }

    KafkaEngine(Vertx vertx, ProcessOptions process, EarlyMembers early) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.process = requireNonNull(process, "process");
        this.early = early;
    }

    /** Connects to the Kafka that the command line names, and joins the groups that the process before this one read there. */
    @Override
    public Future<Void> warm() {
        if (process.bootstrapServers().isEmpty()) {
            return Future.succeededFuture();
        }
        ClusterSettings own = new ClusterSettings(process.bootstrapServers().get(), process.clientProperties());
        Shared shared;
        synchronized (this) {
            if (closed || warming != null) {
                return Future.succeededFuture();
            }
            Shared joined = join(own);
            shared = joined;
            Promise<Void> over = Promise.promise();
            long timer = vertx.setTimer(WARM.toMillis(), passed -> over.tryComplete());
            warming = new Warming(over, over.future().compose(ended -> {
                vertx.cancelTimer(timer);
                return leave(own, joined);
            }));
        }
        // What is wrong is said by who needs it, and tried again with clients that are new.
        shared.cluster.onFailure(failure -> endWarming()
                .onComplete(left -> LOG.atDebug()
                        .addKeyValue("kafka", own)
                        .addKeyValue("error", failure.toString())
                        .log("a Kafka could not be connected to before it is needed")));
        return early.joinAgain(shared.cluster).otherwiseEmpty();
    }

    private Future<Void> endWarming() {
        Warming begun;
        synchronized (this) {
            begun = warming;
        }
        if (begun == null) {
            return Future.succeededFuture();
        }
        begun.over().tryComplete();
        return begun.left();
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
                ChannelSpec other = otherHolder(spec, clusterSettings, topicSettings);
                if (other != null) {
                    return Future.failedFuture(taken(spec, topicSettings, other));
                }
                holders.put(placeOf(clusterSettings, topicSettings.name()), spec);
                Future<KafkaChannel> opening = connect(spec, clusterSettings, null);
                channels.put(spec.brokerUid(), opening);
                opening.onFailure(failure -> forget(spec.brokerUid(), opening));
                return opening.map(channel -> channel);
            }
            if (isReachedAnew(known, spec)) {
                KafkaChannel first = known.result();
                ChannelSpec anew = reachedAnew(first.spec(), spec);
                TopicSettings itsTopic = TopicSettings.of(anew);
                ChannelSpec other = otherHolder(anew, clusterSettings, itsTopic);
                return other == null
                        ? openBeside(first, connect(anew, clusterSettings, first))
                        : Future.failedFuture(taken(anew, itsTopic, other));
            }
        }
        return known.succeeded() && known.result().isClosing()
                ? openBehind(known, spec)
                : known.map(channel -> channel);
    }

    private static String placeOf(ClusterSettings cluster, String topic) {
        return topic + " at " + cluster;
    }

    /** Under the lock. The same Broker that is created again is no other; its former channel is on its way out. */
    private @Nullable ChannelSpec otherHolder(ChannelSpec spec, ClusterSettings cluster, TopicSettings topic) {
        ChannelSpec holder = holders.get(placeOf(cluster, topic.name()));
        return holder == null || holder.broker().equals(spec.broker()) ? null : holder;
    }

    private static ChannelException taken(ChannelSpec spec, TopicSettings topic, ChannelSpec other) {
        return AppendFailure.unavailable("Broker " + spec.broker() + ": topic " + topic.name()
                + " is that of Broker " + other.broker()
                + ", and a process has a topic for one Broker alone; give this one another name, or with "
                + TopicSettings.EXTERNAL_TOPIC + " another topic");
    }

    @Override
    public ChannelSpec reachedAnew(ChannelSpec open, ChannelSpec asked) {
        if (!open.type().equals(asked.type())) {
            return open;
        }
        Map<String, String> options = new HashMap<>(open.options());
        for (String key : ClusterSettings.ACCESS) {
            String value = asked.options().get(key);
            if (value == null) {
                options.remove(key);
            } else {
                options.put(key, value);
            }
        }
        return new ChannelSpec(open.type(), open.broker(), open.brokerUid(), options, asked.secret());
    }

    private boolean isReachedAnew(Future<KafkaChannel> known, ChannelSpec spec) {
        return known.succeeded()
                && !known.result().isClosing()
                && !reachedAnew(known.result().spec(), spec)
                        .equals(known.result().spec());
    }

    /** The first goes on until whoever has it closes it, and is the one that counts if the second does not open. */
    private Future<Channel> openBeside(KafkaChannel first, Future<KafkaChannel> second) {
        return second.<Channel>compose(opened -> takePlace(first, opened)).recover(failure -> {
            if (failure instanceof LeadsElsewhere) {
                LOG.atWarn()
                        .addKeyValue("broker", first.spec().broker())
                        .addKeyValue("error", failure.getMessage())
                        .log("a broker is to be on another Kafka; it stays where its events are until the process is"
                                + " started again");
                return Future.succeededFuture(first);
            }
            return Future.failedFuture(failure);
        });
    }

    private Future<Channel> takePlace(KafkaChannel first, KafkaChannel opened) {
        String uid = opened.spec().brokerUid();
        synchronized (this) {
            if (!closed) {
                Future<KafkaChannel> counts = channels.get(uid);
                if (counts == null
                        || !counts.succeeded()
                        || counts.result() == first
                        || counts.result().isClosing()) {
                    if (!first.isClosing()) {
                        superseded.add(first);
                    }
                    channels.put(uid, Future.succeededFuture(opened));
                } else {
                    // One that is newer still was quicker.
                    superseded.add(opened);
                }
                holders.putIfAbsent(
                        placeOf(opened.cluster().settings(), opened.topic().name()), opened.spec());
                return Future.succeededFuture(opened);
            }
        }
        return opened.close().transform(gone -> Future.failedFuture(closed(opened.spec())));
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

    /** @param first the channel that the Broker has; null if it has none */
    private Future<KafkaChannel> connect(
            ChannelSpec spec, ClusterSettings clusterSettings, @Nullable KafkaChannel first) {
        TopicSettings topicSettings = TopicSettings.of(spec);
        Shared shared = join(clusterSettings);
        return shared.cluster
                .recover(failure -> Future.failedFuture(AppendFailure.unavailable(
                        "Broker " + spec.broker() + ": there is no way to the Kafka at " + clusterSettings + ": "
                                + withCauses(failure),
                        failure)))
                .compose(cluster -> leadsTo(first, cluster, topicSettings.name())
                        .compose(same -> cluster.topics().ensure(topicSettings, process))
                        .compose(topic -> {
                            EarlyMembers.Place place = new EarlyMembers.Place(
                                    clusterSettings,
                                    topic.name(),
                                    topicSettings.groupOf(spec.broker()),
                                    Sharing.of(spec, process));
                            if (first == null) {
                                early.join(cluster, place);
                            }
                            return warm(cluster, topic)
                                    .map(known -> new KafkaChannel(
                                            vertx,
                                            spec,
                                            cluster,
                                            topic,
                                            topicSettings,
                                            process,
                                            early,
                                            place,
                                            this::release));
                        }))
                .recover(failure -> leave(clusterSettings, shared).transform(left -> Future.failedFuture(failure)));
    }

    /** New addresses may be those of another Kafka, where none of what the Broker's channel keeps is, nor its positions. */
    private static final class LeadsElsewhere extends Exception {

        private static final long serialVersionUID = 1L;

        private LeadsElsewhere(String message) {
            super(message);
        }
    }

    /** Whether this is the way to the topic that a channel has; nothing is made before that is known. */
    private static Future<Void> leadsTo(@Nullable KafkaChannel first, SharedCluster cluster, String topic) {
        if (first == null
                || cluster.settings()
                        .bootstrapServers()
                        .equals(first.cluster().settings().bootstrapServers())) {
            return Future.succeededFuture();
        }
        Uuid its = first.topic().id();
        ClusterSettings before = first.cluster().settings();
        return cluster.topics()
                .id(topic)
                .recover(failure ->
                        Future.failedFuture(AppendFailure.of(failure, "topic " + topic + " at " + cluster.settings())))
                .compose(id -> id.isPresent() && id.get().equals(its)
                        ? Future.succeededFuture()
                        : Future.failedFuture(new LeadsElsewhere("the Kafka at " + cluster.settings()
                                + " has not the topic " + topic + " that the one at " + before + " has")));
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

    // ---- what outlives Brokers
    // ---------------------------------------------------------------------------------------

    @Override
    public Future<Void> forget(ChannelSpec spec) {
        requireNonNull(spec, "spec");
        ClusterSettings clusterSettings;
        TopicSettings topicSettings;
        try {
            clusterSettings = ClusterSettings.of(spec, process);
            topicSettings = TopicSettings.of(spec);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(AppendFailure.unavailable("Broker " + spec.broker() + ": " + e.getMessage(), e));
        }
        String uid = spec.brokerUid();
        Promise<Void> done = Promise.promise();
        Future<KafkaChannel> open;
        synchronized (this) {
            Future<Void> running = forgetting.get(uid);
            if (running != null) {
                return inTime(running);
            }
            ChannelSpec other = otherHolder(spec, clusterSettings, topicSettings);
            if (other != null) {
                return Future.failedFuture(taken(spec, topicSettings, other));
            }
            forgetting.put(uid, done.future());
            open = channels.get(uid);
        }
        Future<Void> left = open == null
                ? Future.<Void>succeededFuture()
                // One that does not open or close in order keeps nothing that could not be removed.
                : open.compose(KafkaChannel::close).otherwiseEmpty();
        left.compose(gone -> early.leave(new EarlyMembers.Place(
                        clusterSettings,
                        topicSettings.name(),
                        topicSettings.groupOf(spec.broker()),
                        Sharing.of(spec, process))))
                .compose(gone -> with(clusterSettings, cluster -> cluster.kept().forget(spec, topicSettings)))
                .onComplete(forgotten -> {
                    synchronized (this) {
                        forgetting.remove(uid);
                    }
                    done.handle(forgotten);
                });
        return inTime(done.future());
    }

    /** Nobody waits for longer; it goes on all the same, and must not be begun beside that. */
    private static Future<Void> inTime(Future<Void> forgetting) {
        return forgetting.timeout(FORGET_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Future<List<KeptChannel>> kept(Collection<ChannelSpec> brokers) {
        List<Future<List<KeptChannel>>> listing = new ArrayList<>();
        for (ClusterSettings settings : clustersOf(brokers)) {
            listing.add(with(settings, cluster -> cluster.kept().list(brokers))
                    .timeout(LIST_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(failure -> LOG.atWarn()
                            .addKeyValue("kafka", settings)
                            .addKeyValue("error", failure.getMessage())
                            .log("what a Kafka keeps is not to be known now; it is left out of the list")));
        }
        return Future.join(listing).transform(joined -> {
            // One that is out of order is no reason to say nothing of the others.
            if (joined.failed() && listing.stream().noneMatch(Future::succeeded)) {
                return Future.failedFuture(joined.cause());
            }
            List<KeptChannel> all = new ArrayList<>();
            for (Future<List<KeptChannel>> some : listing) {
                if (some.succeeded()) {
                    all.addAll(some.result());
                }
            }
            return Future.succeededFuture(all);
        });
    }

    @Override
    public Future<Void> remove(KeptChannel kept, Collection<ChannelSpec> brokers) {
        ClusterSettings found = null;
        for (ClusterSettings settings : clustersOf(brokers)) {
            if (settings.toString().equals(kept.place())) {
                found = settings;
            }
        }
        return found == null
                ? Future.failedFuture(AppendFailure.unavailable("no Kafka at " + kept.place()
                        + " is known to this process; start it with --" + ProcessOptions.BOOTSTRAP_SERVERS))
                : with(found, cluster -> cluster.kept().remove(kept))
                        .timeout(FORGET_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Of the process, of these Brokers as far as they say it rightly, and those that are in use: without doubles. */
    private Set<ClusterSettings> clustersOf(Collection<ChannelSpec> brokers) {
        Map<String, ClusterSettings> byPlace = new HashMap<>();
        for (ChannelSpec broker : brokers) {
            try {
                ClusterSettings settings = ClusterSettings.of(broker, process);
                byPlace.put(settings.toString(), settings);
            } catch (IllegalArgumentException e) {
                LOG.atDebug()
                        .addKeyValue("broker", broker.broker())
                        .addKeyValue("error", e.getMessage())
                        .log("it is not known which Kafka a broker is on");
            }
        }
        process.bootstrapServers()
                .map(servers -> new ClusterSettings(servers, process.clientProperties()))
                .ifPresent(own -> byPlace.put(own.toString(), own));
        synchronized (this) {
            // With credentials that have let somebody in.
            clusters.keySet().forEach(settings -> byPlace.put(settings.toString(), settings));
        }
        return Set.copyOf(byPlace.values());
    }

    /** Does something at a Kafka, whether a channel uses it or not. */
    private <T> Future<T> with(ClusterSettings settings, Function<SharedCluster, Future<T>> action) {
        Shared shared;
        synchronized (this) {
            if (closed) {
                return Future.failedFuture(new ChannelException(
                        ChannelException.Kind.CLOSED, "the channels on Kafka are closed, the process is stopping"));
            }
            shared = join(settings);
        }
        return shared.cluster
                .compose(action)
                .transform(done -> leave(settings, shared)
                        .transform(left -> done.succeeded()
                                ? Future.succeededFuture(done.result())
                                : Future.failedFuture(done.cause())));
    }

    /** Under the lock. */
    private Shared join(ClusterSettings settings) {
        Shared shared = clusters.computeIfAbsent(
                settings, missing -> new Shared(SharedCluster.connect(vertx, missing, process)));
        shared.users++;
        return shared;
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
        boolean isGone;
        ClusterSettings settings = channel.cluster().settings();
        synchronized (this) {
            if (!superseded.remove(channel)) {
                released(channel);
            }
            // At a stop, what has been read is kept for the next start.
            isGone = !closed && !channels.containsKey(channel.spec().brokerUid());
            shared = clusters.get(settings);
        }
        if (isGone) {
            early.readsNoMore(channel.place());
        }
        return shared == null ? Future.succeededFuture() : leave(settings, shared);
    }

    /** Under the lock. */
    private void released(KafkaChannel channel) {
        String uid = channel.spec().brokerUid();
        Future<KafkaChannel> counts = channels.get(uid);
        if (counts == null || !counts.succeeded() || counts.result() != channel) {
            return;
        }
        for (KafkaChannel before : superseded) {
            if (before.spec().brokerUid().equals(uid) && !before.isClosing()) {
                // This one was given up before it had taken its place.
                superseded.remove(before);
                channels.put(uid, Future.succeededFuture(before));
                return;
            }
        }
        channels.remove(uid);
        giveUp(uid);
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
        if (channels.remove(brokerUid, opening)) {
            giveUp(brokerUid);
        }
    }

    /** Under the lock. The topic is free, unless the Broker has it again by another UID. */
    private void giveUp(String brokerUid) {
        holders.values().removeIf(holder -> holder.brokerUid().equals(brokerUid));
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
            superseded.forEach(channel -> open.add(Future.succeededFuture(channel)));
        }
        List<Future<Void>> closing = new ArrayList<>(open.size() + 1);
        closing.add(early.close().compose(left -> endWarming()));
        for (Future<KafkaChannel> channel : open) {
            closing.add(channel.transform(
                    opened -> opened.succeeded() ? opened.result().close() : Future.succeededFuture()));
        }
        return Future.join(closing)
                .<Void>mapEmpty()
                .timeout(process.appendTimeout().plus(CLOSE_GRACE).toMillis(), TimeUnit.MILLISECONDS);
    }
}
