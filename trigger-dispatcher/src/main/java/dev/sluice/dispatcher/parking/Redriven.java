/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import dev.sluice.api.ledger.End;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** A parked event that is being sent again. Exactly one of its ends is called, once; on any thread. */
public final class Redriven {

    /** What became of it. */
    public enum Outcome {
        DELIVERED,
        /** Its trigger has a dead letter sink now, and that took it. */
        DEAD_LETTERED,
        EXPIRED,
        /** It failed again and is parked as before, with the new failure. */
        FAILED,
        /** Its trigger was deleted, or the process stops: it is parked as it was. */
        PUT_BACK
    }

    private final DeadLetterStore store;
    private final ParkedEvent parked;
    private final Promise<Outcome> outcome = Promise.promise();

    Redriven(DeadLetterStore store, ParkedEvent parked) {
        this.store = store;
        this.parked = parked;
    }

    public ParkedEvent parked() {
        return parked;
    }

    /** Completes when it is at an end or parked again; never fails. */
    public Future<Outcome> outcome() {
        return outcome.future();
    }

    /** It has come to an end, and is gone from the store. */
    public void ended(End end) {
        store.ended(parked.id());
        outcome.complete(
                switch (end) {
                    case DEAD_LETTERED -> Outcome.DEAD_LETTERED;
                    case EXPIRED -> Outcome.EXPIRED;
                    case DELIVERED -> Outcome.DELIVERED;
                    case PARKED, DISCARDED, LOST_TO_RETENTION, UNREADABLE ->
                        throw new IllegalArgumentException("end=" + end);
                });
    }

    /** @param attempts requests to the subscriber since it was taken out */
    public void failed(Cause cause, int attempts, long atMillis) {
        store.failedAgain(parked.id(), cause, attempts, atMillis);
        outcome.complete(Outcome.FAILED);
    }

    public void putBack() {
        store.putBack(parked.id());
        outcome.complete(Outcome.PUT_BACK);
    }
}
