/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceCondition;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of one source on their way to the sink: of one object one at a time and in order, of several objects side by
 * side. An event that the sink does not take for now is tried until it does; one that it refuses for good is given up and
 * told. Bounded, in that who adds asks for {@link #room} first: it holds at most what there is room for, and one piece of each
 * watch. On one context only.
 */
final class Outbox {

    /** For information; {@code Ready} does not depend on it. */
    static final String DELIVERING = "Delivering";

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private static final int MOST_EVENTS = 100;
    private static final int MOST_BYTES = 1024 * 1024;
    private static final int MOST_UNDERWAY = 16;
    /** After the sink has been tried as often as any: between that and the next time. */
    private static final long FIRST_WAIT_MILLIS = 5_000;

    private static final long LONGEST_WAIT_MILLIS = 60_000;

    private final ResourceName name;
    private final AdapterHost host;
    private final Context context;

    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
    /** Objects of which an event is under way. */
    private final Set<String> busy = new HashSet<>();

    private final List<Promise<Void>> wantRoom = new ArrayList<>();
    private final Set<Long> timers = new HashSet<>();
    private final Promise<Void> idle = Promise.promise();
    private int events;
    private long bytes;
    private int underway;
    /** Written on the context; asked for on any thread, before each attempt of an event. */
    private volatile boolean closed;

    Outbox(ResourceName name, AdapterHost host, Context context) {
        this.name = requireNonNull(name, "name");
        this.host = requireNonNull(host, "host");
        this.context = requireNonNull(context, "context");
    }

    /** An event and where it belongs. */
    private static final class Pending {

        final String object;
        final CloudEvent event;
        final int size;
        final Progress progress;
        final Progress.Step step;
        long wait = FIRST_WAIT_MILLIS;

        Pending(String object, CloudEvent event, int size, Progress progress, Progress.Step step) {
            this.object = object;
            this.event = event;
            this.size = size;
            this.progress = progress;
            this.step = step;
        }
    }

    /**
     * Takes an event.
     *
     * @param object in whose order it is
     * @param size in bytes, about
     * @param through where the watch is after it, see {@link Progress#begin}
     */
    void add(String object, CloudEvent event, int size, Progress progress, String through) {
        if (closed) {
            return;
        }
        events++;
        bytes += size;
        waiting.add(new Pending(object, event, size, progress, progress.begin(through)));
        sendWhatCan();
    }

    boolean hasRoom() {
        return events < MOST_EVENTS && bytes < MOST_BYTES;
    }

    /** Completes when there is room; never, once it is closed. */
    Future<Void> room() {
        if (hasRoom()) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        wantRoom.add(promise);
        return promise.future();
    }

    private void sendWhatCan() {
        Set<String> passed = new HashSet<>();
        Iterator<Pending> next = waiting.iterator();
        while (underway < MOST_UNDERWAY && next.hasNext()) {
            Pending pending = next.next();
            // Nor may a later one of the object overtake one that has to wait.
            if (busy.contains(pending.object) || passed.contains(pending.object)) {
                passed.add(pending.object);
                continue;
            }
            next.remove();
            busy.add(pending.object);
            underway++;
            send(pending);
        }
    }

    private void send(Pending pending) {
        // Once closed, it is sent by whoever goes on with the source.
        host.emit(pending.event, () -> !closed)
                .onComplete(sent -> context.runOnContext(here -> {
                    if (sent.succeeded()) {
                        host.report(SourceCondition.isTrue(DELIVERING));
                        settle(pending);
                    } else {
                        failed(pending, sent.cause());
                    }
                }));
    }

    private void failed(Pending pending, Throwable cause) {
        boolean again = !(cause instanceof SinkException refused) || refused.isRetryable();
        if (again && closed) {
            leave(pending);
            return;
        }
        host.report(SourceCondition.isFalse(
                DELIVERING,
                again ? "SinkUnavailable" : "SinkRefused",
                again
                        ? "events wait, since the sink does not take them: " + cause.getMessage()
                        : "an event was given up, since the sink refuses it: " + cause.getMessage()));
        LOG.atWarn()
                .addKeyValue("source", name)
                .addKeyValue("eventId", pending.event.getId())
                .addKeyValue("subject", pending.event.getSubject())
                .addKeyValue("error", cause.getMessage())
                .log(again ? "an event waits for the sink" : "the sink refuses an event; it is lost");
        if (!again) {
            settle(pending);
        } else {
            timers.add(context.owner().setTimer(pending.wait, rang -> {
                timers.remove(rang);
                send(pending);
            }));
            pending.wait = Math.min(LONGEST_WAIT_MILLIS, 2 * pending.wait);
        }
    }

    private void settle(Pending pending) {
        pending.progress.settle(pending.step);
        leave(pending);
    }

    private void leave(Pending pending) {
        busy.remove(pending.object);
        underway--;
        events--;
        bytes -= pending.size;
        if (closed) {
            endIfIdle();
            return;
        }
        sendWhatCan();
        if (hasRoom() && !wantRoom.isEmpty()) {
            List<Promise<Void>> told = List.copyOf(wantRoom);
            wantRoom.clear();
            told.forEach(Promise::complete);
        }
    }

    /**
     * Begins no event any more.
     *
     * @return completes when what is with the sink has ended
     */
    Future<Void> close() {
        if (!closed) {
            closed = true;
            waiting.clear();
            wantRoom.clear();
            underway -= timers.size();
            timers.forEach(timer -> context.owner().cancelTimer(timer));
            timers.clear();
            endIfIdle();
        }
        return idle.future();
    }

    private void endIfIdle() {
        if (underway == 0) {
            idle.tryComplete();
        }
    }
}
