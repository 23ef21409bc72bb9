/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.channel.Positions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** A reader of a log that notes all that it is told. Its methods may be called on any thread. */
final class LogReading implements LogHandler {

    private final Context context;
    private final LogReader reader;

    // Guarded by this.
    private final Map<Integer, Assignment> assigned = new TreeMap<>();
    private final Map<Integer, Long> next = new HashMap<>();
    private final List<LogRecord> records = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> breaches = new ArrayList<>();
    private IntFunction<Future<Void>> whenRevoked = partition -> Future.succeededFuture();

    LogReading(Vertx vertx, LogChannel channel) {
        context = vertx.getOrCreateContext();
        reader = Waiting.on(channel.subscribe(context, this));
    }

    @Override
    public synchronized void assigned(Assignment assignment) {
        check();
        assigned.put(assignment.partition(), assignment);
        next.put(assignment.partition(), assignment.positions().watermark());
    }

    @Override
    public synchronized void read(LogBatch batch) {
        check();
        Long expected = next.get(batch.partition());
        if (expected == null || batch.from() < expected) {
            breaches.add("a batch from " + batch.from() + " of partition " + batch.partition() + " at " + expected);
        }
        long offset = batch.from() - 1;
        for (LogRecord record : batch.records()) {
            if (record.offset() <= offset || record.offset() >= batch.next() || record.bytes() < 1) {
                breaches.add("a record at " + record.offset() + " after " + offset + " in " + batch);
            }
            offset = record.offset();
            records.add(record);
        }
        next.put(batch.partition(), batch.next());
    }

    @Override
    public synchronized void started(int partition, String triggerUid, long offset) {
        check();
        told.add(partition + ": " + triggerUid + " at " + offset);
    }

    @Override
    public synchronized void moved(int partition, String triggerUid, long offset) {
        check();
        told.add(partition + ": " + triggerUid + " moved to " + offset);
    }

    @Override
    public synchronized void forgotten(String triggerUid) {
        check();
        told.add(triggerUid + " forgotten");
    }

    @Override
    public Future<Void> revoked(int partition, Duration within) {
        IntFunction<Future<Void>> then;
        synchronized (this) {
            check();
            next.remove(partition);
            then = whenRevoked;
        }
        return then.apply(partition).onComplete(done -> forget(partition));
    }

    @Override
    public synchronized void lost(int partition) {
        check();
        next.remove(partition);
        assigned.remove(partition);
    }

    private synchronized void forget(int partition) {
        assigned.remove(partition);
    }

    private synchronized void check() {
        if (Vertx.currentContext() != context) {
            breaches.add("called on " + Thread.currentThread().getName() + ", not on its context");
        }
    }

    synchronized void whenRevoked(IntFunction<Future<Void>> then) {
        whenRevoked = then;
    }

    synchronized Map<Integer, Assignment> assigned() {
        return new TreeMap<>(assigned);
    }

    synchronized List<LogRecord> records() {
        return List.copyOf(records);
    }

    synchronized List<String> ids() {
        return records.stream().map(record -> record.event().getId()).toList();
    }

    synchronized List<String> told() {
        return List.copyOf(told);
    }

    synchronized List<String> breaches() {
        return List.copyOf(breaches);
    }

    /** The offset that the read of this partition is at. */
    synchronized long next(int partition) {
        return next.getOrDefault(partition, -1L);
    }

    LogReader reader() {
        return reader;
    }

    void commit(int partition, Positions positions) {
        Waiting.on(onContext(() -> reader.commit(partition, positions)));
    }

    void restart(int partition) {
        Waiting.on(onContext(() -> {
            reader.restart(partition);
            return Future.succeededFuture();
        }));
    }

    CatchUpReader catchUp() {
        return Waiting.on(onContext(() -> Future.succeededFuture(reader.catchUp())));
    }

    LogBatch read(CatchUpReader with, int partition, long from, int maxBytes) {
        return Waiting.on(onContext(() -> with.read(partition, from, maxBytes)));
    }

    void close() {
        Waiting.on(onContext(reader::close));
    }

    private <T> Future<T> onContext(Supplier<Future<T>> action) {
        Promise<T> done = Promise.promise();
        context.runOnContext(turn -> action.get().onComplete(done));
        return done.future();
    }
}
