/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import io.vertx.core.Future;
import io.vertx.core.Promise;

/** A parked event that is being sent again. Exactly one of its ends is called, once; on any thread. */
public final class Redriven {

    /** What became of it. */
    public enum Outcome {
        /** The subscriber has it, or the event ended in another way that is not failure. */
        ENDED,
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

    public void ended() {
        store.ended(parked.id());
        outcome.complete(Outcome.ENDED);
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
