/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;

/**
 * The threads that read what triggers of one Kafka are behind with. A read that is opened gets one that nobody else has, so
 * that a partition whose broker does not answer holds up no other; who opens reads bounds how many there are, and this does
 * so too. Safe for any thread.
 */
final class CatchUpThreads {

    private static final int MOST = 16;

    private final Supplier<Consumer<byte[], byte[]>> consumers;

    // Guarded by this.
    private final List<CatchUpThread> threads = new ArrayList<>();
    private boolean closed;

    CatchUpThreads(Supplier<Consumer<byte[], byte[]>> consumers) {
        this.consumers = consumers;
    }

    /** Does not block. What is taken is to be {@linkplain #release released}. */
    synchronized CatchUpThread take() {
        if (closed) {
            throw new ChannelException(Kind.CLOSED, "the catch-up reads of this Kafka are closed");
        }
        CatchUpThread free = null;
        for (CatchUpThread thread : threads) {
            if (free == null || thread.readers < free.readers) {
                free = thread;
            }
        }
        if (free == null || (free.readers > 0 && threads.size() < MOST)) {
            free = new CatchUpThread(consumers);
            threads.add(free);
            free.start();
        }
        free.readers++;
        return free;
    }

    synchronized void release(CatchUpThread thread) {
        thread.readers--;
    }

    synchronized Future<Void> close() {
        closed = true;
        List<Future<Void>> closing = new ArrayList<>();
        threads.forEach(thread -> closing.add(thread.close()));
        return Future.join(closing).mapEmpty();
    }
}
