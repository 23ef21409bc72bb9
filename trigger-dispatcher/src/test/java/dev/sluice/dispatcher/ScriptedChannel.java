/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.channel.HoldingChannel;
import dev.sluice.api.channel.RecordHandler;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.delivery.LaterReads;
import dev.sluice.dispatcher.delivery.ReturnableRecord;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A channel that refuses replies when told to, which a real one does only when it is full. Safe for any thread. */
final class ScriptedChannel implements HoldingChannel {

    private final ResourceName broker;
    private final Deque<CloudEvent> unread = new ArrayDeque<>();
    private final Deque<ChannelException> refusals = new ArrayDeque<>();
    private final AtomicLong kept = new AtomicLong();
    private final AtomicLong charged = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private @Nullable Context context;
    private @Nullable RecordHandler handler;
    private long offset;
    private boolean paused;
    private @Nullable String broken;
    private @Nullable String brokenEarly;

    ScriptedChannel(ResourceName broker) {
        this.broker = broker;
    }

    /** Refuses the next appends of replies, one each. */
    synchronized void refuseReplies(int times, ChannelException.Kind kind) {
        for (int i = 0; i < times; i++) {
            refusals.add(new ChannelException(kind, "told to", java.time.Duration.ofMillis(10), null));
        }
    }

    /**
     * Hands the event with this id over as a record that throws when its delivery is to begin. By then it is out of the
     * backlog and nowhere else: it is lost.
     */
    synchronized void breakDelivery(String id) {
        broken = id;
    }

    /** Hands the event with this id over as a record that throws when it is to be held for the triggers that matched it. */
    synchronized void breakHandOver(String id) {
        brokenEarly = id;
    }

    long refused() {
        return refused.get();
    }

    long kept() {
        return kept.get();
    }

    long charged() {
        return charged.get();
    }

    @Override
    public ChannelSpec spec() {
        return new ChannelSpec("scripted", broker, broker.toString(), Map.of());
    }

    @Override
    public synchronized Future<Void> append(List<CloudEvent> events, Admission admission) {
        ChannelException refusal = admission != Admission.PRODUCER ? refusals.poll() : null;
        if (refusal != null) {
            refused.incrementAndGet();
            return Future.failedFuture(refusal);
        }
        unread.addAll(events);
        kept.addAndGet(events.size());
        handOver();
        return Future.succeededFuture();
    }

    private synchronized void handOver() {
        Context to = context;
        RecordHandler reader = handler;
        if (to == null || reader == null || paused) {
            return;
        }
        List<CloudEvent> batch = new ArrayList<>(unread);
        unread.clear();
        long first = offset;
        offset += batch.size();
        String breaking = broken;
        String breakingEarly = brokenEarly;
        to.runOnContext(turn -> {
            for (int i = 0; i < batch.size(); i++) {
                CloudEvent event = batch.get(i);
                if (event.getId().equals(breakingEarly)) {
                    reader.handle(new BrokenEarly(first + i, event));
                } else {
                    reader.handle(
                            event.getId().equals(breaking) ? new Broken(first + i, event) : new Kept(first + i, event));
                }
            }
        });
    }

    @Override
    public synchronized Future<ChannelReader> subscribe(Context on, RecordHandler to) {
        if (handler != null) {
            return Future.failedFuture(new ChannelException(ChannelException.Kind.ALREADY_READ, "read already"));
        }
        context = on;
        handler = to;
        handOver();
        return Future.succeededFuture(new ChannelReader() {
            @Override
            public void pause() {
                synchronized (ScriptedChannel.this) {
                    paused = true;
                }
            }

            @Override
            public void resume() {
                synchronized (ScriptedChannel.this) {
                    paused = false;
                    handOver();
                }
            }

            @Override
            public Future<Void> close() {
                synchronized (ScriptedChannel.this) {
                    handler = null;
                }
                return Future.succeededFuture();
            }
        });
    }

    @Override
    public Fill fill() {
        return new Fill(kept.get(), charged.get(), Long.MAX_VALUE);
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    private class Kept implements ChannelRecord {
        private final long offset;
        private final CloudEvent event;
        private final AtomicBoolean released = new AtomicBoolean();
        private final AtomicLong own = new AtomicLong();

        Kept(long offset, CloudEvent event) {
            this.offset = offset;
            this.event = event;
        }

        @Override
        public int partition() {
            return 0;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public CloudEvent event() {
            return event;
        }

        @Override
        public void charge(long bytes) {
            own.addAndGet(bytes);
            charged.addAndGet(bytes);
        }

        @Override
        public void uncharge(long bytes) {
            own.addAndGet(-bytes);
            charged.addAndGet(-bytes);
        }

        @Override
        public void release() {
            if (released.compareAndSet(false, true)) {
                kept.decrementAndGet();
                charged.addAndGet(-own.get());
            }
        }
    }

    /** Whether a test had asked for it. */
    static boolean isToldToBreak(Throwable exception) {
        return exception instanceof ToldToBreak;
    }

    private static final class ToldToBreak extends IllegalStateException {

        private static final long serialVersionUID = 1;

        ToldToBreak() {
            super("told to break");
        }
    }

    private final class Broken extends Kept implements ReturnableRecord {
        Broken(long offset, CloudEvent event) {
            super(offset, event);
        }

        @Override
        public boolean mayBegin() {
            throw new ToldToBreak();
        }

        @Override
        public void giveBack() {
            throw new IllegalStateException("nobody asked whether it may begin");
        }

        @Override
        public LaterReads postpone() {
            throw new IllegalStateException("nobody waits behind it");
        }
    }

    private final class BrokenEarly extends Kept {
        BrokenEarly(long offset, CloudEvent event) {
            super(offset, event);
        }

        @Override
        public void charge(long bytes) {
            throw new ToldToBreak();
        }
    }
}
