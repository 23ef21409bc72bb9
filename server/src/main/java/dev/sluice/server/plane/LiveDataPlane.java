/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.reconcile.DataPlane;
import dev.sluice.control.reconcile.DataPlaneReport;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a routing table in force in the order that keeps "Ready means ready": channels are opened, the dispatcher learns of
 * the triggers, then the ingress of the brokers, and only then channels are closed that nobody can reach any more.
 *
 * <p>A channel belongs to a Broker's UID. One that is open stays open as long as its Broker is in the table, ready or not,
 * so that what it keeps is delivered. What else its Broker asks for counts from the next start on, but for how the channel is
 * reached, such as a Secret: a second one is opened so, and takes the place of the first.
 */
public final class LiveDataPlane implements DataPlane {

    private static final Logger LOG = LoggerFactory.getLogger(LiveDataPlane.class);

    private static final Duration OPEN = Duration.ofSeconds(5);

    /** For one that has been waited for before: what it stands for is out of order, and other Brokers' changes wait. */
    private static final long OPEN_AGAIN_MILLIS = 300;

    private static final long CLOSE_SECONDS = 5;

    /** Puts a table in force where events are delivered. */
    @FunctionalInterface
    public interface Deliveries {

        /** @return the Triggers that get no events yet, with the reason */
        Future<Map<ResourceName, String>> apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid);
    }

    /** Puts a table in force where events are taken in. */
    @FunctionalInterface
    public interface Intake {
        void apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid);
    }

    /** Has sources run. */
    @FunctionalInterface
    public interface SourceRunner {

        /** Where none run. */
        SourceRunner NONE = table -> Future.succeededFuture();

        Future<Void> apply(SourceTable table);
    }

    private record OpenChannel(Channel channel, FillGauges gauges) {}

    /** @param lastFailure of this attempt or one before; null if there was none */
    private record Attempt(
            ChannelSpec spec,
            Future<Channel> opening,
            @Nullable String lastFailure) {

        /** What is known of its failure; it may have failed when nobody waited for it. */
        private @Nullable String failure() {
            return opening.failed() ? String.valueOf(opening.cause().getMessage()) : lastFailure;
        }
    }

    private final Map<String, ChannelEngine> engines;
    private final Deliveries deliveries;
    private final Intake intake;
    private final SourceRunner sources;
    private final MeterRegistry registry;
    private final long openMillis;
    /** By the Broker's UID. Calls of {@link #apply} don't overlap, but the channels of one call may open on several threads. */
    private final Map<String, OpenChannel> open = new ConcurrentHashMap<>();
    /** Those that are not open yet, by the Broker's UID. */
    private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
    /** Channels whose place others have taken that are reached anew. They are closed when nobody uses them any more. */
    private final Set<Channel> superseded = ConcurrentHashMap.newKeySet();
    /** What an open channel can't be reached as, by the Broker's UID: it would be another one. */
    private final Map<String, ChannelSpec> elsewhere = new ConcurrentHashMap<>();
    /** Held while a channel is asked for, and while one that nobody asks for any more is told to close. */
    private final Object asking = new Object();

    /** @param engines by channel type */
    public LiveDataPlane(
            Map<String, ChannelEngine> engines, Deliveries deliveries, Intake intake, MeterRegistry registry) {
        this(engines, deliveries, intake, SourceRunner.NONE, registry);
    }

    /** @param engines by channel type */
    public LiveDataPlane(
            Map<String, ChannelEngine> engines,
            Deliveries deliveries,
            Intake intake,
            SourceRunner sources,
            MeterRegistry registry) {
        this(engines, deliveries, intake, sources, registry, OPEN);
    }

    /**
     * For tests, most of which would wait for nothing else.
     *
     * @param patience how long a channel is waited for that was not asked for before
     */
    LiveDataPlane(
            Map<String, ChannelEngine> engines,
            Deliveries deliveries,
            Intake intake,
            SourceRunner sources,
            MeterRegistry registry,
            Duration patience) {
        this.engines = Map.copyOf(engines);
        this.deliveries = requireNonNull(deliveries, "deliveries");
        this.intake = requireNonNull(intake, "intake");
        this.sources = requireNonNull(sources, "sources");
        this.registry = requireNonNull(registry, "registry");
        openMillis = patience.toMillis();
    }

    /** The channel of the Broker with this UID, if it is open. Any thread. */
    public Optional<Channel> channel(String brokerUid) {
        return Optional.ofNullable(open.get(brokerUid)).map(OpenChannel::channel);
    }

    @Override
    public Future<DataPlaneReport> apply(RoutingTable table) {
        Map<ResourceName, String> failures = new ConcurrentHashMap<>();
        Map<ResourceName, String> refusedSecrets = new ConcurrentHashMap<>();
        List<Future<Void>> opening = new ArrayList<>();
        Set<String> wanted = new HashSet<>();
        for (BrokerRoute broker : table.brokers().values()) {
            wanted.add(broker.uid());
            OpenChannel present = open.get(broker.uid());
            ChannelSpec anew = present == null ? broker.channel() : reachedAnew(present, broker);
            if (present != null && anew.equals(present.channel().spec())) {
                // Of a change that was taken back before anything came of it.
                abandon(attempts.remove(broker.uid()), present.channel());
            } else if (present != null) {
                opening.add(open(broker.name(), anew).recover(error -> {
                    refusedSecrets.put(broker.name(), String.valueOf(error.getMessage()));
                    return Future.succeededFuture();
                }));
            } else if (broker.notReady().isEmpty()) {
                opening.add(open(broker.name(), anew)
                        .compose(opened -> openWithLatest(broker))
                        .recover(error -> {
                            failures.put(broker.name(), String.valueOf(error.getMessage()));
                            return Future.succeededFuture();
                        }));
            }
        }
        closeLateOnes(wanted);
        return Future.join(opening).compose(opened -> {
            Map<String, Channel> channels = new HashMap<>();
            open.forEach((uid, one) -> {
                if (wanted.contains(uid)) {
                    channels.put(uid, one.channel());
                }
            });
            Set<ResourceName> earlier = new HashSet<>();
            for (BrokerRoute broker : table.brokers().values()) {
                Channel channel = channels.get(broker.uid());
                if (channel != null
                        && !channel.spec().equals(broker.channel())
                        && !refusedSecrets.containsKey(broker.name())) {
                    earlier.add(broker.name());
                }
            }
            return deliveries.apply(table, channels).compose(waiting -> {
                intake.apply(table, channels);
                return closeAllBut(wanted)
                        .map(closed -> new DataPlaneReport(failures, waiting, earlier, refusedSecrets, Map.of()));
            });
        });
    }

    @Override
    public Future<Void> applySources(SourceTable table) {
        return sources.apply(table);
    }

    private static void abandon(@Nullable Attempt attempt, Channel present) {
        if (attempt != null) {
            attempt.opening().onSuccess(channel -> {
                if (channel != present) {
                    close(channel)
                            .onComplete(closed -> LOG.atDebug()
                                    .addKeyValue("broker", present.spec().broker())
                                    .log("closed a channel that is not asked for any more as it was opened"));
                }
            });
        }
    }

    /** What the channel of a Broker is open as, which may be something else than it asks for; empty where none is. Any thread. */
    Optional<ChannelSpec> openAs(String brokerUid) {
        return Optional.ofNullable(open.get(brokerUid))
                .map(present -> present.channel().spec());
    }

    /** What the open channel is to be opened as; equal to what it was opened as if nothing is to be done. */
    private ChannelSpec reachedAnew(OpenChannel present, BrokerRoute broker) {
        ChannelSpec there = present.channel().spec();
        ChannelSpec anew = requireNonNull(engines.get(there.type()), "engine").reachedAnew(there, broker.channel());
        return anew.equals(elsewhere.get(broker.uid())) ? there : anew;
    }

    /** How it is reached may have changed while it opened. */
    private Future<Void> openWithLatest(BrokerRoute broker) {
        OpenChannel present = open.get(broker.uid());
        if (present == null) {
            return Future.succeededFuture();
        }
        ChannelSpec anew = reachedAnew(present, broker);
        return anew.equals(present.channel().spec()) ? Future.succeededFuture() : open(broker.name(), anew);
    }

    private Future<Void> open(ResourceName broker, ChannelSpec spec) {
        String uid = spec.brokerUid();
        ChannelEngine engine = engines.get(spec.type());
        if (engine == null) {
            return Future.failedFuture("there is no channel of type \"" + spec.type() + "\"; there are "
                    + String.join(", ", engines.keySet().stream().sorted().toList()));
        }
        Attempt before = attempts.get(uid);
        String lastFailure = before == null ? null : before.failure();
        Future<Channel> attempt;
        synchronized (asking) {
            OpenChannel present = open.get(uid);
            if (before != null && present != null && !before.spec().equals(spec)) {
                // It has changed again. Where no channel is open yet, the engine has but this one to open: that is
                // taken, and the other opened beside it.
                abandon(before, present.channel());
                attempt = engine.open(spec);
            } else {
                // One that opens after it was waited for is not lost.
                attempt = before == null || before.opening().failed() ? engine.open(spec) : before.opening();
            }
            attempts.put(uid, new Attempt(spec, attempt, lastFailure));
        }
        long patience = before == null ? openMillis : OPEN_AGAIN_MILLIS;
        return attempt.timeout(patience, TimeUnit.MILLISECONDS)
                .onSuccess(channel -> {
                    opened(broker, spec, channel);
                    attempts.remove(uid);
                })
                .<Void>mapEmpty()
                .recover(failure -> {
                    String said = attempt.isComplete() ? String.valueOf(failure.getMessage()) : lastFailure;
                    attempts.put(uid, new Attempt(spec, attempt, said));
                    return Future.failedFuture(said == null ? "it has not opened yet" : said);
                });
    }

    private void opened(ResourceName broker, ChannelSpec spec, Channel channel) {
        OpenChannel before = open.get(spec.brokerUid());
        if (before != null && before.channel() == channel) {
            elsewhere.put(spec.brokerUid(), spec);
            return;
        }
        elsewhere.remove(spec.brokerUid());
        if (before != null) {
            // The two share the names of their meters.
            before.gauges().remove();
            superseded.add(before.channel());
            LOG.atInfo()
                    .addKeyValue("broker", broker)
                    .log("what leads to the channel of a broker has changed; it is opened anew");
        }
        open.put(spec.brokerUid(), new OpenChannel(channel, FillGauges.of(registry, broker, channel)));
    }

    /** Of Brokers that went before their channels opened. */
    private void closeLateOnes(Set<String> wanted) {
        attempts.forEach((uid, attempt) -> {
            // Removed first: one that is open already is looked at before the call below returns.
            if (!wanted.contains(uid) && attempts.remove(uid, attempt)) {
                attempt.opening().onSuccess(channel -> closeUnlessAskedFor(uid, channel));
            }
        });
    }

    private void closeUnlessAskedFor(String uid, Channel channel) {
        Future<Void> closing;
        synchronized (asking) {
            // A Broker that is there again has the same channel; one of another Secret is not the one that is open.
            OpenChannel present = open.get(uid);
            if (attempts.containsKey(uid) || (present != null && present.channel() == channel)) {
                return;
            }
            closing = close(channel);
        }
        closing.onComplete(closed -> LOG.atDebug()
                .addKeyValue("broker", channel.spec().broker())
                .log("closed a channel that opened when its broker was gone"));
    }

    private Future<Void> closeAllBut(Set<String> wanted) {
        List<Future<Void>> closing = new ArrayList<>();
        for (Channel channel : List.copyOf(superseded)) {
            superseded.remove(channel);
            closing.add(close(channel));
        }
        open.entrySet().removeIf(entry -> {
            if (wanted.contains(entry.getKey())) {
                return false;
            }
            entry.getValue().gauges().remove();
            elsewhere.remove(entry.getKey());
            closing.add(close(entry.getValue().channel()));
            return true;
        });
        return Future.join(closing).mapEmpty();
    }

    /** Never fails: the Broker is gone, so nobody is left who could do anything about it. */
    private static Future<Void> close(Channel channel) {
        return channel.close().timeout(CLOSE_SECONDS, TimeUnit.SECONDS).recover(error -> {
            LOG.atWarn()
                    .addKeyValue("broker", channel.spec().broker())
                    .addKeyValue("error", error.getMessage())
                    .log("a channel that nobody uses any more did not close in order");
            return Future.succeededFuture();
        });
    }
}
