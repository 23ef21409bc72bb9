/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.dispatcher.cursor.DispatchMemory;
import dev.sluice.dispatcher.delivery.LiveTraffic;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.DeadLetters;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Redriven;
import dev.sluice.dispatcher.parking.Redriver;
import dev.sluice.dispatcher.send.DestinationGuard;
import dev.sluice.dispatcher.send.ReplyMemory;
import dev.sluice.dispatcher.send.Targets;
import dev.sluice.dispatcher.spool.Spool;
import dev.sluice.dispatcher.spool.Waiting;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    private static final long LEDGER_CHECK_MILLIS = 5_000;

    /** A channel that is out of order must not keep other brokers from what has changed for them. */
    private static final long CHANNEL_PATIENCE_SECONDS = 5;

    /** For one that did not answer well the last time. It goes on meanwhile, and the next call finds it done. */
    private static final long CHANNEL_PATIENCE_AGAIN_MILLIS = 300;

    private final Vertx vertx;
    private final DispatcherSettings settings;
    private final MeterRegistry registry;
    private final Targets targets;
    private final LogRead.Budget budget;
    private final LiveTraffic traffic = new LiveTraffic(System.nanoTime());
    private final Map<String, BrokerLane> lanes = new ConcurrentHashMap<>();
    /** UIDs of brokers whose channels did not answer well at the last call of {@link #apply}. */
    private final Set<String> outOfOrder = ConcurrentHashMap.newKeySet();
    /** Of brokers that are gone, with requests that still run. */
    private final Set<BrokerLane> leaving = ConcurrentHashMap.newKeySet();

    private final DeadLetterStore store;
    private final DeadLetters deadLetters;
    private final Optional<Spool> spool;
    private static final String STOPPING = "the dispatcher is stopping";

    /** Changes under the lock of {@link #readingBack}. */
    private volatile boolean stopping;

    /** What is being taken from the spool at this moment. Guarded by itself. */
    private final Set<Future<Void>> readingBack = new HashSet<>();

    private final Counter ledgerChecks;
    /** Of the dispatcher itself; triggers have their own. */
    private final List<Meter> meters;

    private final long ledgerTimer;

    /** Keeps nothing on disk, and parks as much as a tenth of the heap. */
    public Dispatcher(Vertx vertx, DispatcherSettings settings, MeterRegistry registry) {
        this(
                vertx,
                settings,
                registry,
                new DeadLetterStore(Runtime.getRuntime().maxMemory() / 10, System::currentTimeMillis, registry),
                Optional.empty());
    }

    /**
     * @param store where events go that can't be delivered and have no other place to go
     * @param spool what an earlier process left; empty if nothing is to be kept on disk
     */
    public Dispatcher(
            Vertx vertx,
            DispatcherSettings settings,
            MeterRegistry registry,
            DeadLetterStore store,
            Optional<Spool> spool) {
        this(vertx, settings, LogSettings.defaults(), registry, store, spool);
    }

    /**
     * @param logs of use only where a channel is a log
     * @param store where events go that can't be delivered and have no other place to go
     * @param spool what an earlier process left; empty if nothing is to be kept on disk
     */
    public Dispatcher(
            Vertx vertx,
            DispatcherSettings settings,
            LogSettings logs,
            MeterRegistry registry,
            DeadLetterStore store,
            Optional<Spool> spool) {
        budget = LogRead.Budget.of(requireNonNull(logs, "logs"));
        this.vertx = requireNonNull(vertx, "vertx");
        this.settings = requireNonNull(settings, "settings");
        this.registry = requireNonNull(registry, "registry");
        targets = new Targets(
                vertx,
                new DestinationGuard(settings.refusedDestinations(), settings.refusedPorts()),
                settings.connectTimeout(),
                settings.maxReplySize(),
                new ReplyMemory(settings.replyMemory()));
        this.store = requireNonNull(store, "store");
        this.spool = requireNonNull(spool, "spool");
        deadLetters = new DeadLetters(vertx, store, new Lanes(), this::discarded);
        ledgerChecks = Counter.builder(Meters.LEDGER_CHECKS).register(registry);
        meters = List.of(
                ledgerChecks,
                Gauge.builder(Meters.DISPATCH_MEMORY, budget.memory(), DispatchMemory::held)
                        .register(registry),
                Gauge.builder(Meters.DISPATCH_MEMORY_CAPACITY, budget.memory(), DispatchMemory::capacity)
                        .register(registry));
        ledgerTimer = vertx.setPeriodic(
                LEDGER_CHECK_MILLIS,
                timer -> checkLedger()
                        .onFailure(failure -> LOG.atError().setCause(failure).log("the ledger could not be checked")));
    }

    /** What people can do with parked events. */
    public DeadLetters deadLetters() {
        return deadLetters;
    }

    /** Brings parked events to the lanes of their brokers. */
    private final class Lanes implements Redriver {
        @Override
        public boolean canRedrive(ParkedEvent parked) {
            BrokerLane lane = lanes.get(parked.brokerUid());
            return lane != null && lane.has(parked.triggerUid());
        }

        @Override
        public Set<ResourceName> triggers() {
            Set<ResourceName> names = new HashSet<>();
            stats().forEach(stats -> names.add(stats.trigger()));
            return names;
        }

        @Override
        public void recall(Set<Redriven> redriven) {
            for (BrokerLane lane : lanes.values()) {
                lane.recall(redriven)
                        .onFailure(
                                failure -> LOG.atError().setCause(failure).log("dead letters could not be taken back"));
            }
        }

        @Override
        public void redrive(Redriven redriven) {
            BrokerLane lane = lanes.get(redriven.parked().brokerUid());
            if (lane == null) {
                redriven.putBack();
            } else {
                lane.redrive(redriven)
                        .onFailure(failure -> LOG.atError()
                                .setCause(failure)
                                .addKeyValue("deadLetter", redriven.parked().id())
                                .log("a dead letter could not be sent again"));
            }
        }
    }

    private void discarded(List<ParkedEvent> events) {
        Map<String, Map<String, Integer>> counts = new HashMap<>();
        for (ParkedEvent parked : events) {
            counts.computeIfAbsent(parked.brokerUid(), uid -> new HashMap<>())
                    .merge(parked.triggerUid(), 1, Integer::sum);
        }
        counts.forEach((brokerUid, byTrigger) -> {
            BrokerLane lane = lanes.get(brokerUid);
            if (lane != null) {
                lane.discarded(byTrigger)
                        .onFailure(failure ->
                                LOG.atError().setCause(failure).log("discarded dead letters could not be counted"));
            }
        });
    }

    /**
     * Compares the books of every trigger: matched + taken over = ends + handed over + in flight. Done every few seconds
     * by itself; what it finds is a meter and a line in the log.
     *
     * @return the sum of all differences, which is 0
     */
    public Future<Long> checkLedger() {
        List<Future<Long>> checking = new ArrayList<>();
        Set<BrokerLane> all = new HashSet<>(lanes.values());
        all.addAll(leaving);
        all.forEach(lane -> checking.add(lane.checkLedger()));
        return Future.join(checking).map(checked -> {
            ledgerChecks.increment();
            long sum = 0;
            for (Future<Long> each : checking) {
                sum += each.result();
            }
            return sum;
        });
    }

    /**
     * Puts a routing table in force. Triggers are known by their UID: what changes of one that stays counts from the next
     * event that is scanned (the filter) and from the next attempt of every event (the rest); the backlog of one that is
     * gone is discarded. A trigger that comes sees the events that are handed over after it came.
     *
     * @param channelsByBrokerUid the open channels; a broker without one keeps its triggers and what they have in flight,
     *     and is read no further
     * @return completes within seconds when every event that is appended from now on is matched against this table, but for
     *     the triggers in what it answers: those wait for a channel, with the reason, and are tried again at the next call
     */
    public Future<Map<ResourceName, String>> apply(RoutingTable table, Map<String, Channel> channelsByBrokerUid) {
        if (stopping) {
            return Future.failedFuture(STOPPING);
        }
        Map<String, BrokerRoute> routes = new HashMap<>();
        Set<String> inForce = new HashSet<>();
        table.brokers().values().forEach(route -> {
            routes.put(route.uid(), route);
            route.triggers().values().forEach(trigger -> inForce.add(trigger.uid()));
        });
        Map<ResourceName, String> waiting = new ConcurrentHashMap<>();
        // Brokers that go are gone before another of the same name comes: the two share the names of their meters.
        outOfOrder.retainAll(routes.keySet());
        return retireAllBut(routes.keySet()).compose(retired -> {
            List<Future<Void>> applied = new ArrayList<>();
            if (stopping) {
                return Future.failedFuture(STOPPING);
            }
            for (BrokerRoute route : routes.values()) {
                Channel channel = channelsByBrokerUid.get(route.uid());
                BrokerLane lane = lane(route);
                applied.add(lane.apply(route, channel, table, inForce)
                        .timeout(patience(route.uid()), TimeUnit.MILLISECONDS)
                        .onComplete(read -> noteOrder(route.uid(), read.succeeded()))
                        .recover(Dispatcher::inWords)
                        .compose(read -> channel == null
                                ? Future.succeededFuture()
                                : readBack(route, lane, table.awaitedTriggers()))
                        .recover(failure -> lane.waiting(route, failure).map(those -> {
                            waiting.putAll(those);
                            return null;
                        })));
            }
            return Future.join(applied).map(all -> Map.copyOf(waiting));
        });
    }

    private long patience(String uid) {
        return outOfOrder.contains(uid)
                ? CHANNEL_PATIENCE_AGAIN_MILLIS
                : TimeUnit.SECONDS.toMillis(CHANNEL_PATIENCE_SECONDS);
    }

    private void noteOrder(String uid, boolean inOrder) {
        if (inOrder) {
            outOfOrder.remove(uid);
        } else {
            outOfOrder.add(uid);
        }
    }

    private static Future<Void> inWords(Throwable failure) {
        return Future.failedFuture(
                failure instanceof TimeoutException
                        ? new ChannelException(
                                ChannelException.Kind.UNAVAILABLE,
                                "it has not answered for " + CHANNEL_PATIENCE_SECONDS + " s")
                        : failure);
    }

    private BrokerLane lane(BrokerRoute route) {
        // A context of its own, taken in turns from the event loops. Not a verticle: that would become a child of
        // whatever verticle this happens to be called on, and go with it. Nor Vertx.getOrCreateContext, which answers
        // the caller's own context, or one and the same for all calls of a thread.
        return lanes.computeIfAbsent(
                route.uid(),
                made -> new BrokerLane(
                        route.name(),
                        ((VertxInternal) vertx).createEventLoopContext(),
                        targets.forAnotherContext(),
                        settings,
                        budget,
                        traffic,
                        store,
                        store.open(route.name(), route.uid()),
                        registry));
    }

    /**
     * Goes on with what an earlier process left of this broker. What belongs to a trigger that can't be in force just now
     * stays on disk until it is.
     *
     * @param awaited UIDs of triggers that are there and not in force
     * @return never fails: what can't be read back stays on disk
     */
    private Future<Void> readBack(BrokerRoute route, BrokerLane lane, Set<String> awaited) {
        if (spool.isEmpty() || !spool.get().hasLeft(route.uid())) {
            return Future.succeededFuture();
        }
        Spool from = spool.get();
        Set<String> inForce = new HashSet<>();
        route.triggers().values().forEach(trigger -> inForce.add(trigger.uid()));
        synchronized (readingBack) {
            if (stopping) {
                return Future.succeededFuture();
            }
            Future<Void> reading = readBack(route, lane, from, inForce, awaited);
            readingBack.add(reading);
            return reading.onComplete(read -> {
                synchronized (readingBack) {
                    readingBack.remove(reading);
                }
            });
        }
    }

    private Future<Void> readBack(
            BrokerRoute route, BrokerLane lane, Spool from, Set<String> inForce, Set<String> awaited) {
        return vertx.executeBlocking(
                        () -> from.take(route.uid(), uid -> {
                            if (inForce.contains(uid)) {
                                return Spool.Decision.TAKE;
                            }
                            return awaited.contains(uid) ? Spool.Decision.LEAVE : Spool.Decision.DISCARD;
                        }),
                        false)
                .compose(recovered -> {
                    recovered.parked().forEach(parked -> store.restore(parked.value(), parked.whenEnded()));
                    report(route.name(), recovered);
                    return lane.readBack(recovered.waiting());
                })
                .recover(failure -> {
                    LOG.atError()
                            .addKeyValue("broker", route.name())
                            .addKeyValue("error", failure.toString())
                            .log("what an earlier process left could not be read back; it stays on disk");
                    return Future.succeededFuture();
                });
    }

    private void report(ResourceName broker, Spool.Recovered recovered) {
        if (!recovered.waiting().isEmpty() || !recovered.parked().isEmpty()) {
            LOG.atInfo()
                    .addKeyValue("broker", broker)
                    .addKeyValue("events", recovered.waiting().size())
                    .addKeyValue("deadLetters", recovered.parked().size())
                    .log("read back what an earlier process left");
        }
        recovered.discarded().forEach((trigger, events) -> {
            LOG.atWarn()
                    .addKeyValue("broker", broker)
                    .addKeyValue("trigger", trigger)
                    .addKeyValue("events", events)
                    .log("discarded what an earlier process left for a trigger that is gone");
            Counter.builder(Meters.SPOOL_DISCARDED)
                    .tags(Meters.NAMESPACE, broker.namespace(), Meters.BROKER, broker.name())
                    .register(registry)
                    .increment(events);
        });
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

    /** Whether this very broker is in force. */
    public boolean hasBroker(String uid) {
        return lanes.containsKey(uid);
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
        deadLetters.stopRedrives();
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
     * Stops as {@link #close} does, and writes down what has not ended and what is parked, for a later process to go on
     * with. Nobody may append any more.
     *
     * @param timeout for finding out what is left; writing it takes as long as the disk needs
     * @return never fails
     */
    public Future<Spooled> spool(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        List<Future<Void>> reading;
        synchronized (readingBack) {
            stopping = true;
            reading = List.copyOf(readingBack);
        }
        deadLetters.stopRedrives();
        store.freeze();
        // What has been taken from older files counts as ended when the new ones are written, so it must be in them.
        return Future.join(reading).transform(read -> spoolBy(deadline));
    }

    private Future<Spooled> spoolBy(long deadline) {
        Map<String, BrokerLane> last = new HashMap<>(lanes);
        List<Future<Spooled>> spooling = new ArrayList<>();
        last.forEach((uid, lane) -> spooling.add(lane.handOver(deadline)
                .compose(left -> vertx.executeBlocking(() -> write(lane.name(), uid, left), false))));
        return Future.join(spooling)
                .transform(all -> close().transform(closed -> {
                    List<Future<Spooled>> ofGone = new ArrayList<>();
                    for (String uid : store.brokerUids()) {
                        if (!last.containsKey(uid)) {
                            ResourceName name = store.ofBroker(uid).get(0).broker();
                            ofGone.add(vertx.executeBlocking(
                                    () -> write(name, uid, new BrokerLane.HandedOver(List.of(), 0)), false));
                        }
                    }
                    return Future.join(ofGone).transform(written -> {
                        spooling.addAll(ofGone);
                        return Future.succeededFuture(sum(spooling));
                    });
                }));
    }

    /** Blocks. */
    private Spooled write(ResourceName broker, String uid, BrokerLane.HandedOver left) {
        long waiting = 0;
        for (Waiting each : left.waiting()) {
            waiting += each.places().size();
        }
        List<ParkedEvent> parked = store.ofBroker(uid);
        List<String> problems = new ArrayList<>();
        if (left.missing() > 0) {
            problems.add("Broker " + broker + ": " + left.missing()
                    + " events were still on their way into or out of its channel");
        }
        if (spool.isEmpty()) {
            return new Spooled(0, 0, left.missing() + waiting + parked.size(), problems);
        }
        try {
            spool.get().write(broker, uid, left.waiting(), parked);
            return new Spooled(waiting, parked.size(), left.missing(), problems);
        } catch (IOException | RuntimeException e) {
            problems.add("Broker " + broker + ": " + e);
            return new Spooled(0, 0, left.missing() + waiting + parked.size(), problems);
        }
    }

    private static Spooled sum(List<Future<Spooled>> all) {
        long waiting = 0;
        long parked = 0;
        long failed = 0;
        List<String> problems = new ArrayList<>();
        for (Future<Spooled> each : all) {
            if (each.failed()) {
                problems.add(String.valueOf(each.cause()));
            } else {
                waiting += each.result().waiting();
                parked += each.result().parked();
                failed += each.result().failed();
                problems.addAll(each.result().problems());
            }
        }
        return new Spooled(waiting, parked, failed, problems);
    }

    /**
     * Stops: reads no further, breaks off what is being sent, and gives nothing back to the channels, so that what was in
     * flight is there for the next reader. Idempotent.
     */
    public Future<Void> close() {
        vertx.cancelTimer(ledgerTimer);
        meters.forEach(registry::remove);
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
