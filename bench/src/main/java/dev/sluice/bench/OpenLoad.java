/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Posts so many events per second, whatever becomes of them, unless told otherwise each with the time of its posting as its
 * id, so that the {@link Sink} can tell how long it took.
 */
final class OpenLoad implements AutoCloseable {

    private static final int CONNECTIONS = 64;

    private static final long RESTING_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Producer producer;
    private final Producer.Events events;
    private final Context context;
    private final long intervalNanos;
    private final AtomicLong refused = new AtomicLong();
    private final Thread pacer = new Thread(this::pace, "pacer");
    private volatile boolean running;
    private volatile boolean closed;

    OpenLoad(Vertx vertx, String url, int perSecond) {
        this(vertx, url, perSecond, Producer.Events.TIMED);
    }

    OpenLoad(Vertx vertx, String url, int perSecond, Producer.Events events) {
        this.events = events;
        producer = new Producer(vertx, url, CONNECTIONS);
        context = vertx.getOrCreateContext();
        intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        pacer.setDaemon(true);
        pacer.start();
    }

    void run() {
        running = true;
    }

    /** Sends nothing more until the next {@link #run}; what is under way still comes. */
    void rest() {
        running = false;
    }

    long refused() {
        return refused.get();
    }

    private void pace() {
        long due = System.nanoTime();
        while (!closed) {
            if (!running) {
                // Of several loads on a machine, those whose turn it is not must cost nothing.
                LockSupport.parkNanos(RESTING_NANOS);
                due = System.nanoTime();
                continue;
            }
            long early = due - System.nanoTime();
            if (early > 0) {
                LockSupport.parkNanos(early);
                continue;
            }
            due += intervalNanos;
            context.runOnContext(turn -> post());
        }
    }

    private void post() {
        producer.post(events.next(producer), accepted -> {
            if (!accepted) {
                refused.incrementAndGet();
            }
        });
    }

    @Override
    public void close() {
        closed = true;
    }
}
