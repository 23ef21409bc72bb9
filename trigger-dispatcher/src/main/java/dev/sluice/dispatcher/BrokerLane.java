/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.channel.HoldingChannel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.ContextTimers;
import dev.sluice.dispatcher.delivery.HeldEvent;
import dev.sluice.dispatcher.delivery.ReplyAppender;
import dev.sluice.dispatcher.delivery.TriggerQueue;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.match.TriggerIndex;
import dev.sluice.dispatcher.send.Targets;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything of one broker, on one event-loop context: the one read of its channel, the index over its triggers and their
 * queues. Its package's methods get there by themselves; whatever else it does, it does there, so nothing in it is shared.
 */
final class BrokerLane {

    private final ResourceName name;
    private final Context context;
    private final TriggerQueue.Setup setup;

    /** By UID. Written on the context alone; a map for many threads because statistics are read on any. */
    private final Map<String, TriggerQueue> queues = new ConcurrentHashMap<>();
    /** Deleted, with requests that still run. */
    private final Set<TriggerQueue> leaving = new HashSet<>();

    private final TriggerIndex<TriggerQueue> index = new TriggerIndex<>();

    /** Filled for one event at a time, so that matching allocates nothing. */
    private final List<TriggerQueue> matched = new ArrayList<>();

    private @Nullable Channel channel;
    private @Nullable ChannelReader reader;
    /** Events that were handed over and have not gone back. */
    private long held;

    private boolean stopped;
    private Promise<Void> empty = Promise.promise();

    BrokerLane(
            ResourceName name, Context context, Targets targets, DispatcherSettings settings, MeterRegistry registry) {
        this.name = name;
        this.context = context;
        setup = new TriggerQueue.Setup(
                name,
                new ContextTimers(context),
                targets,
                new ReplyAppender(this::appendReply, settings.initialTtl()),
                settings.maxInFlight(),
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
     * @return completes when the next event that is handed over is matched against them
     */
    Future<Void> apply(BrokerRoute route, @Nullable Channel from) {
        return onContext(() -> {
            replaceTriggers(route.triggers().values());
            return read(from);
        });
    }

    /**
     * Ends the broker: its triggers are deleted, its channel is read no more.
     *
     * @return completes when the read has ended and every backlog is being discarded; {@link #empty} when nothing is left
     */
    Future<Void> retire() {
        return onContext(() -> {
            replaceTriggers(List.of());
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
        return onContext(() -> {
            stopped = true;
            List<Future<Void>> closing = new ArrayList<>();
            closing.add(readNoMore());
            queues.values().forEach(queue -> closing.add(queue.stop()));
            leaving.forEach(queue -> closing.add(queue.stop()));
            queues.clear();
            leaving.clear();
            index.clear();
            return Future.join(closing).mapEmpty();
        });
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
            // The channel counts what nobody has released; what is not held here has not been handed over yet.
            long unread = channel == null ? 0 : Math.max(0, channel.fill().events() - held);
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
                leaving.add(queue);
                queue.discard(() -> {
                    leaving.remove(queue);
                    completeIfEmpty();
                });
            }
        }
        for (TriggerRoute route : byUid.values()) {
            TriggerQueue queue = queues.get(route.uid());
            if (queue == null) {
                queue = new TriggerQueue(setup, route);
                queues.put(route.uid(), queue);
                index.put(queue, route.filter());
            } else if (!queue.route().equals(route)) {
                queue.update(route);
                index.put(queue, route.filter());
            }
        }
    }

    private void completeIfEmpty() {
        if (queues.isEmpty() && leaving.isEmpty()) {
            empty.tryComplete();
        }
    }

    /** Reads from this channel, or from none for now. */
    private Future<Void> read(@Nullable Channel from) {
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
        return readNoMore()
                .compose(closed -> {
                    channel = from;
                    return ((HoldingChannel) from).subscribe(context, this::scan);
                })
                .compose(opened -> {
                    if (channel == from && !stopped) {
                        reader = opened;
                        return Future.<Void>succeededFuture();
                    }
                    return opened.close();
                });
    }

    private Future<Void> readNoMore() {
        ChannelReader open = reader;
        reader = null;
        channel = null;
        return open == null ? Future.succeededFuture() : open.close();
    }

    private Future<Void> appendReply(CloudEvent reply, @Nullable ChannelRecord settled) {
        Channel to = channel;
        if (to == null) {
            return Future.failedFuture(new ChannelException(
                    ChannelException.Kind.CLOSED, "the channel of the broker " + name + " is not open"));
        }
        return settled == null
                ? to.append(List.of(reply), Channel.Admission.REPLY)
                : to.appendInPlaceOf(settled, reply);
    }

    private void scan(ChannelRecord record) {
        index.match(record.event(), matched);
        if (matched.isEmpty()) {
            record.release();
            return;
        }
        held++;
        HeldEvent event = new HeldEvent(record, matched.size(), this::returned);
        for (int i = 0; i < matched.size(); i++) {
            matched.get(i).accept(event);
        }
        matched.clear();
    }

    private void returned() {
        held--;
    }
}
