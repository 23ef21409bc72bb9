/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.send.DestinationGuard;
import dev.sluice.dispatcher.send.Targets;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the channel of every broker once, matches each event against the broker's triggers, and delivers it to those that
 * it matches: at least once, and each to exactly one {@link dev.sluice.api.ledger.End end}. {@link #apply} must not be
 * called again before the call before it has completed; {@link #stats} may be called at any time on any thread.
 */
public final class Dispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** How often a drain looks whether it is done. */
    private static final long DRAIN_LOOK_MILLIS = 10;

    private final Vertx vertx;
    private final DispatcherSettings settings;
    private final MeterRegistry registry;
    private final Targets targets;
    private final Map<String, BrokerLane> lanes = new ConcurrentHashMap<>();
    /** Of brokers that are gone, with requests that still run. */
    private final Set<BrokerLane> leaving = ConcurrentHashMap.newKeySet();

    public Dispatcher(Vertx vertx, DispatcherSettings settings, MeterRegistry registry) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.settings = requireNonNull(settings, "settings");
        this.registry = requireNonNull(registry, "registry");
        targets = new Targets(
                vertx,
                new DestinationGuard(settings.refusedDestinations(), settings.refusedPorts()),
                settings.connectTimeout(),
                settings.maxReplySize());
    }

    /**
     * Puts a routing table in force. Triggers are known by their UID: what changes of one that stays counts from the next
     * event that is scanned (the filter) and from the next attempt of every event (the rest); the backlog of one that is
     * gone is discarded. A trigger that comes sees the events that are handed over after it came.
     *
     * @param channelsByBrokerUid the open channels; a broker without one keeps its triggers and what they have in flight,
     *     and is read no further
     * @return completes when every event that is appended from now on is matched against this table; fails if a channel
     *     could not be read, with the table in force for all other brokers and that one tried again at the next call
     */
    public Future<Void> apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid) {
        Map<String, BrokerRoute> routes = new HashMap<>();
        table.brokers().values().forEach(route -> routes.put(route.uid(), route));
        // Brokers that go are gone before another of the same name comes: the two share the names of their meters.
        return retireAllBut(routes.keySet()).compose(retired -> {
            List<Future<Void>> applied = new ArrayList<>();
            for (BrokerRoute route : routes.values()) {
                Channel channel = channelsByBrokerUid.get(route.uid());
                applied.add(lane(route).apply(route, channel));
            }
            return Future.join(applied).mapEmpty();
        });
    }

    private BrokerLane lane(BrokerRoute route) {
        // A context of its own, taken in turns from the event loops. Not a verticle: that would become a child of
        // whatever verticle this happens to be called on, and go with it. Nor Vertx.getOrCreateContext, which answers
        // the caller's own context, or one and the same for all calls of a thread.
        return lanes.computeIfAbsent(
                route.uid(),
                made -> new BrokerLane(
                        route.name(), ((VertxInternal) vertx).createEventLoopContext(), targets, settings, registry));
    }

    private Future<Void> retireAllBut(Set<String> uids) {
        List<Future<Void>> retiring = new ArrayList<>();
        for (Iterator<Map.Entry<String, BrokerLane>> present = lanes.entrySet().iterator(); present.hasNext(); ) {
            Map.Entry<String, BrokerLane> entry = present.next();
            if (!uids.contains(entry.getKey())) {
                present.remove();
                BrokerLane gone = entry.getValue();
                leaving.add(gone);
                // A read that does not close well is no reason to keep other brokers from what has changed for them.
                retiring.add(gone.retire()
                        .onFailure(failure -> warn(gone.name(), failure))
                        .otherwiseEmpty());
                gone.empty().onComplete(empty -> leaving.remove(gone));
            }
        }
        return Future.join(retiring).mapEmpty();
    }

    private static void warn(ResourceName broker, Throwable failure) {
        LOG.atWarn()
                .addKeyValue("broker", broker)
                .addKeyValue("error", failure.getMessage())
                .log("the broker's lane did not close well");
    }

    /** What every trigger in force has done so far, in no particular order. */
    public List<TriggerStats> stats() {
        List<TriggerStats> stats = new ArrayList<>();
        lanes.values().forEach(lane -> lane.addStats(stats::add));
        return stats;
    }

    /** What the trigger with this UID has done so far, if it is in force. */
    public Optional<TriggerStats> stats(String uid) {
        for (BrokerLane lane : lanes.values()) {
            Optional<TriggerStats> found = lane.stats(uid);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * Waits until what is in flight has come to its end. Nobody should append any more, but for the replies to what is in
     * flight, which are delivered too.
     *
     * @return completes when nothing is in flight, when nothing but waits is left that outlast {@code timeout}, or when
     *     {@code timeout} is over, and tells what is left then; never fails
     */
    public Future<Drained> drain(Duration timeout) {
        Promise<Drained> drained = Promise.promise();
        look(drained, System.nanoTime() + timeout.toNanos());
        return drained.future();
    }

    private void look(Promise<Drained> drained, long deadline) {
        Map<ResourceName, Long> undelivered = new ConcurrentHashMap<>();
        Map<ResourceName, Long> unread = new ConcurrentHashMap<>();
        Set<ResourceName> busy = ConcurrentHashMap.newKeySet();
        List<Future<Void>> looking = new ArrayList<>();
        Set<BrokerLane> all = new HashSet<>(lanes.values());
        all.addAll(leaving);
        for (BrokerLane lane : all) {
            looking.add(lane.remaining(deadline).map(remaining -> {
                remaining.undelivered().forEach((trigger, events) -> undelivered.merge(trigger, events, Long::sum));
                if (remaining.unread() > 0) {
                    unread.put(lane.name(), remaining.unread());
                }
                if (remaining.busy()) {
                    busy.add(lane.name());
                }
                return null;
            }));
        }
        Future.join(looking).onComplete(looked -> {
            if (busy.isEmpty() || System.nanoTime() - deadline >= 0) {
                drained.complete(new Drained(undelivered, unread));
            } else {
                vertx.setTimer(DRAIN_LOOK_MILLIS, timer -> look(drained, deadline));
            }
        });
    }

    /**
     * Stops: reads no further, breaks off what is being sent, and gives nothing back to the channels, so that what was in
     * flight is there for the next reader. Idempotent.
     */
    public Future<Void> close() {
        List<Future<Void>> closing = new ArrayList<>();
        Set<BrokerLane> all = new HashSet<>(lanes.values());
        all.addAll(leaving);
        lanes.clear();
        leaving.clear();
        for (BrokerLane lane : all) {
            closing.add(lane.stop());
        }
        return Future.join(closing).mapEmpty();
    }
}
