/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** The subscriber of the load runs, in the driver's own process, whose cost nobody counts. */
final class Sink {

    private static final long LONGEST_MICROS = TimeUnit.MINUTES.toMicros(1);

    private final AtomicLong received = new AtomicLong();
    private final AtomicInteger port = new AtomicInteger();
    /** In microseconds. */
    private final Recorder delays = new Recorder(LONGEST_MICROS, 3);

    private final boolean timed;
    /** Of the last arrival; confined to the event loop. */
    private long lastNanos = System.nanoTime();

    private final AtomicLong longestGapNanos = new AtomicLong();

    private Sink(boolean timed) {
        this.timed = timed;
    }

    static Sink start(Vertx vertx) {
        return start(vertx, new Sink(false));
    }

    /** For events whose ids are the times of their posting, as those of {@link OpenLoad} are. */
    static Sink timed(Vertx vertx) {
        return start(vertx, new Sink(true));
    }

    private static Sink start(Vertx vertx, Sink sink) {
        vertx.deployVerticle(() -> sink.new Listener(), new DeploymentOptions())
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        return sink;
    }

    String url() {
        return "http://127.0.0.1:" + port.get() + "/";
    }

    long received() {
        return received.get();
    }

    /** From the posting of each event to its arrival here, in microseconds, since this was called last. */
    Histogram delays() {
        return delays.getIntervalHistogram();
    }

    /** The longest time between two arrivals, in milliseconds, since this was called last. */
    double longestGapMillis() {
        return longestGapNanos.getAndSet(0) / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }

    private void receive(HttpServerRequest request) {
        long now = System.nanoTime();
        longestGapNanos.accumulateAndGet(now - lastNanos, Math::max);
        lastNanos = now;
        if (timed) {
            long nanos = now - Long.parseLong(request.getHeader("ce-id"));
            delays.recordValue(Math.min(LONGEST_MICROS, TimeUnit.NANOSECONDS.toMicros(nanos)));
        }
        request.body().onSuccess(body -> {
            received.incrementAndGet();
            request.response().setStatusCode(200).end();
        });
    }

    private final class Listener extends AbstractVerticle {

        @Override
        public void start(Promise<Void> started) {
            vertx.createHttpServer()
                    .requestHandler(Sink.this::receive)
                    .listen(0, "127.0.0.1")
                    .<Void>map(server -> {
                        port.set(server.actualPort());
                        return null;
                    })
                    .onComplete(started);
        }
    }
}
