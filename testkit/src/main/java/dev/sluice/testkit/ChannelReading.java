/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.channel.HoldingChannel;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.RecordHandler;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * A read of a channel that notes every record, and every breach of the rules about how a handler is called. Its methods
 * may be called from any thread and do their work on the reader's context.
 */
final class ChannelReading implements RecordHandler, LogHandler {

    private final Context context;
    private final Consumer<ChannelRecord> then;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final List<ChannelRecord> records = new ArrayList<>();
    private final Set<Integer> partitions = ConcurrentHashMap.newKeySet();
    /** What becomes of a partition that comes now: it is paused as well while the others are. Confined to the context. */
    private IntConsumer late = partition -> {};

    private final List<String> breaches = new ArrayList<>();
    private final Open reader;

    private ChannelReading(Channel channel, Context context, Consumer<ChannelRecord> then) {
        this.context = context;
        this.then = then;
        // The handler may be called before the reader is known here, never before the other fields are.
        this.reader = open(channel);
    }

    /** What both kinds of readers can do. */
    interface Open {
        void pause();

        void resume();

        Future<Void> close();
    }

    private Open open(Channel channel) {
        if (channel instanceof LogChannel log) {
            LogReader opened = Waiting.on(log.subscribe(context, this));
            return new Open() {
                @Override
                public void pause() {
                    late = opened::pause;
                    partitions.forEach(opened::pause);
                }

                @Override
                public void resume() {
                    late = partition -> {};
                    partitions.forEach(opened::resume);
                }

                @Override
                public Future<Void> close() {
                    return opened.close();
                }
            };
        }
        ChannelReader opened = Waiting.on(((HoldingChannel) channel).subscribe(context, this));
        return new Open() {
            @Override
            public void pause() {
                opened.pause();
            }

            @Override
            public void resume() {
                opened.resume();
            }

            @Override
            public Future<Void> close() {
                return opened.close();
            }
        };
    }

    @Override
    public void assigned(Assignment assignment) {
        partitions.add(assignment.partition());
        late.accept(assignment.partition());
    }

    @Override
    public void read(LogBatch batch) {
        batch.records().forEach(this::handle);
    }

    @Override
    public void started(int partition, String triggerUid, long offset) {}

    @Override
    public void moved(int partition, String triggerUid, long offset) {
        // Nobody moves a trigger here.
    }

    @Override
    public void forgotten(String triggerUid) {}

    @Override
    public Future<Void> revoked(int partition, Duration within) {
        partitions.remove(partition);
        return Future.succeededFuture();
    }

    @Override
    public void lost(int partition) {
        partitions.remove(partition);
    }

    /** Reads and keeps every record. */
    static ChannelReading start(Vertx vertx, Channel channel) {
        return start(vertx, channel, record -> {});
    }

    /** Reads, keeps every record and calls this with it, on the reader's context. */
    static ChannelReading start(Vertx vertx, Channel channel, Consumer<ChannelRecord> then) {
        return new ChannelReading(channel, vertx.getOrCreateContext(), then);
    }

    @Override
    public void handle(ChannelRecord record) {
        boolean alone = busy.compareAndSet(false, true);
        synchronized (this) {
            if (!alone) {
                breaches.add("called twice at once with offset " + record.offset());
            }
            if (Vertx.currentContext() != context) {
                breaches.add("called on " + Thread.currentThread().getName() + ", not on its context");
            }
            records.add(record);
        }
        then.accept(record);
        busy.set(false);
    }

    synchronized int count() {
        return records.size();
    }

    synchronized List<ChannelRecord> records() {
        return List.copyOf(records);
    }

    List<String> ids() {
        return records().stream().map(record -> record.event().getId()).toList();
    }

    List<CloudEvent> events() {
        return records().stream().map(ChannelRecord::event).toList();
    }

    synchronized List<String> breaches() {
        return List.copyOf(breaches);
    }

    void releaseAll() {
        records().forEach(ChannelRecord::release);
    }

    void pause() {
        onContext(reader::pause);
    }

    void resume() {
        onContext(reader::resume);
    }

    void close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turn -> reader.close().onComplete(closed));
        Waiting.on(closed.future());
    }

    /** Runs this on the reader's context and waits for it. */
    void onContext(Runnable action) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(turn -> {
            action.run();
            done.complete();
        });
        Waiting.on(done.future());
    }

    Open reader() {
        return reader;
    }
}
