/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogBatch;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A further read of what the handler has, for triggers that are behind, on a thread that it takes with the first use. Confined
 * to the context.
 */
final class CatchUpRead implements CatchUpReader {

    /** Longer than a group waits for others by Kafka's default. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ReadTopic topic;
    private final Context context;
    private final CatchUpThreads threads;
    private final PollThread shared;
    private final HeldPartitions held;
    private final Future<Void> dealtOut;
    private @Nullable CatchUpThread thread;
    private boolean over;

    /**
     * @param shared of the read that this one is beside, with which it ends
     * @param dealtOut completes on the context when the group has given this reader partitions. Before that little is read, since
     *     it can't be committed, and nothing of what may be a long backlog
     */
    CatchUpRead(
            ReadTopic topic,
            Context context,
            CatchUpThreads threads,
            PollThread shared,
            HeldPartitions held,
            Future<Void> dealtOut) {
        this.topic = topic;
        this.context = context;
        this.threads = threads;
        this.shared = shared;
        this.held = held;
        this.dealtOut = dealtOut;
    }

    @Override
    public Future<LogBatch> read(int partition, long from, int maxBytes) {
        return awaitDealtOut().compose(in -> readNow(partition, from, maxBytes));
    }

    /** Not for good: whoever reads keeps one of few places for it, and others may have more use for that. */
    private Future<Void> awaitDealtOut() {
        if (dealtOut.isComplete()) {
            return dealtOut;
        }
        Promise<Void> waiting = Promise.promise();
        dealtOut.onComplete(dealt -> {
            if (dealt.succeeded()) {
                waiting.tryComplete();
            } else {
                waiting.tryFail(dealt.cause());
            }
        });
        context.owner()
                .setTimer(
                        PATIENCE.toMillis(),
                        timer -> context.runOnContext(turn -> waiting.tryFail(AppendFailure.unavailable(
                                "partitions of topic " + topic.name() + " have not been dealt out yet"))));
        return waiting.future();
    }

    private Future<LogBatch> readNow(int partition, long from, int maxBytes) {
        if (over || shared.isClosing()) {
            return Future.failedFuture(new ChannelException(Kind.CLOSED, "the catch-up read is closed"));
        }
        if (!held.contains(partition)) {
            return Future.failedFuture(topic.notAssigned(partition));
        }
        if (thread == null) {
            try {
                thread = threads.take();
            } catch (ChannelException e) {
                return Future.failedFuture(e);
            }
        }
        Promise<LogBatch> batch = Promise.promise();
        thread.read(topic.at(partition), from, maxBytes)
                .onComplete(read -> context.runOnContext(turn -> batch.handle(read)));
        return batch.future();
    }

    @Override
    public Future<Void> close() {
        over = true;
        CatchUpThread taken = thread;
        if (taken != null) {
            thread = null;
            threads.release(taken);
        }
        return Future.succeededFuture();
    }
}
