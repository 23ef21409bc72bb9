/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.routing.Ordering;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events of one trigger that wait to be begun, or begun again, and which of them is next.
 *
 * <pre>
 *  matched ──▶ lanes, if ordered ──▶ replies ─┐
 *                                    fresh  ──┼──▶ the subscriber
 *  waited for a retry ─────────────▶ due    ──┘
 *         with a failure ──────────▶ deadLetters ─▶ the dead letter sink
 * </pre>
 */
final class Backlog {

    private final ReplyAppender replyAppender;

    /** Replies that had to be kept for others to find room, tried before or not. */
    private final DispatchList lastResort = new DispatchList();
    /** Those of them that are on their way to the dead letter sink, and due again. */
    private final DispatchList lastResortDeadLetters = new DispatchList();
    /** Matched and never tried: replies. */
    private final DispatchList replies = new DispatchList();
    /** Matched and never tried: the rest. */
    private final DispatchList fresh = new DispatchList();
    /** Tried before, and due again. */
    private final DispatchList due = new DispatchList();
    /** On their way to the dead letter sink, and due again. */
    private final DispatchList deadLetters = new DispatchList();
    /** Behind others. */
    private final Lanes lanes;
    /** Parked, and sent again. They are out of every order, and find room in the dead-letter store if they fail. */
    private final DispatchList redriven = new DispatchList();

    private Optional<Ordering> ordering;
    private boolean freshNext;
    private boolean dueNext;

    /** @param wanting asks for events that were postponed when their turn comes */
    Backlog(ReplyAppender replyAppender, Optional<Ordering> ordering, Lanes.Wanting wanting) {
        lanes = new Lanes(wanting);
        this.replyAppender = replyAppender;
        this.ordering = ordering;
    }

    int size() {
        return forSubscriber() + forDeadLetterSink() + lanes.waiting();
    }

    /** Events that may be sent to the subscriber. */
    int forSubscriber() {
        return lastResort.size() + replies.size() + fresh.size() + due.size() + redriven.size();
    }

    /** Those of them that were parked and are sent again. */
    int redriven() {
        return redriven.size();
    }

    void forEach(Consumer<Dispatch> action) {
        lastResort.forEach(action);
        lastResortDeadLetters.forEach(action);
        replies.forEach(action);
        fresh.forEach(action);
        due.forEach(action);
        redriven.forEach(action);
        deadLetters.forEach(action);
        lanes.forEachWaiting(action);
    }

    /** Lanes that have an event. */
    int lanes() {
        return lanes.size();
    }

    /** Events that may be sent to the dead letter sink. */
    int forDeadLetterSink() {
        return lastResortDeadLetters.size() + deadLetters.size();
    }

    /**
     * Orders what is matched from now on, and what was postponed. What was matched before goes on as it was, but that nobody
     * waits for another any more if there is no order.
     *
     * @param ask called for everything that was postponed, which is to be read again
     */
    void order(Optional<Ordering> changed, Consumer<LaterReads> ask) {
        ordering = changed;
        lanes.wantAll(ask);
        if (changed.isEmpty()) {
            lanes.dissolve(fresh::addAllLast);
        }
    }

    /**
     * Takes an event that the trigger matched, or that was postponed and is {@linkplain #takes taken}.
     *
     * @return false if it is to be {@linkplain #postpone postponed} instead
     */
    boolean add(Dispatch dispatch) {
        Lanes.Entry entry = ordering.isEmpty()
                ? Lanes.Entry.FIRST
                : lanes.enter(dispatch, ordering.get().by());
        if (entry == Lanes.Entry.FIRST) {
            addFirstOfLane(dispatch);
        }
        return entry != Lanes.Entry.LATER;
    }

    /** The event waits for a retry, so that what is behind it may wait long. Takes out what is to be postponed. */
    void waits(Dispatch dispatch, Consumer<Dispatch> out) {
        lanes.block(dispatch, out);
    }

    /** The event is left in the log until its turn comes. */
    void postpone(Dispatch dispatch, LaterReads reads) {
        lanes.postpone(dispatch, reads);
    }

    /** Whether an event that was postponed is taken now. */
    boolean takes(ChannelRecord record, LaterReads reads) {
        return ordering.isEmpty() || lanes.takes(record, ordering.get().by(), reads);
    }

    /** The lowest offset of a partition that is postponed and wanted now, or {@link LaterReads#NOTHING}. */
    long wanted(int partition) {
        return lanes.wanted(partition);
    }

