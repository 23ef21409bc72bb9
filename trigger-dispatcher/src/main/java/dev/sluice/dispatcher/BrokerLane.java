/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.channel.HoldingChannel;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.ContextTimers;
import dev.sluice.dispatcher.delivery.HeldEvent;
import dev.sluice.dispatcher.delivery.LiveTraffic;
import dev.sluice.dispatcher.delivery.ReplyAppender;
import dev.sluice.dispatcher.delivery.Share;
import dev.sluice.dispatcher.delivery.TriggerQueue;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.match.TriggerIndex;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Redriven;
import dev.sluice.dispatcher.send.Targets;
import dev.sluice.dispatcher.spool.Place;
import dev.sluice.dispatcher.spool.Spool.RecoveredEvent;
import dev.sluice.dispatcher.spool.Spool.Taken;
import dev.sluice.dispatcher.spool.Waiting;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything of one broker, on one event-loop context: the one read of its channel, the index over its triggers and their
 * queues. Its package's methods get there by themselves; whatever else it does, it does there, so nothing in it is shared.
 */
final class BrokerLane {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerLane.class);

    private final ResourceName name;
    private final Context context;
    private final TriggerQueue.Setup setup;
    private final MeterRegistry registry;

    /** By UID. Written on the context alone; a map for many threads because statistics are read on any. */
    private final Map<String, TriggerQueue> queues = new ConcurrentHashMap<>();
    /** Deleted, with requests that still run. */
    private final Set<TriggerQueue> leaving = new HashSet<>();

    private final TriggerIndex<TriggerQueue> index = new TriggerIndex<>();

    /** Filled for one event at a time, so that matching allocates nothing. */
    private final List<TriggerQueue> matched = new ArrayList<>();

    private @Nullable Channel channel;
    private @Nullable ChannelReader reader;
    /** In place of the reader, where the channel is a log. */
    private @Nullable LogRead log;

    private @Nullable Counter restarts;
    /** Whether a trigger with this UID is there, or may be, for all that is known. */
    private Predicate<String> mayBeThere = uid -> true;

    private final LogRead.Budget budget;
    /** Events that were handed over and have not gone back. */
    private long held;

    private final DeadLetterStore store;
    private final DeadLetterStore.Shelf shelf;
    private final LedgerCheck ledger;
    private final ReadBack readBack;
    private final LastResort lastResort = new LastResort();
    private final Runnable whenReturned = this::returned;

    /** What is being done about the channel. */
    private Future<Void> reading = Future.succeededFuture();
    /** What is done behind that, for every {@link #apply} that has come meanwhile; null if none has. */
    private @Nullable Future<Void> readingNext;
    /** To be read; null for none. */
    private @Nullable Channel wanted;

    private boolean stopped;
    private boolean retiring;
    private Promise<Void> empty = Promise.promise();

    BrokerLane(
            ResourceName name,
            Context context,
            Targets targets,
            DispatcherSettings settings,
            LogRead.Budget budget,
            LiveTraffic traffic,
            DeadLetterStore store,
            DeadLetterStore.Shelf shelf,
            MeterRegistry registry) {
        this.name = name;
        this.context = context;
        this.budget = budget;
        this.store = store;
        this.shelf = shelf;
        this.registry = registry;
        ledger = new LedgerCheck(name, registry);
        readBack = new ReadBack(name, context);
        setup = new TriggerQueue.Setup(
                name,
                new ContextTimers(context),
                targets,
                new ReplyAppender(this::appendReply, settings.initialTtl()),
                settings.maxInFlight(),
                traffic,
                shelf,
                registry);
    }

    ResourceName name() {
        return name;
    }

    /** Statistics of every trigger in force. */
    void addStats(Consumer<TriggerStats> into) {
        queues.values().forEach(queue -> into.accept(queue.stats()));
    }

    /** Statistics of the trigger with this UID, if it is in force. */
    Optional<TriggerStats> stats(String uid) {
        TriggerQueue queue = queues.get(uid);
        return queue == null ? Optional.empty() : Optional.of(queue.stats());
    }

    /**
     * Puts the triggers of {@code route} in force and reads from {@code from}, or from nothing if that is null.
     *
     * @param table that the route is of
     * @param inForce UIDs of the triggers of all its brokers: two of them may keep what they know in one log
     * @return completes when the next event that is handed over is matched against them
     */
    Future<Void> apply(BrokerRoute route, @Nullable Channel from, RoutingTable table, Set<String> inForce) {
        return onContext(() -> {
            replaceTriggers(route.triggers().values());
            mayBeThere = uid -> !table.complete()
                    || queues.containsKey(uid)
                    || inForce.contains(uid)
                    || table.awaitedTriggers().contains(uid);
            wanted = from;
            // Not beside what an earlier call is still about, which may be waiting for a channel that is out of order,
            // and once for all calls that come until then, as they come faster than such a channel fails.
            Future<Void> next = readingNext;
            if (next == null) {
                next = reading.transform(before -> onContext(() -> {
                    readingNext = null;
                    reading = retiring || stopped ? Future.succeededFuture() : read(wanted);
                    return reading;
                }));
                readingNext = next;
            }
            return next;
        });
    }

    /**
     * The triggers of {@code route} that get nothing yet, each with what is said of the failure.
     *
     * @param failure of {@link #apply}
     */
    Future<Map<ResourceName, String>> waiting(BrokerRoute route, Throwable failure) {
        return onContext(() -> {
            Map<ResourceName, String> waiting = new HashMap<>();
            for (TriggerRoute trigger : route.triggers().values()) {
                TriggerQueue queue = queues.get(trigger.uid());
                if (log == null || queue == null || !log.reads(queue)) {
                    waiting.put(
                            trigger.name(),
                            "the channel of Broker " + name + " can't be read: " + failure.getMessage());
                }
            }
            return Future.succeededFuture(waiting);
        });
    }

    /**
     * Goes on with events that were in flight before a stop. To be called before anything is accepted that must not
     * overtake them.
     *
     * @return completes when they are in the channel, as far as that has room
     */
    Future<Void> readBack(List<RecoveredEvent> events) {
        return onContext(() -> {
            Channel to = channel;
            if (to == null) {
                readBack.keep(events);
                return Future.failedFuture("the channel of the broker " + name + " is not open");
            }
            return to instanceof LogChannel ? refuse(events, to) : readBack.append(events, to);
        });
    }

    /** Appended to a log, they would be matched again, by every trigger. */
    private Future<Void> refuse(List<RecoveredEvent> events, Channel to) {
        readBack.keep(events);
        return events.isEmpty()
                ? Future.succeededFuture()
                : Future.failedFuture("Broker " + name + ": its channel is "
                        + to.spec().type() + " now, and "
                        + events.size() + " events were in flight in one that is no log when it stopped; they stay on"
                        + " disk, and are delivered by a start with the channel that the broker had then");
    }

    /** Whether this very trigger is in force. Any thread. */
    boolean has(String triggerUid) {
        return queues.containsKey(triggerUid);
    }

    /** Sends a parked event again, or puts it back if its trigger has just gone. */
    Future<Void> redrive(Redriven redriven) {
        return onContext(() -> {
            ParkedEvent parked = redriven.parked();
            TriggerQueue queue = queues.get(parked.triggerUid());
            if (queue == null || stopped) {
                redriven.putBack();
            } else {
                queue.redrive(new HeldEvent(new ParkedRecord(parked.event()), 1, () -> {}), redriven);
            }
            return Future.succeededFuture();
        });
    }

    /** Puts back those of these parked events that are with their triggers and are not being sent at this moment. */
    Future<Void> recall(Set<Redriven> redriven) {
        return onContext(() -> {
            queues.values().forEach(queue -> queue.recall(redriven));
            return Future.succeededFuture();
        });
    }

    /** Counts parked events that a person has discarded, if their trigger is there to have it counted. */
    Future<Void> discarded(Map<String, Integer> eventsByTriggerUid) {
        return onContext(() -> {
            eventsByTriggerUid.forEach((uid, events) -> {
                TriggerQueue queue = queues.get(uid);
                if (queue != null) {
                    queue.discardedByPerson(events);
                }
            });
            return Future.succeededFuture();
        });
    }

    /**
     * Compares the books of every trigger.
     *
     * @return the sum of all differences
     */
    Future<Long> checkLedger() {
        return onContext(() -> {
            queues.values().forEach(ledger::check);
            leaving.forEach(ledger::check);
            return Future.succeededFuture(ledger.difference());
        });
    }

    /**
     * What was in flight when the process stopped.
     *
     * @param waiting in the order of the channel
     * @param missing events and triggers that are in flight and not among them, because it was not to be found out in
     *     time what becomes of them
     */
    record HandedOver(List<Waiting> waiting, long missing) {}

    /**
     * Ends the read and every delivery, and gives out what has not ended. Nobody may append any more.
     *
     * @param byNanos until when it waits for what the channel has not handed over yet, and for replies that are being
     *     appended
     */
    Future<HandedOver> handOver(long byNanos) {
        return onContext(() -> {
            // What is of a log goes back there, and is not for the disk.
            Future<Void> given = log == null ? Future.succeededFuture() : log.close();
            // What is not committed by then, because the log does not answer, its next reader delivers again.
            long millis = TimeUnit.NANOSECONDS.toMillis(byNanos - System.nanoTime());
            return given.timeout(Math.max(1, millis), TimeUnit.MILLISECONDS)
                    .transform(back -> onContext(() -> handOverSettled(byNanos)));
        });
    }

    private Future<HandedOver> handOverSettled(long byNanos) {
        long unread = unreadAtStop();
        boolean settled = unread == 0;
        for (TriggerQueue queue : queues.values()) {
            settled &= queue.isSettled();
        }
        if (!settled && System.nanoTime() - byNanos < 0) {
            // A turn later there is less of it. Not busily, in case it takes long.
            Promise<HandedOver> later = Promise.promise();
            context.owner()
                    .setTimer(
                            1,
                            timer -> onContext(() -> handOverSettled(byNanos)).onComplete(later));
            return later.future();
        }
        Map<HeldEvent, List<Place>> places = new HashMap<>();
        long missing = unread;
        for (TriggerQueue queue : queues.values()) {
            long left = queue.handOver((held, place) ->
                    places.computeIfAbsent(held, first -> new ArrayList<>(1)).add(place));
            // What a log has not been told the end of, its next reader delivers again.
            missing += log == null ? left : 0;
        }
        List<HeldEvent> inOrder = new ArrayList<>(places.keySet());
        inOrder.sort(Comparator.comparingLong(HeldEvent::offset));
        List<Waiting> waiting = new ArrayList<>(inOrder.size());
        for (HeldEvent held : inOrder) {
            waiting.add(new Waiting(held.event(), places.getOrDefault(held, List.of())));
        }
        readBack.stop(waiting::add);
        long notHanded = missing;
        // In this turn: an answer that came between would end an event that is on its way to the disk.
        return stopNow().map(stopped -> new HandedOver(waiting, notHanded));
    }

    /** Nothing more comes in: what has come is read to its end, whatever triggers need for it. */
    private long unreadAtStop() {
        long unread = unread();
        if (unread > 0) {
            queues.values().forEach(TriggerQueue::unchargeAll);
        }
        return unread;
    }

    /** The channel counts what nobody has released; what is not held here has not been handed over yet. */
    private long unread() {
        // A log keeps what is not read for whoever reads it next.
        return channel == null || log != null ? 0 : Math.max(0, channel.fill().events() - held);
    }

    /**
     * Ends the broker: its triggers are deleted, its channel is read no more.
     *
     * @return completes when the read has ended and every backlog is being discarded; {@link #empty} when nothing is left
     */
    Future<Void> retire() {
        return onContext(() -> {
            retiring = true;
            readBack.discard();
            replaceTriggers(List.of());
            // At once: a broker of the same name may come, and the two share the names of their meters.
            ledger.close();
            shelf.close();
            return readNoMore();
        });
    }

    /** Completes when a retired broker has nothing in flight any more. */
    Future<Void> empty() {
        return onContext(() -> {
            completeIfEmpty();
            return empty.future();
        });
    }

    /** Ends the read and lets go of everything without an end. */
    Future<Void> stop() {
        return onContext(this::stopNow);
    }

    private Future<Void> stopNow() {
        stopped = true;
        List<Future<Void>> closing = new ArrayList<>();
        closing.add(readNoMore());
        queues.values().forEach(queue -> closing.add(queue.stop()));
        leaving.forEach(queue -> closing.add(queue.stop()));
        queues.clear();
        leaving.clear();
        ledger.close();
        shelf.close();
        index.clear();
        return Future.join(closing).mapEmpty();
    }

    /**
     * What is left to do.
     *
     * @param byNanos the time that it would have to be done by
     */
    Future<Remaining> remaining(long byNanos) {
        return onContext(() -> {
            Map<ResourceName, Long> undelivered = new HashMap<>();
            boolean busy = false;
            for (TriggerQueue queue : queues.values()) {
                if (queue.inFlight() > 0) {
                    undelivered.merge(queue.route().name(), queue.inFlight(), Long::sum);
                    busy |= queue.isBusyBefore(byNanos);
                }
            }
            for (TriggerQueue queue : leaving) {
                busy |= queue.inFlight() > 0;
            }
            long unread = unreadAtStop();
            if (log != null && !log.close().isComplete()) {
                busy = true;
            }
            return Future.succeededFuture(new Remaining(undelivered, unread, busy || unread > 0));
        });
    }

    /** @param busy whether waiting may make it less */
    record Remaining(Map<ResourceName, Long> undelivered, long unread, boolean busy) {}

    private <T> Future<T> onContext(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(turn -> {
            try {
                work.get().onComplete(done);
            } catch (RuntimeException e) {
                done.fail(e);
            }
        });
        return done.future();
    }

    private void replaceTriggers(Iterable<TriggerRoute> routes) {
        Map<String, TriggerRoute> byUid = new HashMap<>();
        routes.forEach(route -> byUid.put(route.uid(), route));
        // Those that go are gone before another of the same name comes: the two share the names of their meters.
        for (Iterator<TriggerQueue> present = queues.values().iterator(); present.hasNext(); ) {
            TriggerQueue queue = present.next();
            if (!byUid.containsKey(queue.route().uid())) {
                present.remove();
                index.remove(queue);
                if (log != null && !retiring) {
                    log.remove(queue);
                }
                leaving.add(queue);
                queue.discard(() -> {
                    leaving.remove(queue);
                    ledger.check(queue);
                    completeIfEmpty();
                });
            }
        }
        for (TriggerRoute route : byUid.values()) {
            TriggerQueue queue = queues.get(route.uid());
            if (queue == null) {
                queue = new TriggerQueue(setup, route);
                queues.put(route.uid(), queue);
                if (log == null) {
                    index.put(queue, route.filter());
                } // Else it matches nothing until the log has its start.
            } else if (!queue.route().equals(route)) {
                queue.update(route);
                if (log == null || log.changed(queue)) {
                    index.put(queue, route.filter());
                }
            }
        }
    }

    private void completeIfEmpty() {
        if (retiring && queues.isEmpty() && leaving.isEmpty()) {
            empty.tryComplete();
        }
    }

    /** Reads from this channel, or from none for now. */
    private Future<Void> read(@Nullable Channel from) {
        if (log != null) {
            log.hold(from == null);
            if (from == null || from == log.channel()) {
                return log.open(queues.values());
            }
        }
        if (from == null) {
            // Not closed: another reader would be handed again what is held here.
            if (reader != null) {
                reader.pause();
            }
            return Future.succeededFuture();
        }
        if (from == channel && reader != null) {
            reader.resume();
            return Future.succeededFuture();
        }
        return readNoMore().compose(closed -> {
            channel = from;
            return from instanceof LogChannel logged ? readLog(logged) : readHolding((HoldingChannel) from);
        });
    }

    private Future<Void> readLog(LogChannel from) {
        LogParking parking = new LogParking(name, context, from, store, shelf);
        log = new LogRead(
                name,
                context,
                from,
                index,
                () -> leaving,
                uid -> mayBeThere.test(uid),
                budget,
                parking,
                countRestarts());
        return log.open(queues.values());
    }

    private Counter countRestarts() {
        Counter counter = Counter.builder(Meters.LOG_RESTARTS)
                .tags(Tags.of(Meters.NAMESPACE, name.namespace(), Meters.BROKER, name.name()))
                .register(registry);
        restarts = counter;
        return counter;
    }

    private Future<Void> readHolding(HoldingChannel from) {
        // It may have been a log before, which others read as well.
        queues.values().forEach(queue -> queue.share(Share.WHOLE));
        return from.subscribe(context, this::scan).compose(opened -> {
            if (channel == from && !stopped) {
                reader = opened;
                return Future.<Void>succeededFuture();
            }
            return opened.close();
        });
    }

    private Future<Void> readNoMore() {
        ChannelReader open = reader;
        LogRead logged = log;
        reader = null;
        log = null;
        channel = null;
        if (restarts != null) {
            registry.remove(restarts);
            restarts = null;
        }
        if (logged != null) {
            return logged.end();
        }
        return open == null ? Future.succeededFuture() : open.close();
    }

    private Future<Void> appendReply(CloudEvent reply, HeldEvent answered) {
        ChannelRecord settled = answered.settledByReply();
        Channel to = channel;
        if (to == null) {
            return Future.failedFuture(new ChannelException(
                    ChannelException.Kind.CLOSED, "the channel of the broker " + name + " is not open"));
        }
        // A log has no room to exchange; what it kept is settled by the event's end, on this context.
        if (log != null) {
            return to.append(List.of(reply), Channel.Admission.REPLY);
        }
        Future<Void> appended = settled == null
                ? to.append(List.of(reply), Channel.Admission.REPLY)
                : to.appendInPlaceOf(settled, reply);
        if (appended.succeeded()) {
            return appended;
        }
        return appended.recover(
                refusal -> isFull(refusal) ? onContext(() -> appendAnyway(reply, answered, to, refusal)) : appended);
    }

    private static boolean isFull(Throwable refusal) {
        return refusal instanceof ChannelException known && known.kind() == ChannelException.Kind.FULL;
    }

    private Future<Void> appendAnyway(CloudEvent reply, HeldEvent answered, Channel to, Throwable refusal) {
        long now = System.nanoTime();
        if (stopped || to != channel || !lastResort.admits(answered, now)) {
            return Future.failedFuture(refusal);
        }
        lastResort.take(reply, now);
        return to.append(List.of(reply), Channel.Admission.LAST_RESORT)
                .recover(again -> onContext(() -> {
                    lastResort.refused(reply);
                    return Future.failedFuture(again);
                }));
    }

    private void scan(ChannelRecord record) {
        RecoveredEvent recovered = readBack.claim(record.event());
        if (recovered != null) {
            goOn(record, recovered);
            return;
        }
        // Not after the last event: what threw on its way would leave its triggers here for this one.
        matched.clear();
        boolean needed = lastResort.claim(record.event());
        index.match(record.event(), matched);
        if (matched.isEmpty()) {
            record.release();
            if (needed) {
                lastResort.over();
            }
            return;
        }
        for (int i = 0; i < matched.size(); i++) {
            matched.get(i).matched();
        }
        held++;
        HeldEvent event = new HeldEvent(record, matched.size(), needed ? this::neededReturned : whenReturned);
        if (needed) {
            event.markLastResort();
        }
        for (int i = 0; i < matched.size(); i++) {
            accept(matched.get(i), event);
        }
    }

    /** What one trigger throws, which would be a defect of ours, must not keep the event from the others. */
    private static void accept(TriggerQueue trigger, HeldEvent event) {
        try {
            trigger.accept(event);
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("trigger", trigger.route().name())
                    .addKeyValue("eventId", event.event().getId())
                    .log("an event could not be begun");
        }
    }

    /** With what was in flight before a stop: not by the filters of today, and only where it had not ended. */
    private void goOn(ChannelRecord record, RecoveredEvent recovered) {
        List<Taken<Place>> places = new ArrayList<>(recovered.places());
        places.removeIf(place -> {
            boolean gone = !queues.containsKey(place.value().triggerUid());
            if (gone) {
                // Deleted after it was found to be there.
                place.whenEnded().run();
            }
            return gone;
        });
        if (places.isEmpty()) {
            record.release();
            return;
        }
        held++;
        HeldEvent event = new HeldEvent(record, places.size(), this::returned);
        for (Taken<Place> place : places) {
            requireNonNull(queues.get(place.value().triggerUid()), "queue")
                    .takeOver(event, place.value(), place.whenEnded());
        }
    }

    private void returned() {
        held--;
    }

    private void neededReturned() {
        held--;
        lastResort.over();
    }
}
