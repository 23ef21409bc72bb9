/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static java.util.Objects.requireNonNull;

import dev.sluice.server.http.Reactor;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be closed, each registered beside the line that opened it and closed in the reverse order. Each close has
 * its time; one that fails or takes too long is logged and keeps no other from being closed. For one thread.
 */
final class Closers {

    private static final Logger LOG = LoggerFactory.getLogger(Closers.class);

    /** Long enough for anything that closes at all, since events are drained before. */
    static final Duration EACH = Duration.ofSeconds(5);

    private record Closer(String what, Supplier<? extends Future<?>> close) {}

    private final Deque<Closer> closers = new ArrayDeque<>();

    void add(String what, Supplier<? extends Future<?>> close) {
        closers.push(new Closer(requireNonNull(what, "what"), requireNonNull(close, "close")));
    }

    /** What may fail to close. */
    @FunctionalInterface
    interface Closing {
        void close() throws IOException;
    }

    /** Has a failure logged as any other. */
    static void unchecked(Closing closing) {
        try {
            closing.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For what closes within the call. */
    void add(String what, Runnable close) {
        add(what, () -> {
            close.run();
            return Future.succeededFuture();
        });
    }

    /** Idempotent. */
    void close() {
        while (!closers.isEmpty()) {
            close(closers.pop());
        }
    }

    private static void close(Closer closer) {
        try {
            Reactor.await(closer.close().get(), EACH);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.atWarn().addKeyValue("part", closer.what()).log("interrupted while closing");
        } catch (TimeoutException e) {
            LOG.atWarn()
                    .addKeyValue("part", closer.what())
                    .addKeyValue("seconds", EACH.toSeconds())
                    .log("did not close in time");
        } catch (ExecutionException | RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("part", closer.what())
                    .addKeyValue("error", e.toString())
                    .log("did not close in order");
        }
    }
}
