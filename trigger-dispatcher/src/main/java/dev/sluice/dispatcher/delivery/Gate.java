/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.delivery.TriggerStats.Hold;
import dev.sluice.dispatcher.delivery.TriggerStats.HoldReason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a trigger may begin another event now: its places in flight, its rate, its breaker, and whether it is paused. */
final class Gate {

    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private final ResourceName trigger;
    private final Timers timers;
    private final TriggerCounts counts;
    private final int defaultMaxInFlight;

    private Share share = Share.WHOLE;
    /** Of all dispatchers together. */
    private int maxInFlightOfAll;
    /** Of this one. */
    private int maxInFlight;

    private @Nullable Hold paused;
    private @Nullable TokenBucket bucket;
    private @Nullable Breaker breaker;
    /** While events that were given up find no room. */
    private @Nullable Hold full;
    /** While as many events as may be wait in the log behind others of their keys. */
    private @Nullable Hold blocked;
    /** While the breaker is not closed. */
    private @Nullable Hold broken;

    /** @param defaultMaxInFlight events under way at a time, where the trigger does not say */
    Gate(ResourceName trigger, Timers timers, TriggerCounts counts, int defaultMaxInFlight, Pacing pacing) {
        this.trigger = trigger;
        this.timers = timers;
        this.counts = counts;
        this.defaultMaxInFlight = defaultMaxInFlight;
        change(pacing);
    }

    /** Goes by other rules from now on. A rule that stays as it was goes on from where it is. */
    void change(Pacing pacing) {
        maxInFlightOfAll = pacing.maxInFlight().orElse(defaultMaxInFlight);
        maxInFlight = share.of(maxInFlightOfAll);
        if (pacing.rateLimit().isEmpty()) {
            bucket = null;
        } else if (bucket == null || !bucket.limit().equals(pacing.rateLimit().get())) {
            bucket = new TokenBucket(pacing.rateLimit().get(), share, timers.nanoTime());
        }
        if (!pacing.breaker()) {
            if (broken != null) {
                LOG.atInfo().addKeyValue("trigger", trigger).log("breaker closed: it was switched off");
            }
            breaker = null;
            broken = null;
        } else if (breaker == null) {
            breaker = new Breaker();
        }
        if (pacing.paused() != isPaused()) {
            paused = pacing.paused() ? new Hold(HoldReason.PAUSED, "") : null;
            LOG.atInfo()
                    .addKeyValue("trigger", trigger)
                    .log(pacing.paused() ? "paused; its events wait" : "paused no more");
        }
        publish();
    }

    /**
     * Applies this share of places in flight and of the rate from now on. The breaker goes by what is seen here and is
     * nobody else's.
     */
    void share(Share changed) {
        share = changed;
        maxInFlight = changed.of(maxInFlightOfAll);
        if (bucket != null) {
            bucket.share(changed, timers.nanoTime());
        }
    }

    private void publish() {
        Hold first = paused != null ? paused : full != null ? full : broken != null ? broken : blocked;
        counts.held(first, Instant.ofEpochMilli(timers.epochMillis()));
    }

    /** Whether as many events as may be are postponed, so that nothing new is looked at. */
    void keysBlocked(boolean now) {
        if (now == (blocked != null)) {
            return;
        }
        blocked = now ? new Hold(HoldReason.KEYS_BLOCKED, "") : null;
        publish();
        if (now) {
            LOG.atWarn()
                    .addKeyValue("trigger", trigger)
                    .log(
                            "too many events wait behind others of their keys; the trigger takes no new ones until fewer do");
        } else {
            LOG.atInfo().addKeyValue("trigger", trigger).log("fewer events wait behind others; the trigger goes on");
        }
    }

    /** Whether events that were given up wait for room in the dead-letter store. */
    void storeFull(boolean now) {
        if (now == (full != null)) {
            return;
        }
        full = now ? new Hold(HoldReason.DEAD_LETTER_STORE_FULL, "") : null;
        publish();
        if (now) {
            LOG.atWarn()
                    .addKeyValue("trigger", trigger)
                    .log(
                            "the dead-letter store is full; the trigger pauses until dead letters are redriven or discarded");
        } else {
            LOG.atInfo().addKeyValue("trigger", trigger).log("the dead-letter store has room; the trigger goes on");
        }
    }

    boolean isPaused() {
        return paused != null;
    }

    /** Events that may be under way at a time. */
    int places() {
        return maxInFlight;
    }

    /** @param underway places in flight that are taken */
    boolean hasPlace(int underway) {
        return paused == null && underway < maxInFlight;
    }

    /** Whether a request may go to the subscriber, if there is a place for it. */
    boolean admitsToSubscriber() {
        if (bucket == null && broken == null) {
            return true;
        }
        long now = timers.nanoTime();
        return (breaker == null || breaker.admits(now)) && (bucket == null || bucket.hasToken(now));
    }

    /** Whether another event should go to the subscriber before this one, if there is another. */
    boolean prefersAnotherTo(Dispatch dispatch) {
        return breaker != null && breaker.hasJustProbed(dispatch);
    }

    /** Whether time alone will open a gate that {@link #admitsToSubscriber} found shut; if not, the end of a probe will. */
    boolean opensByItself() {
        return breaker == null || breaker.state() != Breaker.State.PROBING;
    }

    /** When time alone will. */
    long opensAtNanos() {
        long tokenAt = bucket == null ? timers.nanoTime() : bucket.hasTokenAt();
        if (breaker == null || broken == null) {
            return tokenAt;
        }
        long probeAt = breaker.probeAtNanos();
        return tokenAt - probeAt < 0 ? probeAt : tokenAt;
    }

    /** A request goes to the subscriber. */
    void sent(Dispatch dispatch, long nowNanos) {
        if (bucket != null) {
            bucket.take(nowNanos);
        }
        if (breaker != null) {
            breaker.sent(dispatch);
        }
    }

    /** The subscriber has the event. */
    void succeeded() {
        if (breaker != null) {
            apply(breaker.answered(), "");
        }
    }

    /** The attempt at the subscriber failed. */
    void failed(Dispatch dispatch, Failure failure, Delivery delivery) {
        if (breaker != null) {
            apply(breaker.failed(dispatch, failure, delivery, timers.nanoTime()), failure.message());
        }
    }

    /** A request to the subscriber was broken off, and its event is somebody else's. */
    void abandoned(Dispatch dispatch) {
        if (breaker != null) {
            breaker.abandoned(dispatch, timers.nanoTime());
        }
    }

    private void apply(Breaker.Change change, String failure) {
        switch (change) {
            case NONE -> {}
            case OPENED -> {
                broken = new Hold(HoldReason.SUBSCRIBER_UNAVAILABLE, failure);
                publish();
                LOG.atWarn()
                        .addKeyValue("trigger", trigger)
                        .addKeyValue("error", failure)
                        .log("breaker opened: the subscriber is only probed until it answers again");
            }
            case CLOSED -> {
                broken = null;
                publish();
                LOG.atInfo().addKeyValue("trigger", trigger).log("breaker closed: the subscriber answers again");
            }
        }
    }

    /** Where or how events are delivered is not what it was, and a broken subscriber may be mended. */
    void hope(Delivery delivery) {
        if (breaker != null) {
            breaker.hope(delivery, timers.nanoTime());
        }
    }
}
