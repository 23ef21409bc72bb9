/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.spool.Place;
import dev.sluice.dispatcher.spool.Spool.RecoveredEvent;
import dev.sluice.dispatcher.spool.Spool.Taken;
import dev.sluice.dispatcher.spool.Waiting;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events that were in flight before a stop, on their way through the channel of their broker to the triggers that had not
 * ended them. They go through the channel, so that they count against its capacity and come before what is accepted later;
 * when the channel hands one over it is known by being the very object that was appended. Confined to the context of its
 * broker.
 */
final class ReadBack {

    private static final Logger LOG = LoggerFactory.getLogger(ReadBack.class);

    /** As many are appended before other work of the event loop gets its turn. */
    private static final int PER_TURN = 500;

    /** How long it waits for room, if the channel holds less than it did before the stop. */
    private static final long ROOM_LOOK_MILLIS = 100;

    private final ResourceName broker;
    private final Context context;

    /** Not appended yet. */
    private final Deque<RecoveredEvent> ahead = new ArrayDeque<>();
    /** Not for this channel. */
    private final List<RecoveredEvent> refused = new ArrayList<>();
    /** Appended, and not handed over yet. */
    private final IdentityHashMap<CloudEvent, RecoveredEvent> inChannel = new IdentityHashMap<>();

    private boolean stopped;

    ReadBack(ResourceName broker, Context context) {
        this.broker = broker;
        this.context = context;
    }

    /**
     * Appends events. What the channel has no room for now is appended when there is.
     *
     * @return completes when all are in the channel, or the channel is full
     */
    Future<Void> append(List<RecoveredEvent> events, Channel to) {
        ahead.addAll(events);
        return appendNext(to);
    }

    /** Takes events that are not to be appended to this channel, and are given out again when the process stops. */
    void keep(List<RecoveredEvent> events) {
        refused.addAll(events);
    }

    private Future<Void> appendNext(Channel to) {
        for (int i = 0; !stopped && !ahead.isEmpty(); i++) {
            if (i == PER_TURN) {
                Promise<Void> rest = Promise.promise();
                context.runOnContext(turn -> appendNext(to).onComplete(rest));
                return rest.future();
            }
            RecoveredEvent next = ahead.peekFirst();
            inChannel.put(next.event(), next);
            // In the room that replies have too: it was in the channel before.
            Future<Void> appended = to.append(List.of(next.event()), Channel.Admission.REPLY);
            if (appended.succeeded()) {
                ahead.pollFirst();
            } else if (appended.isComplete()) {
                if (!refused(next, appended.cause(), to)) {
                    return Future.succeededFuture();
                }
            } else {
                // Completes on any thread.
                Promise<Void> rest = Promise.promise();
                appended.onComplete(result -> context.runOnContext(turn -> {
                    if (result.succeeded()) {
                        ahead.pollFirst();
                    }
                    if (result.succeeded() || refused(next, result.cause(), to)) {
                        appendNext(to).onComplete(rest);
                    } else {
                        rest.complete();
                    }
                }));
                return rest.future();
            }
        }
        return Future.succeededFuture();
    }

    /** Tells whether to go on with the next. */
    private boolean refused(RecoveredEvent event, Throwable refusal, Channel to) {
        inChannel.remove(event.event());
        if (refusal instanceof ChannelException known && known.kind() == ChannelException.Kind.TOO_LARGE) {
            // Stays in the spool, for a process with more memory.
            ahead.pollFirst();
            refused.add(event);
            LOG.atError()
                    .addKeyValue("broker", broker)
                    .addKeyValue("eventId", event.event().getId())
                    .addKeyValue("error", refusal.getMessage())
                    .log("an event of an earlier life of the process can't be read back; it stays on disk");
            return true;
        }
        LOG.atDebug()
                .addKeyValue("broker", broker)
                .addKeyValue("events", ahead.size())
                .addKeyValue("error", refusal.getMessage())
                .log("the channel has no room for what is to be read back; trying again");
        if (stopped) {
            return false;
        }
        Vertx vertx = context.owner();
        vertx.setTimer(
                ROOM_LOOK_MILLIS,
                timer -> context.runOnContext(turn -> {
                    Future<Void> unused = appendNext(to);
                }));
        return false;
    }

    /** What this event is to go on with, if it is one of those; null, and quickly so, for every other. */
    @Nullable
    RecoveredEvent claim(CloudEvent event) {
        return inChannel.isEmpty() ? null : inChannel.remove(event);
    }

    /** The broker is deleted: what has not come back from the channel has ended with it, on disk too. */
    void discard() {
        stopped = true;
        ahead.addAll(refused);
        ahead.addAll(inChannel.values());
        for (RecoveredEvent event : ahead) {
            event.places().forEach(place -> place.whenEnded().run());
        }
        ahead.clear();
        refused.clear();
        inChannel.clear();
    }

    /** Gives out what has not come back from the channel: the process stops. */
    void stop(Consumer<Waiting> rest) {
        stopped = true;
        ahead.addAll(refused);
        // What the channel has and never handed over.
        ahead.addAll(inChannel.values());
        for (RecoveredEvent event : ahead) {
            List<Place> places = new ArrayList<>(event.places().size());
            for (Taken<Place> place : event.places()) {
                places.add(place.value());
            }
            rest.accept(new Waiting(event.event(), places));
        }
    }
}
