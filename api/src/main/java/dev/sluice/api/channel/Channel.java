/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import dev.sluice.api.routing.ChannelSpec;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import java.util.List;

/**
 * The stream of events of one Broker, as those see it who append. It is read as one of two kinds, {@link HoldingChannel} or
 * {@link LogChannel}. See {@link ChannelProvider} for the contract. Safe for any thread.
 */
public interface Channel {

    /** Who appends, which decides what may still be taken in when room is short. */
    enum Admission {
        /** A producer, which can be refused and will try again. */
        PRODUCER,
        /**
         * The reply to an event that this channel holds. Replies bypass the producers' limit and draw on a reserve of
         * their own, so that a full channel can't deadlock on the replies that would empty it.
         */
        REPLY,
        /**
         * A reply that is kept though there is no room for it, by a channel in memory. Whoever appends with it sees to it
         * that these are few at a time.
         */
        LAST_RESORT
    }

    ChannelSpec spec();

    /**
     * Appends events, all or none.
     *
     * @param events at least one
     * @return completes when all of them are kept; fails with a {@link ChannelException} when none is, or, for a channel
     *     that can't append a batch atomically, when some may not be
     */
    Future<Void> append(List<CloudEvent> events, Admission admission);

    /**
     * Appends the reply to {@code settled}, which nobody else waits for any more, and then releases that. A channel that
     * is bounded does both in one step, so that the reply can have the room of what it settles: a chain of replies then
     * goes on in a full channel whose reserve is used up as well. Otherwise like {@link #append} with {@link
     * Admission#REPLY}.
     *
     * @param settled of this channel, or of one that was open for the same Broker before
     * @return completes when the reply is kept and {@code settled} is released; fails with {@code settled} as it was
     */
    default Future<Void> appendInPlaceOf(ChannelRecord settled, CloudEvent reply) {
        return append(List.of(reply), Admission.REPLY).onSuccess(kept -> settled.release());
    }

    /** How full the channel is now. */
    Fill fill();

    /**
     * Closes the channel. Appends fail from now on with {@link ChannelException.Kind#CLOSED}; nothing is handed over
     * after the returned future has completed. Idempotent.
     */
    Future<Void> close();

    /**
     * What a channel holds against what it may hold.
     *
     * @param events kept, and not released if that ends it
     * @param bytes that these take, as the provider accounts for them
     * @param capacityBytes the most that this Broker could hold now; {@link Long#MAX_VALUE} if nothing bounds it
     */
    record Fill(long events, long bytes, long capacityBytes) {}
}
