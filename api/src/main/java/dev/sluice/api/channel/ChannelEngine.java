/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import dev.sluice.api.routing.ChannelSpec;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;

/** Opens channels of one kind and holds what they share: capacity, connections, threads. Safe for any thread. */
public interface ChannelEngine {

    /**
     * Begins, at the start of a process, what takes long and can be done before any Broker is known. Returns at once. Nothing
     * depends on it: what goes wrong is met again, and said, when a channel is opened.
     *
     * @return completes when the process has better things to do than to leave this the processor, since from now on it waits
     *     for others; never fails
     */
    default Future<Void> warm() {
        return Future.succeededFuture();
    }

    /**
     * Opens the channel of one Broker, making it if need be. Opening the same {@link ChannelSpec#brokerUid()} again
     * while it is open answers the same channel, unless that is {@linkplain #reachedAnew reached anew}: then a second channel
     * of the Broker is opened, for whoever asked to go over to it and to close the first. Where that would lead to something
     * else than what the first one keeps, it is answered the first all the same.
     *
     * @return fails with a {@link ChannelException} if the channel can't be opened now
     */
    Future<Channel> open(ChannelSpec spec);

    /**
     * What a channel that is open is to be opened as, beside itself, when its Broker asks for something else: the same but for
     * how it is reached, by which addresses and with which secret. The rest of what is asked for is not in it, since that might
     * leave behind what the channel keeps.
     *
     * @param open what the channel was opened as
     * @param asked what its Broker asks for now
     * @return equal to {@code open} where it is reached as before
     */
    default ChannelSpec reachedAnew(ChannelSpec open, ChannelSpec asked) {
        return open.type().equals(asked.type())
                ? new ChannelSpec(open.type(), open.broker(), open.brokerUid(), open.options(), asked.secret())
                : open;
    }

    /**
     * Removes for good what the channel of a Broker keeps, its events and everything beside them, because the Broker is
     * deleted; also where no process has it open. What is somebody else's, such as an external topic, stays. Closes the channel
     * where it is open here. Does nothing where nothing is kept any more, so that it can be repeated until it succeeds.
     *
     * @return fails with a {@link ChannelException} if it may work another time; bounded in time by the provider
     */
    default Future<Void> forget(ChannelSpec spec) {
        return Future.succeededFuture();
    }

    /**
     * What channels of this kind keep, of Brokers that are there and of those that are gone, wherever these Brokers and the
     * options of the process say that there is something. Empty for a kind that keeps nothing longer than a process lives.
     *
     * @param brokers of all Brokers that there are, ready or not
     */
    default Future<List<KeptChannel>> kept(Collection<ChannelSpec> brokers) {
        return Future.succeededFuture(List.of());
    }

    /**
     * Removes one of those for good, with its belongings, whoever uses it.
     *
     * @param kept as {@link #kept} answered it
     * @param brokers of all Brokers that there are
     */
    default Future<Void> remove(KeptChannel kept, Collection<ChannelSpec> brokers) {
        return Future.failedFuture(new UnsupportedOperationException("nothing is kept by channels of this kind"));
    }

    /** Closes every channel that is still open. Idempotent, and bounded in time by the provider. */
    Future<Void> close();
}
