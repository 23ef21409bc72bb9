/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import dev.sluice.testkit.Ledger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fixed number of events, sent as fast as they are taken by a fixed number of senders. Each sender has one event on its
 * way, and when it is refused with 429 waits for as long as {@code Retry-After} says before it offers the same event
 * again. Every other answer than 202 and 429 is a fault.
 */
final class Flood implements AutoCloseable {

    static final int SENDERS = 32;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final HttpClient client;
    private final RequestOptions target;
    private final Ledger ledger;
    private final int events;
    private final Buffer data;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger finished = new AtomicInteger();

    private Flood(URI to, int events, int dataBytes, Ledger ledger) {
        vertx = Vertx.builder()
                .with(new VertxOptions()
                        .setEventLoopPoolSize(1)
                        .setFileSystemOptions(new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false)))
                .build();
        client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) PATIENCE.toMillis()),
                new PoolOptions().setHttp1MaxSize(SENDERS));
        target = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(to.getHost())
                .setPort(to.getPort())
                .setURI(to.getPath())
                .setTimeout(PATIENCE.toMillis());
        this.ledger = ledger;
        this.events = events;
        byte[] bytes = new byte[dataBytes];
        new Random(4711).nextBytes(bytes);
        data = Buffer.buffer(bytes);
    }

    /** Starts to send; ids are {@code e-0}, {@code e-1}, … */
    static Flood start(URI to, int events, int dataBytes, Ledger ledger) {
        Flood flood = new Flood(to, events, dataBytes, ledger);
        flood.vertx.runOnContext(start -> {
            for (int i = 0; i < SENDERS; i++) {
                flood.sendNext();
            }
        });
        return flood;
    }

    /** How often an event was refused with 429. */
    int refusals() {
        return refusals.get();
    }

    /** Whatever came in place of a 202 or a proper 429. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    /** Whether every event is accepted, or a sender gave up on a fault. */
    boolean isOver() {
        return finished.get() == SENDERS;
    }

    private void sendNext() {
        int number = next.getAndIncrement();
        if (number >= events) {
            finished.incrementAndGet();
            return;
        }
        offer("e-" + number);
    }

    private void offer(String id) {
        ledger.offered(id);
        client.request(target)
                .compose(request -> request.putHeader("ce-specversion", "1.0")
                        .putHeader("ce-id", id)
                        .putHeader("ce-source", "/flood")
                        .putHeader("ce-type", "dev.sluice.flood")
                        .putHeader("content-type", "application/octet-stream")
                        .send(data))
                .compose(response -> settle(id, response))
                .onFailure(failure -> fault(id + ": " + failure));
    }

    private Future<Void> settle(String id, HttpClientResponse response) {
        return response.body().map(body -> {
            if (response.statusCode() == 202) {
                ledger.accepted(id);
                sendNext();
            } else if (response.statusCode() == 429) {
                refused(id, response.getHeader("retry-after"), body.toString());
            } else {
                fault(id + ": " + response.statusCode() + " " + body);
            }
            return null;
        });
    }

    private void refused(String id, String retryAfter, String body) {
        if (retryAfter == null || !retryAfter.matches("[1-9][0-9]{0,2}")) {
            fault(id + ": 429 with Retry-After: " + retryAfter);
            return;
        }
        if (!body.contains("\"error\"") || !body.contains("\"remedy\"")) {
            fault(id + ": 429 with the body " + body);
            return;
        }
        refusals.incrementAndGet();
        vertx.setTimer(TimeUnit.SECONDS.toMillis(Long.parseLong(retryAfter)), again -> offer(id));
    }

    /** The sender stops here, so that the test ends and says why. */
    private void fault(String what) {
        faults.add(what);
        finished.incrementAndGet();
    }

    @Override
    public void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
