/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.ChannelReader;
import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.channel.HoldingChannel;
import dev.sluice.api.channel.RecordHandler;
import dev.sluice.api.event.EventFootprint;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.channel.inmemory.Shares.Outcome;
import dev.sluice.channel.inmemory.Shares.Share;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events of one Broker, in a linked list of everything that is not released:
 *
 * <pre>
 *   oldest ◀─▶ record ◀─▶ record ◀─▶ record ◀─▶ newest
 *              └ handed over, waits ┘  ▲
 *                for its triggers      unread: what the reader gets next
 * </pre>
 *
 * <p>Any thread appends at the end and takes out what it releases, under a lock that is held for a few assignments. The
 * reader's context takes a batch per turn, so a burst of appends costs one wake-up. A list and not an array, because
 * events are released in any order, and each must be free at once however long its neighbours stay.
 */
final class InMemoryChannel implements HoldingChannel {

    /** As many records are handed over in one turn of the reader's context, which others share. */
    static final int TURN = 256;

    private final ChannelSpec spec;
    private final Shares shares;
    private final Share share;
    private final Consumer<InMemoryChannel> onClose;
    private final Object lock = new Object();

    // Guarded by lock.
    private @Nullable HeldRecord oldest;
    private @Nullable HeldRecord newest;
    private @Nullable HeldRecord unread;
    private long nextOffset;
    private long held;
    /** What the reader has charged to all records together. */
    private long charged;

    private @Nullable Reader reader;
    private @Nullable Future<Void> closing;
    private boolean emptied;

    /**
     * Whether the reader's charges alone keep the channel above its capacity: then nothing more is handed over, since each
     * record that is would be charged to again. Written under the lock.
     */
    private volatile boolean overcharged;

    /** What is before this offset is read whatever is charged for it. */
    private long readAnywayTo;

    InMemoryChannel(ChannelSpec spec, Shares shares, Consumer<InMemoryChannel> onClose) {
        this.spec = spec;
        this.shares = shares;
        this.share = shares.join();
        this.onClose = onClose;
    }

    @Override
    public ChannelSpec spec() {
        return spec;
    }

    @Override
    public Future<Void> append(List<CloudEvent> events, Admission admission) {
        requireNonNull(admission, "admission");
        if (events.isEmpty()) {
            throw new IllegalArgumentException("events is empty, must hold at least one");
        }
        // Chained up before the lock is taken, so that the lock is held as short for a batch as for one event.
        HeldRecord first = hold(events.get(0));
        HeldRecord last = first;
        long bytes = first.bytes;
        for (int i = 1; i < events.size(); i++) {
            HeldRecord record = hold(events.get(i));
            last.next = record;
            record.previous = last;
            last = record;
            bytes += record.bytes;
        }
        return append(first, last, events.size(), bytes, admission, null);
    }

    @Override
    public Future<Void> appendInPlaceOf(ChannelRecord settled, CloudEvent reply) {
        if (!(settled instanceof HeldRecord own) || own.channel() != this) {
            return HoldingChannel.super.appendInPlaceOf(settled, reply);
        }
        HeldRecord record = hold(reply);
        return append(record, record, 1, record.bytes, Admission.REPLY, own);
    }

