/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.spool.ParkedBytes;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a broker's triggers have parked in the broker's log, and brings to the store what other processes, and earlier
 * ones, have kept there. Its listener's part is confined to the broker's context, the rest is safe for any thread.
 *
 * <p>Of each id one write at a time is on its way, so that what is written last is what was meant last. A removal is for
 * good: whatever else is said of that id, here or by the log, comes from before.
 */
final class LogParking implements DeadLetterStore.Keeper, ParkingLog.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(LogParking.class);

    private static final long AGAIN_MILLIS = 1_000;

    private static final String CLOSED = "the broker's log is closed; the event stays in it";

    /** What is to become of one id in the log. Guarded by the lock. */
    private static final class Wish {
        private final String id;
        /** To be kept; null if the id is to be removed. */
        private byte @Nullable [] value;

        private final Promise<Void> kept = Promise.promise();
        private boolean writing;
        /** It is so; of a removal, what the log says of the id until it says that it is gone is from before. */
        private boolean done;
        /** Of a removal: the log has said that the id is gone. */
        private boolean heard;

        private Wish(String id) {
            this.id = id;
        }
    }

    private final ResourceName broker;
    private final Context context;
    private final LogChannel channel;
    private final DeadLetterStore store;
    private final DeadLetterStore.Shelf shelf;

    private final Object lock = new Object();

    // Guarded by lock.
    private final Map<String, Wish> wishes = new HashMap<>();
    /** Ids whose last write failed. */
    private final Set<String> failing = new HashSet<>();

    private @Nullable ParkingLog log;
    private boolean closed;

    LogParking(
            ResourceName broker,
            Context context,
            LogChannel channel,
            DeadLetterStore store,
            DeadLetterStore.Shelf shelf) {
        this.broker = broker;
        this.context = context;
        this.channel = channel;
        this.store = store;
        this.shelf = shelf;
    }

    /**
     * Completes when everything that is kept is in the store, and what is parked from now on is kept. Does nothing when it
     * is open. On the context.
     */
    Future<Void> open() {
        synchronized (lock) {
            if (log != null || closed) {
                return Future.succeededFuture();
            }
        }
        return channel.parking(context, this).compose(this::opened);
    }

    private Future<Void> opened(ParkingLog opened) {
        List<Wish> waiting;
        synchronized (lock) {
            if (closed) {
                return opened.close();
            }
            log = opened;
            waiting = List.copyOf(wishes.values());
        }
        shelf.keepIn(this);
        // What the log has not named by now, it does not have.
        store.nothingLeftOf(broker);
        waiting.forEach(this::write);
        return Future.succeededFuture();
    }

    // ---- to the log -------------------------------------------------------------------------------------------------

    @Override
    public Future<Void> keep(ParkedEvent parked) {
        byte[] bytes = ParkedBytes.encode(parked);
        Wish wish;
        synchronized (lock) {
            if (closed) {
                return Future.failedFuture(CLOSED);
            }
            wish = wishes.computeIfAbsent(parked.id(), Wish::new);
            if (wish.kept.future().isComplete()) {
                // It was taken away before this was heard: nothing has to be kept.
                return wish.kept.future();
            }
            wish.value = bytes;
        }
        write(wish);
        return wish.kept.future();
    }

    @Override
    public void remove(String id) {
        Wish wish;
        synchronized (lock) {
            wish = closed ? null : toBeRemoved(id);
        }
        if (wish == null) {
            store.leftBehind(broker, List.of(id));
            return;
        }
        wish.kept.tryComplete();
        write(wish);
    }

    private Wish toBeRemoved(String id) {
        Wish wish = wishes.computeIfAbsent(id, Wish::new);
        wish.value = null;
        return wish;
    }

    /** Writes what is wished, unless something else of the id is on its way: then that is followed by this. */
    private void write(Wish wish) {
        ParkingLog to;
        byte[] value;
        synchronized (lock) {
            to = log;
            if (to == null || closed || wish.writing || wish.done) {
                return;
            }
            wish.writing = true;
            value = wish.value;
        }
        Future<Void> writing = value == null ? to.remove(wish.id) : to.keep(wish.id, value);
        writing.onComplete(written -> written(wish, value, written));
    }

    private void written(Wish wish, byte @Nullable [] value, AsyncResult<Void> written) {
        boolean asWished;
        boolean changed;
        synchronized (lock) {
            wish.writing = false;
            asWished = written.succeeded() && wish.value == value;
            wish.done = asWished;
            if (asWished && (value != null || wish.heard)) {
                wishes.remove(wish.id);
            }
            boolean wereFailing = !failing.isEmpty();
            if (written.succeeded()) {
                failing.remove(wish.id);
            } else {
                failing.add(wish.id);
            }
            changed = wereFailing == failing.isEmpty() && !closed;
        }
        if (changed) {
            report(wish.id, written.cause());
        }
        if (asWished) {
            wish.kept.tryComplete();
        } else if (written.succeeded()) {
            write(wish);
        } else {
            // Whatever it is, such as a limit on the size: until it is mended, the event has not left its channel.
            context.owner().setTimer(AGAIN_MILLIS, timer -> write(wish));
        }
    }

    private void report(String id, @Nullable Throwable failure) {
        if (failure == null) {
            LOG.atInfo().addKeyValue("broker", broker).log("what is parked is written again");
        } else {
            LOG.atWarn()
                    .addKeyValue("broker", broker)
                    .addKeyValue("deadLetter", id)
                    .addKeyValue("error", failure.getMessage())
                    .log("what is parked could not be written; trying again each second until it is");
        }
    }

    // ---- from the log -----------------------------------------------------------------------------------------------

    @Override
    public void kept(String id, byte[] value) {
        synchronized (lock) {
            Wish wish = wishes.get(id);
            if (wish != null && wish.value == null) {
                return;
            }
        }
        try {
            store.kept(ParkedBytes.decode(value, broker), this);
        } catch (IOException | RuntimeException e) {
            LOG.atError()
                    .addKeyValue("broker", broker)
                    .addKeyValue("deadLetter", id)
                    .addKeyValue("error", e.toString())
                    .log("a parked event can't be read; it stays where it is and is not listed");
        }
    }

    @Override
    public void removed(String id) {
        Wish overtaken = null;
        synchronized (lock) {
            Wish wish = wishes.get(id);
            if (wish != null && wish.value != null) {
                // Somebody else took it away, and what is on its way from here would bring it back, or has.
                overtaken = toBeRemoved(id);
            } else if (wish != null && wish.done) {
                wishes.remove(id);
            } else if (wish != null) {
                wish.heard = true;
            }
        }
        if (overtaken != null) {
            overtaken.kept.tryComplete();
            write(overtaken);
        }
        store.removedElsewhere(id);
    }

    /**
     * Writes nothing any more and hears nothing. What could not be kept stays in the log; what could not be removed is left
     * to whoever opens the broker's log next in this process. Never fails.
     */
    Future<Void> close() {
        List<String> left = new ArrayList<>();
        List<Wish> unkept = new ArrayList<>();
        ParkingLog open;
        synchronized (lock) {
            closed = true;
            open = log;
            for (Wish wish : wishes.values()) {
                if (wish.value != null) {
                    unkept.add(wish);
                } else if (!wish.done) {
                    left.add(wish.id);
                }
            }
        }
        unkept.forEach(wish -> wish.kept.tryFail(CLOSED));
        store.leftBehind(broker, left);
        return open == null ? Future.succeededFuture() : open.close().otherwiseEmpty();
    }
}
