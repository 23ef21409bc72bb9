/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that looks at everything there is whenever it is told that something may be different. However often it is told so
 * while it waits or goes round, it goes round once more. What a round throws is logged, and there is another one a little later.
 */
final class Rounds implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

    /** After a round that was not finished. */
    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final String name;
    private final Duration gathering;
    private final Runnable round;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicBoolean due = new AtomicBoolean();
    // What follows belongs to the thread.
    private boolean waiting;
    /** Of the next round that is waited for, by {@link System#nanoTime()}. */
    private long dueNanos;

    /**
     * @param name of the thread
     * @param gathering how long a round waits for what changes together
     * @param round may block
     */
    Rounds(String name, Duration gathering, Runnable round) {
        this.name = requireNonNull(name, "name");
        this.gathering = requireNonNull(gathering, "gathering");
        this.round = requireNonNull(round, "round");
        thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, name);
            created.setDaemon(true);
            return created;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Goes round. For any thread; does not block. */
    void soon() {
        if (due.compareAndSet(false, true)) {
            after(gathering, () -> {
                due.set(false);
                round.run();
            });
        }
    }

    /** Goes round after a while at the latest, where something is to be tried again. For the thread alone. */
    void later(Duration wait) {
        long at = System.nanoTime() + wait.toNanos();
        if (waiting && at - dueNanos >= 0) {
            return;
        }
        waiting = true;
        dueNanos = at;
        after(wait, () -> {
            if (dueNanos == at) {
                waiting = false;
            }
            round.run();
        });
    }

    /** Runs something between two rounds. For any thread; does not block. */
    void post(Runnable task) {
        after(Duration.ZERO, task);
    }

    private void after(Duration wait, Runnable task) {
        try {
            var unused = thread.schedule(() -> guarded(task), wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().addKeyValue("thread", name).log("closed; there are no more rounds");
        }
    }

    /** An executor would keep to itself what is thrown here. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("thread", name)
                    .log("a round was not finished; there is another one soon");
            later(AGAIN);
        }
    }

    /** For what has times of its own. What it throws is its own to catch. */
    ScheduledExecutorService thread() {
        return thread;
    }

    boolean isClosed() {
        return thread.isShutdown();
    }

    /** Ends after the round that is under way, which is interrupted if it takes longer than that. Idempotent. */
    void closeAfter(Runnable last, Duration patience) {
        post(last);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends, and interrupts the round that is under way. Idempotent. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
