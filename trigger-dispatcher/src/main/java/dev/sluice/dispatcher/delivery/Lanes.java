/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.event.EventAttribute;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The lanes of an ordered trigger. A lane is there as long as it has an event; to find the next that may go costs nothing,
 * because every lane hands out its first event as soon as that may be begun, and the next when that has ended.
 */
final class Lanes {

    private final Map<Lane, Lane> lanes = new HashMap<>();
    private int waiting;

    /** Events that wait for one before them to end. */
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

    /**
     * Puts an event that was just matched into its lane.
     *
     * @return whether it is the first there, and so may be begun; if not, {@link #leave} hands it out later
     */
    boolean enter(Dispatch dispatch, EventAttribute by) {
        Lane made = new Lane(dispatch.held.partition(), by.textIn(dispatch.held.event()));
        Lane present = lanes.putIfAbsent(made, made);
        if (present == null) {
            dispatch.lane = made;
            dispatch.held.charge(Lane.BYTES);
            return true;
        }
        dispatch.lane = present;
        present.waiting().addLast(dispatch);
        waiting++;
        return false;
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
        Dispatch next = lane.pollWaiting();
        if (next == null) {
            lanes.remove(lane);
            lane.close();
        } else {
            waiting--;
            // The event that opened the lane paid for it, and has gone back.
            next.held.charge(Lane.BYTES);
        }
        return next;
    }

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
        waiting = 0;
    }
}