    private Future<Void> append(
            HeldRecord first,
            HeldRecord last,
            int events,
            long bytes,
            Admission admission,
            @Nullable HeldRecord settled) {
        Reader awake = null;
        synchronized (lock) {
            if (closing != null) {
                return Future.failedFuture(closed());
            }
            Outcome outcome = settled == null || settled.released
                    ? shares.take(share, bytes, admission != Admission.PRODUCER)
                    : shares.exchange(share, settled.bytes, settled.fromReserve, bytes);
            if (outcome == Outcome.FULL && admission == Admission.LAST_RESORT) {
                shares.add(share, bytes, true);
                outcome = Outcome.TAKEN_FROM_RESERVE;
            }
            if (outcome == Outcome.FULL || outcome == Outcome.TOO_LARGE) {
                return Future.failedFuture(refusal(outcome, events, bytes));
            }
            if (settled != null && !settled.released) {
                unlink(settled);
            }
            for (HeldRecord record = first; record != null; record = record.next) {
                record.offset = nextOffset++;
                record.fromReserve = outcome == Outcome.TAKEN_FROM_RESERVE;
            }
            if (admission == Admission.LAST_RESORT) {
                // It makes room once it is read, and is behind all that is unread.
                readAnywayTo = nextOffset;
                overcharged = false;
            }
            first.previous = newest;
            if (newest == null) {
                oldest = first;
            } else {
                newest.next = first;
            }
            newest = last;
            held += events;
            if (unread == null) {
                unread = first;
            }
            if (overcharged && !shares.isOvercharged(share, charged)) {
                // A reply took the place of what was charged for, or other Brokers have given room back.
                overcharged = false;
            }
            if (reader != null && reader.claimTurn()) {
                awake = reader;
            }
        }
        if (awake != null) {
            awake.wake();
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<ChannelReader> subscribe(Context context, RecordHandler handler) {
        Reader opened = new Reader(requireNonNull(context, "context"), requireNonNull(handler, "handler"));
        boolean awake;
        synchronized (lock) {
            if (closing != null) {
                return Future.failedFuture(closed());
            }
            if (reader != null) {
                return Future.failedFuture(new ChannelException(
                        Kind.ALREADY_READ,
                        "Broker " + spec.broker() + ": its channel has a reader already; close that one first"));
            }
            reader = opened;
            unread = oldest;
            awake = opened.claimTurn();
        }
        if (awake) {
            opened.wake();
        }
        return Future.succeededFuture(opened);
    }

    @Override
    public Fill fill() {
        synchronized (lock) {
            return new Fill(held, shares.held(share), shares.limit(share));
        }
    }

    @Override
    public Future<Void> close() {
        Reader last;
        Promise<Void> done = Promise.promise();
        synchronized (lock) {
            if (closing != null) {
                return closing;
            }
            closing = done.future();
            last = reader;
        }
        onClose.accept(this);
        Future<Void> read = last == null ? Future.succeededFuture() : last.close();
        read.onComplete(ended -> {
            empty();
            done.complete();
        });
        return done.future();
    }

    /** Records that are with the dispatcher still can be released, and count no more. */
    private void empty() {
        synchronized (lock) {
            emptied = true;
            HeldRecord record = oldest;
            while (record != null) {
                // One record that somebody keeps must not keep all the others.
                HeldRecord after = record.next;
                record.previous = null;
                record.next = null;
                record = after;
            }
            oldest = null;
            newest = null;
            unread = null;
            held = 0;
            charged = 0;
            shares.leave(share);
        }
    }

    void charge(HeldRecord record, long bytes) {
        synchronized (lock) {
            if (!record.released && !emptied) {
                record.bytes += bytes;
                record.charged += bytes;
                charged += bytes;
                boolean over = shares.charge(share, bytes, record.fromReserve, charged);
                // Never to false here: who sets it to false wakes the reader.
                overcharged |= over && record.offset >= readAnywayTo;
            }
        }
    }

    void uncharge(HeldRecord record, long bytes) {
        Reader awake = null;
        synchronized (lock) {
            if (!record.released && !emptied) {
                long less = Math.min(bytes, record.charged);
                record.bytes -= less;
                record.charged -= less;
                charged -= less;
                shares.add(share, -less, record.fromReserve);
                awake = goOn();
            }
        }
        if (awake != null) {
            awake.wake();
        }
    }

    void release(HeldRecord record) {
        Reader awake = null;
        synchronized (lock) {
            if (record.released) {
                return;
            }
            if (emptied) {
                record.released = true;
                return;
            }
            unlink(record);
            shares.add(share, -record.bytes, record.fromReserve);
            awake = goOn();
        }
        if (awake != null) {
            awake.wake();
        }
    }

    /** The reader that the caller must wake, if it had to wait and need not any more. Called under the lock. */
    private @Nullable Reader goOn() {
        if (!overcharged || shares.isOvercharged(share, charged)) {
            return null;
        }
        overcharged = false;
        Reader waiting = reader;
        return waiting != null && waiting.claimAnyTurn() ? waiting : null;
    }

    /** What a reader has charged it does not spend any more when it is closed. Called under the lock. */
    private void unchargeAll() {
        for (HeldRecord record = oldest; record != null; record = record.next) {
            shares.add(share, -record.charged, record.fromReserve);
            record.bytes -= record.charged;
            record.charged = 0;
        }
        charged = 0;
        overcharged = false;
    }

    /** Called under the lock. */
    private void unlink(HeldRecord record) {
        record.released = true;
        HeldRecord before = record.previous;
        HeldRecord after = record.next;
        if (before == null) {
            oldest = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            newest = before;
        } else {
            after.previous = before;
        }
        if (unread == record) {
            unread = after;
        }
        // An old record that pointed at younger ones would keep them from a young collection.
        record.previous = null;
        record.next = null;
        held--;
        charged -= record.charged;
    }

    private HeldRecord hold(CloudEvent event) {
        return new HeldRecord(this, event, HeldRecord.BYTES + EventFootprint.of(event));
    }

    private ChannelException closed() {
        return new ChannelException(Kind.CLOSED, "Broker " + spec.broker() + ": its channel is closed");
    }

    /** Called under the lock. */
    private ChannelException refusal(Outcome outcome, int events, long bytes) {
        long limit = shares.limit(share);
        if (outcome == Outcome.TOO_LARGE) {
            return new ChannelException(
                    Kind.TOO_LARGE,
                    "Broker " + spec.broker() + ": " + events + (events == 1 ? " event takes " : " events take ")
                            + bytes
                            + " bytes in memory and its channel can never hold more than " + limit
                            + "; send less at once, or raise --" + CapacityOption.NAME);
        }
        return new ChannelException(
                Kind.FULL,
                "Broker " + spec.broker() + ": its channel is full, with " + held + " events of " + shares.held(share)
                        + " bytes of the " + limit + " it can hold now; try again when its subscribers have caught up");
    }

    /** The one read. What is not guarded by the channel's lock is confined to the context. */
    private final class Reader implements ChannelReader {

        private final Context context;
        private final RecordHandler handler;
        private final Promise<Void> done = Promise.promise();

        // Confined to the context.
        private final @Nullable HeldRecord[] batch = new @Nullable HeldRecord[TURN];
        private int position;
        private int filled;

        // Written under the lock, read without it by the turn that is going on.
        private volatile boolean paused;
        private volatile boolean closed;

        // Guarded by lock: whether a turn is scheduled or going on.
        private boolean awake;

        Reader(Context context, RecordHandler handler) {
            this.context = context;
            this.handler = handler;
        }

        /**
         * Whether the caller must {@link #wake()} the reader, after it has left the lock. Called under the lock, and
         * on the context unless something is unread: the batch is the context's own.
         */
        boolean claimTurn() {
            return !(unread == null && position == filled) && claimAnyTurn();
        }

        /** The same on any thread; the turn may find nothing to do. */
        boolean claimAnyTurn() {
            if (awake || paused || closed || overcharged) {
                return false;
            }
            awake = true;
            return true;
        }

        void wake() {
            try {
                context.runOnContext(turn -> handOver());
            } catch (RejectedExecutionException e) {
                // The context is gone for good, and its reader with it: the records wait for the next one.
                end();
            }
        }

        @Override
        public void pause() {
            synchronized (lock) {
                paused = true;
            }
        }

        @Override
        public void resume() {
            boolean claimed;
            synchronized (lock) {
                paused = false;
                claimed = claimTurn();
            }
            if (claimed) {
                wake();
            }
        }

        @Override
        public Future<Void> close() {
            synchronized (lock) {
                if (closed) {
                    return done.future();
                }
                closed = true;
            }
            try {
                // Behind the turn that may be going on, so that nothing is handed over once the future completes.
                context.runOnContext(turn -> end());
            } catch (RejectedExecutionException e) {
                end();
            }
            return done.future();
        }

        private void handOver() {
            if (position == filled) {
                fetch();
            }
            try {
                while (position < filled && !paused && !closed && !overcharged) {
                    HeldRecord record = batch[position];
                    batch[position++] = null;
                    if (record != null && !record.released) {
                        handler.handle(record);
                    }
                }
            } finally {
                // Also when the handler throws, which the context reports: one bad record must not end the read.
                boolean more;
                synchronized (lock) {
                    awake = false;
                    more = claimTurn();
                }
                if (more) {
                    wake();
                }
            }
        }

        private void fetch() {
            synchronized (lock) {
                position = 0;
                filled = 0;
                while (filled < TURN && unread != null) {
                    batch[filled++] = unread;
                    unread = unread.next;
                }
            }
        }

        private void end() {
            synchronized (lock) {
                closed = true;
                position = 0;
                filled = 0;
                Arrays.fill(batch, null);
                if (reader == this) {
                    reader = null;
                    unread = oldest;
                    unchargeAll();
                }
            }
            done.tryComplete();
        }
    }
}
