/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the API server answers now. The watches can't tell: the client begins one that has lost its connection again and
 * again by itself, and says nothing of it, so that what was seen last looks like what is there.
 */
final class ApiAnswers implements AutoCloseable {

    /** Without an answer for so long, what is known may be out of date. Far less than it takes to be forgotten as gone. */
    static final Duration SILENT = Duration.ofSeconds(45);

    private static final Logger LOG = LoggerFactory.getLogger(ApiAnswers.class);

    private static final Duration EVERY = Duration.ofSeconds(15);

    private final Runnable question;
    private final LongSupplier nanos;
    private final ScheduledThreadPoolExecutor thread;
    private volatile long answeredNanos;

    /**
     * @param question asks the API server something small; throws if there is no answer
     * @param nanos the time
     */
    ApiAnswers(Runnable question, LongSupplier nanos) {
        this.question = question;
        this.nanos = nanos;
        answeredNanos = nanos.getAsLong();
        thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, "sluice-kubernetes-answers");
            created.setDaemon(true);
            return created;
        });
    }

    void start() {
        var unused = thread.scheduleWithFixedDelay(this::ask, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits for the answer. */
    void ask() {
        try {
            question.run();
            answeredNanos = nanos.getAsLong();
        } catch (RuntimeException e) {
            LOG.atDebug().addKeyValue("error", e.getMessage()).log("the Kubernetes API does not answer");
        }
    }

    /** Any thread. */
    boolean areRecent() {
        return nanos.getAsLong() - answeredNanos < SILENT.toNanos();
    }

    @Override
    public void close() {
        // A question that runs is given up with the client's connections.
        thread.shutdownNow();
    }
}
