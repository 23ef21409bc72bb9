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
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a broker's triggers have parked in the broker's log, and brings to the store what other processes, and earlier
 * ones, have kept there. Its listener's part is confined to the broker's context, the rest is safe for any thread.
 */
final class LogParking implements DeadLetterStore.Keeper, ParkingLog.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(LogParking.class);

    private static final long AGAIN_MILLIS = 1_000;

    private final ResourceName broker;
    private final Context context;
    private final LogChannel channel;
    private final DeadLetterStore store;
    private final DeadLetterStore.Shelf shelf;

    /** Gone from the store here, until the log says so: its own words from before come back late. */
    private final Set<String> removing = ConcurrentHashMap.newKeySet();

    private volatile @Nullable ParkingLog log;
    private volatile boolean closed;

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
        if (log != null || closed) {
            return Future.succeededFuture();
        }
        return channel.parking(context, this).compose(opened -> {
            if (closed) {
                return opened.close();
            }
            log = opened;
            shelf.keepIn(this);
            return Future.succeededFuture();
        });
    }

    // ---- to the log -------------------------------------------------------------------------------------------------

    @Override
    public Future<Void> keep(ParkedEvent parked) {
        Promise<Void> kept = Promise.promise();
        byte[] bytes = ParkedBytes.encode(parked);
        write(
                parked.id(),
                // It may have gone while this could not be written; then nothing has to be kept.
                to -> removing.contains(parked.id()) ? Future.succeededFuture() : to.keep(parked.id(), bytes),
                kept);
        return kept.future();
    }

    @Override
    public void remove(String id) {
        removing.add(id);
        Promise<Void> removed = Promise.promise();
        write(id, to -> to.remove(id), removed);
    }

    /** One write to the log. */
    private interface Write {
        Future<Void> to(ParkingLog log);
    }

    /** Again and again, until it is done or this is closed: what is not kept then has not left its channel either. */
    private void write(String id, Write write, Promise<Void> done) {
        ParkingLog to = log;
        if (to == null || closed) {
            LOG.atDebug()
                    .addKeyValue("broker", broker)
                    .addKeyValue("deadLetter", id)
                    .log("the log of a broker is closed; what it keeps there stays as it is");
            return;
        }
        write.to(to).onSuccess(done::tryComplete).onFailure(failure -> {
            // Whatever it is, such as a limit on the size: until it is mended, the event has not left its channel.
            LOG.atWarn()
                    .addKeyValue("broker", broker)
                    .addKeyValue("deadLetter", id)
                    .addKeyValue("error", failure.getMessage())
                    .log("what is parked could not be written; trying again");
            context.owner().setTimer(AGAIN_MILLIS, timer -> write(id, write, done));
        });
    }

    // ---- from the log -----------------------------------------------------------------------------------------------

    @Override
    public void kept(String id, byte[] value) {
        if (removing.contains(id)) {
            return;
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
        removing.remove(id);
        store.removedElsewhere(id);
    }

    /** Writes nothing any more and hears nothing. Never fails. */
    Future<Void> close() {
        closed = true;
        ParkingLog open = log;
        return open == null ? Future.succeededFuture() : open.close().otherwiseEmpty();
    }
}
