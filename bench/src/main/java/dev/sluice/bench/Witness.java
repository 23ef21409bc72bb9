/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * A subscriber that knows what it has got: which events came again, which types have come, and how long events took whose
 * ids are the times of their posting.
 */
final class Witness {

    private final String url;

    // Guarded by this.
    private final Set<String> ids = new HashSet<>();
    private final Set<String> types = new HashSet<>();
    /** Posted and not here yet, as far as somebody has said so. */
    private final NavigableSet<Long> awaited = new TreeSet<>();

    private long repeated;
    private long firstNanos;
    private long lastNewTypeNanos;
    private double longestDelayMillis;

    private Witness(Vertx vertx) {
        int port = vertx.createHttpServer()
                .requestHandler(this::receive)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
        url = "http://127.0.0.1:" + port + "/";
    }

    static Witness start(Vertx vertx) {
        return new Witness(vertx);
    }

    String url() {
        return url;
    }

    /** Forgets what it has got so far, but for the ids, which are still told when they come again. */
    synchronized void forget() {
        types.clear();
        repeated = 0;
        firstNanos = 0;
        longestDelayMillis = 0;
    }

    /** What is posted from now on counts as awaited, and nothing that was posted before. */
    synchronized void awaitNothing() {
        awaited.clear();
    }

    /** This one has been posted, or is about to be. */
    synchronized void await(long id) {
        awaited.add(id);
    }

    /** Whether everything that is awaited and was posted before this time, by {@link System#nanoTime()}, is here. */
    synchronized boolean hasAllBefore(long nanos) {
        return awaited.isEmpty() || awaited.first() >= nanos;
    }

    synchronized int types() {
        return types.size();
    }

    /** How many arrivals were of events that had been here before. */
    synchronized long repeated() {
        return repeated;
    }

    synchronized int received() {
        return ids.size();
    }

    /** When the first arrival was, by {@link System#nanoTime()}; 0 if there was none. */
    synchronized long firstNanos() {
        return firstNanos;
    }

    /** When a type came for the first time that did so last. */
    synchronized long lastNewTypeNanos() {
        return lastNewTypeNanos;
    }

    synchronized double longestDelayMillis() {
        return longestDelayMillis;
    }

    private void receive(HttpServerRequest request) {
        note(request.getHeader("ce-id"), request.getHeader("ce-type"), System.nanoTime());
        request.body().onSuccess(body -> request.response().setStatusCode(200).end());
    }

    private synchronized void note(String id, String type, long now) {
        if (firstNanos == 0) {
            firstNanos = now;
        }
        if (types.add(type)) {
            lastNewTypeNanos = now;
        }
        if (!ids.add(id)) {
            repeated++;
            return;
        }
        long posted = Long.parseLong(id);
        awaited.remove(posted);
        double delay = (now - posted) / (double) TimeUnit.MILLISECONDS.toNanos(1);
        longestDelayMillis = Math.max(longestDelayMillis, delay);
    }
}
