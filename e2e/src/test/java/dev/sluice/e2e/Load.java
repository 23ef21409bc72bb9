/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import dev.sluice.testkit.Events;
import dev.sluice.testkit.Ledger;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Events sent one after another until it is closed, with a bounded number of requests on their way, each counted in a
 * ledger when it is offered and when it was accepted. Refusals and failures are kept, for a test to say which it allows.
 */
final class Load implements AutoCloseable {

    private static final int ON_THE_WAY = 16;

    private final Semaphore slots = new Semaphore(ON_THE_WAY);
    private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
    private final AtomicLong sent = new AtomicLong();
    private final Thread sender;
    private volatile boolean stopped;

    private Load(
            Sluice sluice,
            URI to,
            String prefix,
            Ledger ledger,
            Duration interval,
            Function<String, CloudEvent> events) {
        sender = new Thread(() -> run(sluice, to, prefix, ledger, interval, events), "load-" + prefix);
        sender.start();
    }

    /**
     * Starts to send; ids are {@code prefix-0}, {@code prefix-1}, …
     *
     * @param interval between two events; zero: as fast as they are answered
     */
    static Load start(Sluice sluice, URI to, String prefix, Ledger ledger, Duration interval) {
        return new Load(sluice, to, prefix, ledger, interval, Events::withId);
    }

    /** Starts to send events with a partition key each, so that they are spread over all partitions. */
    static Load startSpread(Sluice sluice, URI to, String prefix, Ledger ledger, Duration interval) {
        return new Load(
                sluice,
                to,
                prefix,
                ledger,
                interval,
                id -> CloudEventBuilder.v1(Events.withId(id))
                        .withExtension("partitionkey", id)
                        .build());
    }

    /** Starts to send what this function makes of each id. */
    static Load start(
            Sluice sluice,
            URI to,
            String prefix,
            Ledger ledger,
            Duration interval,
            Function<String, CloudEvent> events) {
        return new Load(sluice, to, prefix, ledger, interval, events);
    }

    /** How many events have been offered. */
    long sent() {
        return sent.get();
    }

    /** Whatever came in place of a 202: a status code, or the text of an exception. */
    Queue<String> refusals() {
        return refusals;
    }

    private void run(
            Sluice sluice,
            URI to,
            String prefix,
            Ledger ledger,
            Duration interval,
            Function<String, CloudEvent> events) {
        while (!stopped) {
            // A pace, not a wait for anything: a machine that is kept busy by its tests measures nothing else.
            LockSupport.parkNanos(interval.toNanos());
            slots.acquireUninterruptibly();
            String id = prefix + "-" + sent.getAndIncrement();
            ledger.offered(id);
            CompletableFuture<HttpResponse<String>> answer = sluice.postAsync(to, events.apply(id));
            answer.whenComplete((response, failure) -> {
                if (failure != null) {
                    refusals.add(String.valueOf(failure));
                } else if (response.statusCode() == 202) {
                    ledger.accepted(id);
                } else {
                    refusals.add(Integer.toString(response.statusCode()));
                }
                slots.release();
            });
        }
    }

    /** Stops sending and waits for the answers to what was sent. */
    @Override
    public void close() {
        stopped = true;
        try {
            sender.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        slots.acquireUninterruptibly(ON_THE_WAY);
        slots.release(ON_THE_WAY);
    }
}
