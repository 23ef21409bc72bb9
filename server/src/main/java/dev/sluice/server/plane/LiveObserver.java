/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Loss;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.dispatcher.delivery.TriggerStats;
import dev.sluice.dispatcher.delivery.TriggerStats.Hold;
import dev.sluice.dispatcher.delivery.TriggerStats.Note;
import java.util.Optional;
import java.util.function.Function;

/** Tells the statuses of Triggers what the dispatcher of this process knows of them. */
public final class LiveObserver implements TriggerObserver {

    private final Function<String, Optional<TriggerStats>> statsByUid;

    /** @param statsByUid {@code dispatcher::stats} */
    public LiveObserver(Function<String, Optional<TriggerStats>> statsByUid) {
        this.statsByUid = requireNonNull(statsByUid, "statsByUid");
    }

    @Override
    public Optional<TriggerObservation> observe(String uid) {
        return statsByUid
                .apply(uid)
                .map(stats -> new TriggerObservation(
                        stats.inFlight(),
                        stats.hold().map(LiveObserver::standstill),
                        stats.holdChanged(),
                        stats.lastFailure().map(Note::text),
                        stats.lastUnusableReply().map(Note::text),
                        stats.lastLoss().map(note -> new Loss(note.at(), note.text())),
                        stats.nearRetention().map(note -> new Loss(note.at(), note.text()))));
    }

    private static Standstill standstill(Hold hold) {
        return switch (hold.reason()) {
            case PAUSED -> new Standstill("Paused", "the annotation sluice.dev/paused is true");
            case DEAD_LETTER_STORE_FULL ->
                new Standstill(
                        "DeadLetterStoreFull",
                        "events that could not be delivered find no room in the dead-letter store; redrive or discard"
                                + " some with sluice dead-letters, or raise --dead-letter-capacity");
            case SUBSCRIBER_UNAVAILABLE ->
                new Standstill(
                        "BreakerOpen",
                        "the subscriber is out of order and only probed until it answers again: " + hold.text());
            case KEYS_BLOCKED ->
                new Standstill(
                        "KeysBlocked",
                        "as many events as may be wait in the log behind others of their keys that fail; mend what"
                                + " fails, or set a dead letter sink and no sluice.dev/on-exhausted: block");
        };
    }
}
