/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Time that passes when a test says so. The actions run on the context that was given; the rest on any thread. */
final class ManualTimers implements Timers {

    private record Entry(long atNanos, Runnable action) {}

    private final Context context;
    private final Map<Long, Entry> set = new TreeMap<>();
    private static final long START = Long.MAX_VALUE - 1_000_000;

    private long nanos = START;
    private long turnNanos;
    private long ids;
    private int most;

    ManualTimers(Context context) {
        this.context = context;
    }

    @Override
    public synchronized long nanoTime() {
        return nanos;
    }

    @Override
    public synchronized long epochMillis() {
        return 1_700_000_000_000L + TimeUnit.NANOSECONDS.toMillis(nanos - START);
    }

    @Override
    public synchronized long schedule(long millis, Runnable action) {
        assertThat(millis).isPositive();
        set.put(++ids, new Entry(nanos + TimeUnit.MILLISECONDS.toNanos(millis), action));
        most = Math.max(most, set.size());
        return ids;
    }

    @Override
    public synchronized void cancel(long timer) {
        set.remove(timer);
    }

    @Override
    public void soon(Runnable action) {
        context.runOnContext(turn -> {
            passTurn();
            action.run();
        });
    }

    /** How many timers there were at most at a time. */
    synchronized int most() {
        return most;
    }

    /** From now on so much time passes before what is to be done {@linkplain #soon soon} is done. */
    synchronized void turnsTake(Duration time) {
        turnNanos = time.toNanos();
    }

    private synchronized void passTurn() {
        nanos += turnNanos;
    }

    /** Lets this time pass and what is due happen. */
    void advance(Duration by) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        context.runOnContext(turn -> {
            pass(by);
            Runnable due = pollDue();
            while (due != null) {
                due.run();
                due = pollDue();
            }
            done.countDown();
        });
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    }

    /** Lets this time pass at once, and nothing that is due happen yet. */
    synchronized void pass(Duration time) {
        nanos += time.toNanos();
    }

    private synchronized Runnable pollDue() {
        return set.entrySet().stream()
                .filter(entry -> entry.getValue().atNanos() - nanos <= 0)
                .min(Comparator.comparingLong(entry -> entry.getValue().atNanos() - nanos))
                .map(entry -> set.remove(entry.getKey()).action())
                .orElse(null);
    }
}
