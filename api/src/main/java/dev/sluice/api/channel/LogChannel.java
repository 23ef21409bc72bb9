/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.channel;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * A channel that keeps its records by rules of its own, such as their age, whoever has read them. Its partitions are dealt
 * out to the readers of all processes; they can be read again from any offset that is still kept; and how far each
 * trigger has come is committed into the channel, so that another reader goes on there.
 *
 * <h2>Who is where</h2>
 *
 * <p>A trigger exists for the channel from the moment it is {@linkplain #start started} until it is {@linkplain #forget
 * forgotten}. In every partition it has a {@link Position}: the start, at first; then what was committed last. The
 * channel never moves a position by itself.
 *
 * <p>A commit names every trigger, but most of them only by the watermark. So that this is no guess, the reader knows of
 * every start before it commits: those that are there when a partition is assigned are in the {@link Assignment}, and
 * later ones are told by {@link LogHandler#started}. A start that was told only after the last commit of a partition is
 * not covered by that commit; with the next assignment it is an exception, at its start. A trigger that the reader's
 * owner does not know (yet) stays where it is, as an exception in each commit, until it is forgotten.
 */
public interface LogChannel extends Channel {

    /**
     * How many partitions there are, as far as is known here: 1 or more, and never fewer than before. Who shares a limit
     * with other readers takes its part by how many of them it was given. Cheap; any thread.
     */
    int partitions();

    /**
     * Joins the readers of this channel. What this reader gets of it comes by {@link LogHandler#assigned}, any time from
     * now on.
     *
     * @param context the context on which {@code handler} is called, and on which the reader's methods must be called
     *     unless they say otherwise
     * @return fails with a {@link ChannelException} of kind {@link ChannelException.Kind#ALREADY_READ} while this channel
     *     object has an open reader
     */
    Future<LogReader> subscribe(Context context, LogHandler handler);

    /**
     * Gives a trigger its start in every partition, and in those that are added later their first offset. Does nothing
     * for one that has a start, wherever that is. Any process may call it, also with no reader.
     *
     * @param trigger its name, under which somebody else may have kept how far it is; the UID alone is its identity
     * @return completes when the start is durable and this channel's own reader, if there is one, has been {@linkplain
     *     LogHandler#started told}; an event that is appended from then on is the trigger's. Fails with a {@link
     *     ChannelException} if it may work another time; then it may have a start or not
     */
    Future<Void> start(ResourceName trigger, String triggerUid, StartFrom from);

    /**
     * Says what {@link #move} would do now, partition by partition, and changes nothing. Where the trigger is, is as of the
     * last commits.
     *
     * @return fails with a {@link ChannelException}, also for a trigger that has no start
     */
    Future<List<Move>> previewMove(String triggerUid, StartFrom to);

    /**
     * Puts a trigger somewhere else, in every partition, wherever it is. Any process may call it, also while nobody reads:
     * whoever is given a partition later finds it. Of several moves the last counts.
     *
     * @param to {@link StartFrom.Place#DEFAULT} counts as {@link StartFrom.Place#LATEST}
     * @return what was moved; completes when it is durable and this channel's own reader, if there is one, has been
     *     {@linkplain LogHandler#moved told}. Fails with a {@link ChannelException} if it may work another time, then it may
     *     have been moved or not; and for a trigger that has no start
     */
    Future<List<Move>> move(String triggerUid, StartFrom to);

    /**
     * By partition, the offset below which records have lived through four fifths of what the channel's rules give them, in
     * time or in bytes. A trigger that still needs one of those is about to lose it. A partition that is left out keeps
     * everything, or it is not to be known.
     */
    default Future<Map<Integer, Long>> soonGone() {
        return Future.succeededFuture(Map.of());
    }

    /**
     * Whether others may read this log as well, with triggers that nobody here knows of. Those are not to be forgotten for
     * being strangers.
     */
    default boolean hasOtherReaders() {
        return false;
    }

    /**
     * Removes a trigger for good, its start and its positions. Does nothing for one that has no start.
     *
     * @return completes when that is durable and this channel's own reader, if there is one, has been {@linkplain
     *     LogHandler#forgotten told}
     */
    Future<Void> forget(String triggerUid);

    /**
     * Opens what is kept beside the records of this Broker, by its name: a Broker that is created again finds it.
     *
     * @param context where {@code listener} is called
     * @return completes on the context when the listener has heard of everything that there is now; fails with a {@link
     *     ChannelException}
     */
    Future<ParkingLog> parking(Context context, ParkingLog.Listener listener);
}
