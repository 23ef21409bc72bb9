/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Posts events over a fixed number of connections, unless told otherwise one and the same, the next request on each as soon
 * as the last was answered: what is behind it is saturated.
 */
final class ClosedLoad {

    private final Vertx vertx;
    private final Producer producer;
    private final Producer.Events events;
    private final int connections;
    private final long mostBehind;
    private final @Nullable LongSupplier done;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicInteger going = new AtomicInteger();
    private volatile boolean running;

    /** A load that nothing but the answers holds up. */
    ClosedLoad(Vertx vertx, String url, int connections) {
        this(vertx, url, connections, Long.MAX_VALUE, null, sameAgain());
    }

    /**
     * A load that is never far ahead of what comes out at the other end: what is measured is the way of an event, not the
     * growth of a backlog.
     *
     * @param done how many of its events have come to their end so far
     */
    ClosedLoad(Vertx vertx, String url, int connections, long mostBehind, LongSupplier done) {
        this(vertx, url, connections, mostBehind, done, sameAgain());
    }

    ClosedLoad(
            Vertx vertx,
            String url,
            int connections,
            long mostBehind,
            @Nullable LongSupplier done,
            Producer.Events events) {
        this.vertx = vertx;
        producer = new Producer(vertx, url, connections);
        this.events = events;
        this.connections = connections;
        this.mostBehind = mostBehind;
        this.done = done;
    }

    /** One request for all, which costs the load nothing. */
    private static Producer.Events sameAgain() {
        AtomicReference<RequestOptions> request = new AtomicReference<>();
        return producer -> {
            RequestOptions made = request.get();
            if (made == null) {
                made = producer.request("A234-1234-1234");
                request.set(made);
            }
            return made;
        };
    }

    void run() {
        running = true;
        while (going.get() < connections) {
            going.incrementAndGet();
            next();
        }
    }

    /** Sends nothing more until the next {@link #run}; what is under way still comes. */
    void rest() {
        running = false;
    }

    private void next() {
        if (!running) {
            going.decrementAndGet();
            return;
        }
        if (done != null && accepted.get() - done.getAsLong() > mostBehind) {
            vertx.setTimer(1, timer -> next());
            return;
        }
        producer.post(events.next(producer), wasAccepted -> {
            (wasAccepted ? accepted : refused).incrementAndGet();
            next();
        });
    }

    long accepted() {
        return accepted.get();
    }

    long refused() {
        return refused.get();
    }
}
