/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;

/**
 * The thread that polls, the consumer that it alone may use, and how others reach it: by commands, which it runs between polls.
 *
 * <p>Inside of a poll only a wakeup reaches it. One that comes a moment too late hits the next call of the consumer instead,
 * with a {@link org.apache.kafka.common.errors.WakeupException} out of turn: one at most, and for it there is a command to run.
 */
final class PollThread {

    /** How long one poll, or one wait instead of it, lasts if nothing happens. */
    static final Duration POLL = Duration.ofMillis(500);

    /** How long any other call to Kafka may take. */
    static final Duration CALL = Duration.ofSeconds(3);

    private final String name;
    private final Liveness liveness;
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();

    /** Null until it is started, when there is nobody to be woken. */
    private volatile @Nullable Thread thread;

    /** Written by the thread, which alone may use it but for {@link Consumer#wakeup}. */
    private volatile Consumer<byte[], byte[]> consumer;

    /** Whether the thread may be inside poll, where only a wakeup reaches it. */
    private volatile boolean polling;

    private volatile boolean closing;

    PollThread(String name, Consumer<byte[], byte[]> consumer, Liveness liveness) {
        this.name = name;
        this.consumer = consumer;
        this.liveness = liveness;
    }

    // ---- any thread

    void start(Runnable loop) {
        Thread started = new Thread(loop, name);
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    /** Has the thread run this, soon. */
    void command(Runnable command) {
        commands.add(command);
        wake();
    }

    /** Has the thread run these one after the other, soon. */
    void command(List<Runnable> several) {
        commands.addAll(several);
        wake();
    }

    /** Has the thread end. */
    void close() {
        closing = true;
        wake();
    }

    boolean isClosing() {
        return closing;
    }

    /** Ends a {@link #park}, or the next one. */
    void unpark() {
        LockSupport.unpark(thread);
    }

    private void wake() {
        if (polling) {
            consumer.wakeup();
        }
        unpark();
    }

    // ---- the thread itself

    Consumer<byte[], byte[]> consumer() {
        return consumer;
    }

    /** Goes on with another one. The one before is the caller's to close. */
    void use(Consumer<byte[], byte[]> another) {
        consumer = another;
    }

    ConsumerRecords<byte[], byte[]> poll(Duration wait) {
        polling = true;
        try {
            return consumer.poll(commands.isEmpty() && !closing ? wait : Duration.ZERO);
        } finally {
            polling = false;
            liveness.polled();
        }
    }

    void runCommands() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }

    void park(Duration atMost) {
        LockSupport.parkNanos(this, atMost.toNanos());
    }

    /**
     * For what is called inside of poll, or inside of close, and has calls of its own, which a wakeup would hit.
     *
     * @return what to {@linkplain #takeWakeups give back} behind it
     */
    boolean refuseWakeups() {
        boolean before = polling;
        polling = false;
        return before;
    }

    void takeWakeups(boolean asBefore) {
        polling = asBefore;
    }
}
