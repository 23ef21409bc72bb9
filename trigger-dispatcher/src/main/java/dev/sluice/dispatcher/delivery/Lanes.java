/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.event.EventAttribute;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The lanes of an ordered trigger. A lane is there as long as it has an event; to find the next that may go costs nothing,
 * because every lane hands out its first event as soon as that may be begun, and the next when that has ended.
 */
final class Lanes {

    /** Asks for what was postponed. */
    @FunctionalInterface
    interface Wanting {
        void want(LaterReads reads, long offset);
    }

    /** What becomes of an event that enters. */
    enum Entry {
        /** It is the first in its lane and may be begun. */
        FIRST,
        /** {@link #leave} hands it out later. */
        BEHIND,
        /** It is to be {@linkplain #postpone postponed}. */
        LATER
    }

    private final Wanting wanting;
    private final Map<Lane, Lane> lanes = new HashMap<>();
    /** Those that have postponed something. */
    private final Set<Lane> postponing = new LinkedHashSet<>();

    private int waiting;

    Lanes(Wanting wanting) {
        this.wanting = wanting;
    }

    /** Events that wait for one before them to end, in memory. */
    int waiting() {
        return waiting;
    }

    int size() {
        return lanes.size();
    }

    void forEachWaiting(Consumer<Dispatch> action) {
        for (Lane lane : lanes.keySet()) {
            lane.waiting().forEach(action);
        }
    }

    /** Puts an event into its lane that was just matched, or that was postponed and {@linkplain #takes taken}. */
    Entry enter(Dispatch dispatch, EventAttribute by) {
        Lane made = new Lane(dispatch.held.partition(), by.textIn(dispatch.held.event()));
        Lane present = lanes.putIfAbsent(made, made);
        Lane lane = present == null ? made : present;
        dispatch.lane = lane;
        long offset = dispatch.held.offset();
        if (lane.hasPostponed()) {
            lane.postponedNoMore(offset);
            if (!lane.hasPostponed()) {
                postponing.remove(lane);
            }
        }
        if (present != null && dispatch.held.isReturnable() && lane.postpones(offset)) {
            return Entry.LATER;
        }
        if (!lane.isBusy()) {
            lane.begin();
            dispatch.held.charge(Lane.BYTES);
            return Entry.FIRST;
        }
        lane.waiting().addLast(dispatch);
        waiting++;
        return Entry.BEHIND;
    }

    /**
     * Takes the event that came to its end out of its lane, if it is in one.
     *
     * @return the one behind it, which may be begun now
     */
    @Nullable
    Dispatch leave(Dispatch ended) {
        Lane lane = ended.lane;
        if (lane == null || !lane.isOpen()) {
            return null;
        }
        Dispatch next = lane.next(ended);
        if (next != null) {
            waiting--;
            // The event that opened the lane paid for it, and has gone back.
            next.held.charge(Lane.BYTES);
        }
        LaterReads reads = lane.reads();
        if (reads != null) {
            long wanted = lane.wanted();
            if (wanted != LaterReads.NOTHING) {
                wanting.want(reads, wanted);
            }
        } else {
            forget(lane);
        }
        return next;
    }

    // ---- what is left in the log
    // --------------------------------------------------------------------------------------

    /** An event waits for a retry. Takes out what is to be postponed for that, the last first. */
    void block(Dispatch waits, Consumer<Dispatch> out) {
        Lane lane = waits.lane;
        if (lane == null || !lane.isOpen()) {
            return;
        }
        lane.block();
        DispatchList behind = lane.waiting();
        for (Dispatch last = behind.last();
                last != null && behind.size() > Lane.MOST_IN_TROUBLE && last.held.isReturnable();
                last = behind.last()) {
            behind.remove(last);
            waiting--;
            out.accept(last);
        }
    }

    /** The event is left in the log. */
    void postpone(Dispatch dispatch, LaterReads reads) {
        Lane lane = dispatch.lane;
        if (lane != null && lane.isOpen()) {
            lane.postpone(dispatch.held.offset(), reads);
            postponing.add(lane);
        }
    }

    /** Whether an event is taken now that was postponed, here or by an earlier owner of its partition. If not, it stays so. */
    boolean takes(ChannelRecord record, EventAttribute by, LaterReads reads) {
        Lane lane = lanes.get(new Lane(record.partition(), by.textIn(record.event())));
        if (lane == null || lane.takesPostponed(record.offset())) {
            return true;
        }
        lane.postpone(record.offset(), reads);
        postponing.add(lane);
        return false;
    }

    /** The lowest offset of a partition that any lane wants now, or {@link LaterReads#NOTHING}. */
    long wanted(int partition) {
        long lowest = LaterReads.NOTHING;
        for (Lane lane : postponing) {
            if (lane.partition() == partition) {
                lowest = Math.min(lowest, lane.wanted());
            }
        }
        return lowest;
    }

    /** An event that was postponed can't be read any more. */
    void lost(int partition, long offset) {
        for (Lane lane : List.copyOf(postponing)) {
            if (lane.partition() == partition) {
                lane.postponedNoMore(offset);
                tidy(lane);
            }
        }
    }

    /** Nothing that was postponed can be read any more below this offset. */
    void lostBelow(int partition, long bound) {
        for (Lane lane : List.copyOf(postponing)) {
            if (lane.partition() == partition) {
                lane.postponedNoMoreBelow(bound);
                tidy(lane);
            }
        }
    }

    /** What was postponed in partitions that go away is another process's. */
    void leaveToOthers() {
        for (Lane lane : List.copyOf(postponing)) {
            if (lane.reads() == null) {
                forget(lane);
            }
        }
    }

    /** Asks for everything that was postponed, which then finds its lanes as if it had just been matched. */
    void wantAll(Consumer<LaterReads> ask) {
        Set<LaterReads> all = new LinkedHashSet<>();
        for (Lane lane : List.copyOf(postponing)) {
            LaterReads reads = lane.reads();
            if (reads != null) {
                all.add(reads);
            }
            forget(lane);
        }
        all.forEach(ask);
    }

    private void forget(Lane lane) {
        lane.forgetPostponed();
        tidy(lane);
    }

    /** Lets go of what there is no need for. */
    private void tidy(Lane lane) {
        if (!lane.hasPostponed()) {
            postponing.remove(lane);
            if (!lane.isBusy()) {
                lanes.remove(lane);
                lane.close();
            }
        }
    }

    // ---- changes
    // ------------------------------------------------------------------------------------------------------

    /** Takes out those that are meant and wait for one before them. */
    void takeOutWaiting(Predicate<Dispatch> which, Consumer<Dispatch> out) {
        for (Lane lane : lanes.keySet()) {
            lane.waiting().takeOut(which, taken -> {
                waiting--;
                out.accept(taken);
            });
        }
    }

    /** Does away with all lanes: nobody waits for another any more. */
    void dissolve(Consumer<DispatchList> freed) {
        for (Lane lane : lanes.keySet()) {
            lane.close();
            freed.accept(lane.waiting());
        }
        lanes.clear();
        postponing.clear();
        waiting = 0;
    }
}
