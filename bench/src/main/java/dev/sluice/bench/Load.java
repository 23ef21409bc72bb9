/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Posts one CloudEvent of 1 KiB again and again over a fixed number of connections, the next request on each as soon as
 * the last was answered.
 */
final class Load {

    static final int EVENT_BYTES = 1024;

    private static final long MOST_BEHIND = 256;

    private final HttpClientAgent client;
    private final RequestOptions request;
    private final Buffer body = Buffer.buffer("x".repeat(EVENT_BYTES));
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Vertx vertx;
    private final LongSupplier done;
    private volatile boolean running = true;

    private Load(Vertx vertx, String url, int connections, @Nullable LongSupplier done) {
        this.vertx = vertx;
        this.done = done == null ? accepted::get : done;
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAlive(true), new PoolOptions().setHttp1MaxSize(connections));
        request = new RequestOptions()
                .setAbsoluteURI(url)
                .setMethod(HttpMethod.POST)
                .putHeader("ce-specversion", "1.0")
                .putHeader("ce-id", "A234-1234-1234")
                .putHeader("ce-source", "/bench/load")
                .putHeader("ce-type", "dev.sluice.bench")
                .putHeader("content-type", "application/octet-stream");
    }

    /** Starts at once, and runs until {@link #stop}. */
    static Load start(Vertx vertx, String url, int connections) {
        return start(vertx, url, connections, null);
    }

    /**
     * Starts at once, and runs until {@link #stop}, never more than {@link #MOST_BEHIND} events ahead of {@code done}: what
     * is measured is the way of an event, not the growth of a backlog.
     */
    static Load start(Vertx vertx, String url, int connections, @Nullable LongSupplier done) {
        Load load = new Load(vertx, url, connections, done);
        for (int i = 0; i < connections; i++) {
            load.next();
        }
        return load;
    }

    private void next() {
        if (!running) {
            return;
        }
        if (accepted.get() - done.getAsLong() > MOST_BEHIND) {
            vertx.setTimer(1, timer -> next());
            return;
        }
        client.request(request)
                .compose(sending -> sending.send(body))
                .compose(response -> response.end().map(response.statusCode()))
                .onComplete(answer -> {
                    if (answer.succeeded() && answer.result() / 100 == 2) {
                        accepted.incrementAndGet();
                    } else {
                        refused.incrementAndGet();
                    }
                    next();
                });
    }

    long accepted() {
        return accepted.get();
    }

    long refused() {
        return refused.get();
    }

    void stop() {
        running = false;
    }
}