    /** An event that was postponed can't be read any more. */
    void lost(int partition, long offset) {
        lanes.lost(partition, offset);
    }

    /** Nothing that was postponed can be read any more below this offset. */
    void lostBelow(int partition, long bound) {
        lanes.lostBelow(partition, bound);
    }

    private void addFirstOfLane(Dispatch dispatch) {
        if (dispatch.held.isLastResort()) {
            lastResort.addLast(dispatch);
        } else {
            (replyAppender.isReply(dispatch.held.event()) ? replies : fresh).addLast(dispatch);
        }
    }

    /** Takes an event that was tried before and whose wait is over. */
    void addAgain(Dispatch dispatch) {
        if (dispatch.redriven != null) {
            redriven.addLast(dispatch);
        } else if (dispatch.held.isLastResort()) {
            (dispatch.failure == null ? lastResort : lastResortDeadLetters).addLast(dispatch);
        } else {
            (dispatch.failure == null ? due : deadLetters).addLast(dispatch);
        }
    }

    /** Takes out the next of those that must not wait for a place which a waiting reply has. */
    @Nullable
    Dispatch pollLastResort() {
        return lastResort.pollFirst();
    }

    /** The same, for the dead letter sink. */
    @Nullable
    Dispatch pollLastResortDeadLetter() {
        return lastResortDeadLetters.pollFirst();
    }

    /** Takes out the next of the parked events that are sent again. */
    @Nullable
    Dispatch pollRedriven() {
        return redriven.pollFirst();
    }

    /** Takes out those of the parked events that are sent again that are meant. */
    void takeOutRedriven(Predicate<Dispatch> which, Consumer<Dispatch> out) {
        redriven.takeOut(which, out);
    }

    /** There is no dead letter sink any more: what was on its way there has its subscriber to go to. */
    void dropDeadLetterSink() {
        due.addAllLast(deadLetters);
        lastResort.addAllLast(lastResortDeadLetters);
    }

    /** Takes out those that are meant. */
    void takeOut(Predicate<Dispatch> which, Consumer<Dispatch> out) {
        // Those behind others first, so that none of them is handed out in the place of one that goes.
        lanes.takeOutWaiting(which, out);
        List<Dispatch> first = new ArrayList<>();
        lastResort.takeOut(which, first::add);
        lastResortDeadLetters.takeOut(which, first::add);
        replies.takeOut(which, first::add);
        fresh.takeOut(which, first::add);
        due.takeOut(which, first::add);
        deadLetters.takeOut(which, first::add);
        for (Dispatch dispatch : first) {
            ended(dispatch);
            out.accept(dispatch);
        }
        lanes.leaveToOthers();
    }

    /** An event that was handed out has come to its end. */
    void ended(Dispatch dispatch) {
        Dispatch next = lanes.leave(dispatch);
        if (next != null) {
            addFirstOfLane(next);
        }
    }

    /**
     * Takes out the next for the subscriber.
     *
     * <p>Replies come first: they go on with what was begun before anything that waits, and a loop that is brought to its
     * end before the next is begun needs the room of one reply. Were all begun first, a channel that was full of events
     * would have to hold as many replies, and if these are larger, none of them would ever find room.
     *
     * <p>New events and retries take turns, so that neither a storm of retries nor one of events starves the other. So do
     * lanes: the next event of one goes behind the first of every other.
     */
    @Nullable
    Dispatch pollForSubscriber() {
        Dispatch needed = lastResort.pollFirst();
        if (needed != null) {
            return needed;
        }
        Dispatch reply = replies.pollFirst();
        if (reply != null) {
            return reply;
        }
        freshNext = !freshNext;
        Dispatch next = freshNext ? fresh.pollFirst() : pollAgain();
        if (next == null) {
            next = freshNext ? pollAgain() : fresh.pollFirst();
        }
        return next;
    }

    private @Nullable Dispatch pollAgain() {
        dueNext = !dueNext;
        Dispatch next = dueNext ? due.pollFirst() : redriven.pollFirst();
        if (next == null) {
            next = dueNext ? redriven.pollFirst() : due.pollFirst();
        }
        return next;
    }

    /** Takes out the next for the dead letter sink. */
    @Nullable
    Dispatch pollForDeadLetterSink() {
        Dispatch needed = lastResortDeadLetters.pollFirst();
        return needed == null ? deadLetters.pollFirst() : needed;
    }
}
