/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.reconcile.DataPlane;
import dev.sluice.control.reconcile.DataPlaneReport;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a routing table in force in the order that keeps "Ready means ready": channels are opened, the dispatcher learns of
 * the triggers, then the ingress of the brokers, and only then channels are closed that nobody can reach any more.
 *
 * <p>A channel belongs to a Broker's UID. One that is open stays open as long as its Broker is in the table, ready or not,
 * so that what it keeps is delivered.
 */
public final class LiveDataPlane implements DataPlane {

    private static final Logger LOG = LoggerFactory.getLogger(LiveDataPlane.class);

    private static final long OPEN_TIMEOUT_SECONDS = 5;

    /** Puts a table in force where events are delivered. */
    @FunctionalInterface
    public interface Deliveries {
        Future<Void> apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid);
    }

    /** Puts a table in force where events are taken in. */
    @FunctionalInterface
    public interface Intake {
        void apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid);
    }

    private record OpenChannel(Channel channel, FillGauges gauges) {}

    private final Map<String, ChannelEngine> engines;
    private final Deliveries deliveries;
    private final Intake intake;
    private final MeterRegistry registry;
    /** By the Broker's UID. Calls of {@link #apply} don't overlap, but the channels of one call may open on several threads. */
    private final Map<String, OpenChannel> open = new ConcurrentHashMap<>();

    /** @param engines by channel type */
    public LiveDataPlane(
            Map<String, ChannelEngine> engines, Deliveries deliveries, Intake intake, MeterRegistry registry) {
        this.engines = Map.copyOf(engines);
        this.deliveries = requireNonNull(deliveries, "deliveries");
        this.intake = requireNonNull(intake, "intake");
        this.registry = requireNonNull(registry, "registry");
    }

    @Override
    public Future<DataPlaneReport> apply(RoutingTable table) {
        Map<ResourceName, String> failures = new ConcurrentHashMap<>();
        List<Future<Void>> opening = new ArrayList<>();
        Set<String> wanted = new HashSet<>();
        for (BrokerRoute broker : table.brokers().values()) {
            wanted.add(broker.uid());
            if (broker.notReady().isEmpty() && !open.containsKey(broker.uid())) {
                opening.add(open(broker).recover(error -> {
                    failures.put(broker.name(), String.valueOf(error.getMessage()));
                    return Future.succeededFuture();
                }));
            }
        }
        return Future.join(opening)
                .compose(opened -> {
                    Map<String, Channel> channels = new HashMap<>();
                    open.forEach((uid, one) -> {
                        if (wanted.contains(uid)) {
                            channels.put(uid, one.channel());
                        }
                    });
                    return deliveries.apply(table, channels).compose(delivering -> {
                        intake.apply(table, channels);
                        return closeAllBut(wanted);
                    });
                })
                .map(closed -> new DataPlaneReport(failures));
    }

    private Future<Void> open(BrokerRoute broker) {
        ChannelEngine engine = engines.get(broker.channel().type());
        if (engine == null) {
            return Future.failedFuture("there is no channel of type \""
                    + broker.channel().type() + "\"; there are "
                    + String.join(", ", engines.keySet().stream().sorted().toList()));
        }
        // One that opens too late is not lost: opening it again answers the same channel.
        return engine.open(broker.channel())
                .timeout(OPEN_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .onSuccess(channel -> open.put(
                        broker.uid(), new OpenChannel(channel, FillGauges.of(registry, broker.name(), channel))))
                .mapEmpty();
    }

    private Future<Void> closeAllBut(Set<String> wanted) {
        List<Future<Void>> closing = new ArrayList<>();
        open.entrySet().removeIf(entry -> {
            if (wanted.contains(entry.getKey())) {
                return false;
            }
            OpenChannel gone = entry.getValue();
            gone.gauges().remove();
            closing.add(gone.channel()
                    .close()
                    .timeout(OPEN_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .recover(error -> {
                        // The Broker is gone, so nobody is left who could do anything about it.
                        LOG.atWarn()
                                .addKeyValue("broker", gone.channel().spec().broker())
                                .addKeyValue("error", error.getMessage())
                                .log("the channel of a deleted broker did not close in order");
                        return Future.succeededFuture();
                    }));
            return true;
        });
        return Future.join(closing).mapEmpty();
    }
}
