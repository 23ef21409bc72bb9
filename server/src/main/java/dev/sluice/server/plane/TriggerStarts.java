/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Stores the starts of Triggers, in a process that delivers nothing. From then on every event is a Trigger's own: a
 * dispatcher that hears of it later catches it up from there.
 *
 * <p>Calls don't overlap.
 */
public final class TriggerStarts implements LiveDataPlane.Deliveries {

    private static final long PATIENCE_SECONDS = 5;

    /** By the Broker's UID, those of its Triggers whose starts are stored. */
    private final Map<String, Set<String>> started = new ConcurrentHashMap<>();

    @Override
    public Future<Map<ResourceName, String>> apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid) {
        Map<ResourceName, String> waiting = new ConcurrentHashMap<>();
        List<Future<Void>> starting = new ArrayList<>();
        Set<String> brokers = new HashSet<>();
        for (BrokerRoute broker : table.brokers().values()) {
            brokers.add(broker.uid());
            Channel channel = channelsByBrokerUid.get(broker.uid());
            if (!(channel instanceof LogChannel log)) {
                continue;
            }
            Set<String> done = started.computeIfAbsent(broker.uid(), uid -> ConcurrentHashMap.newKeySet());
            Map<String, TriggerRoute> byUid = new HashMap<>();
            broker.triggers().values().forEach(trigger -> byUid.put(trigger.uid(), trigger));
            done.retainAll(byUid.keySet());
            byUid.forEach((uid, trigger) -> {
                if (!done.contains(uid)) {
                    starting.add(log.start(trigger.name(), uid, trigger.startFrom())
                            .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .onSuccess(stored -> done.add(uid))
                            .recover(failure -> {
                                waiting.put(trigger.name(), "its start can't be stored: " + failure.getMessage());
                                return Future.succeededFuture();
                            }));
                }
            });
        }
        started.keySet().retainAll(brokers);
        return Future.join(starting).map(all -> Map.copyOf(waiting));
    }
}
