/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.send.Attempt;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events of one trigger that were begun and are not ended: what is being sent, the replies that are being appended,
 * and what waits for a time to come. One timer serves them all.
 */
final class Underway {

    private final Timers timers;
    private final Alarm alarm;

    /** Requests that run, by their timeout. */
    private final DispatchList sending = new DispatchList();
    /** RETRY_WAIT, DEAD_LETTER_WAIT and REPLY_WAIT. */
    private final RetryQueue waits = new RetryQueue();
    /** PARKING_WAIT. */
    private final DispatchList blocked = new DispatchList();
    /** In APPENDING_REPLY. */
    private int appending;
    /** In REPLY_WAIT. */
    private int replyWaits;

    /** @param ring called when {@link #ring} has something to do */
    Underway(Timers timers, Runnable ring) {
        this.timers = timers;
        alarm = new Alarm(timers, ring);
    }

    int size() {
        return active() + waits.size() + blocked.size();
    }

    /** Requests that run. */
    int requests() {
        return sending.size();
    }

    /** Places in flight that are taken: see {@link DispatchState}. */
    int places() {
        return active() + replyWaits;
    }

    /** Those of them that are not taken by replies which wait for the channel. */
    int active() {
        return sending.size() + appending;
    }

    /** Replies that are being appended. */
    int appendingReplies() {
        return appending;
    }

    /** Everything but what is in APPENDING_REPLY. */
    void forEach(Consumer<Dispatch> action) {
        sending.forEach(action);
        waits.forEach(action);
        blocked.forEach(action);
    }

    /** Whether there is anything that may come to an end before this time. */
    boolean isBusyBefore(long nanos) {
        Dispatch firstWait = waits.first();
        return active() > 0 || (firstWait != null && firstWait.dueNanos - nanos <= 0);
    }

    /** Starts a request, which is timed out when it has run for so long. It may fail before this returns. */
    void start(Dispatch dispatch, Attempt attempt, long startedNanos, Duration timeout) {
        dispatch.attempt = attempt;
        dispatch.dueNanos = startedNanos + nanos(timeout);
        sending.addByDueTime(dispatch);
        alarm.ringBy(dispatch.dueNanos);
        attempt.start();
    }

    /** The request has its result. */
    void answered(Dispatch dispatch) {
        sending.remove(dispatch);
        dispatch.attempt = null;
    }

    void appending(Dispatch dispatch) {
        dispatch.become(DispatchState.APPENDING_REPLY);
        appending++;
    }

    void appended() {
        appending--;
    }

    /** Puts the event into a state that ends by itself after so many milliseconds. */
    void await(Dispatch dispatch, DispatchState state, long millis) {
        dispatch.become(state);
        dispatch.dueNanos = timers.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        keepWaiting(dispatch);
    }

    private void keepWaiting(Dispatch dispatch) {
        if (dispatch.state() == DispatchState.REPLY_WAIT) {
            replyWaits++;
        }
        waits.add(dispatch);
        alarm.ringBy(dispatch.dueNanos);
    }

    /** The event was given up and finds no room in the dead-letter store. */
    void block(Dispatch dispatch, Cause cause) {
        dispatch.become(DispatchState.PARKING_WAIT);
        dispatch.givenUp = cause;
        dispatch.charge(cause.bytes());
        blocked.addLast(dispatch);
    }

    /** Events that wait for room in the dead-letter store. */
    int blocked() {
        return blocked.size();
    }

    /** The one of them that has waited longest. */
    @Nullable
    Dispatch firstBlocked() {
        return blocked.first();
    }

    /** It has found room. */
    void unblock(Dispatch dispatch) {
        blocked.remove(dispatch);
        dispatch.givenUp = null;
    }

    /** Takes out everything that waits. */
    List<Dispatch> endWaits() {
        replyWaits = 0;
        return waits.drain();
    }

    /** Takes out what waits for room in the dead-letter store. */
    void endBlocks(Consumer<Dispatch> ended) {
        for (Dispatch given = blocked.first(); given != null; given = blocked.first()) {
            unblock(given);
            ended.accept(given);
        }
    }

    /** Takes out those that are meant and wait, for whatever it is. */
    void takeOutWaits(Predicate<Dispatch> which, Consumer<Dispatch> out) {
        blocked.takeOut(which, dispatch -> {
            dispatch.givenUp = null;
            out.accept(dispatch);
        });
        for (Dispatch dispatch : endWaits()) {
            if (which.test(dispatch)) {
                out.accept(dispatch);
            } else {
                keepWaiting(dispatch);
            }
        }
    }

    /** Breaks off the requests that are meant. Whether they arrived nobody knows. */
    void takeOutSent(Predicate<Dispatch> which, Consumer<Dispatch> out) {
        sending.takeOut(which, dispatch -> breakOff(dispatch, out));
    }

    /** Breaks off the requests that can't have arrived, since they have no connection yet. */
    void takeOutUnsent(Consumer<Dispatch> out) {
        sending.takeOut(
                dispatch -> requireNonNull(dispatch.attempt, "attempt").isUnsent(),
                dispatch -> breakOff(dispatch, out));
    }

    private static void breakOff(Dispatch dispatch, Consumer<Dispatch> out) {
        requireNonNull(dispatch.attempt, "attempt").abandon();
        dispatch.attempt = null;
        out.accept(dispatch);
    }

    /** Takes out what waits for its subscriber or dead letter sink. What waits for the channel goes on waiting. */
    void endWaitsForDestinations(Consumer<Dispatch> ended) {
        endBlocks(ended);
        for (Dispatch dispatch : endWaits()) {
            if (dispatch.state() == DispatchState.REPLY_WAIT) {
                keepWaiting(dispatch);
            } else {
                ended.accept(dispatch);
            }
        }
    }

    /** Times out the requests that have run for too long, and takes out what has waited long enough. */
    void ring(Consumer<Dispatch> waited) {
        long now = timers.nanoTime();
        Dispatch first = sending.first();
        while (first != null && first.dueNanos - now <= 0) {
            Attempt attempt = requireNonNull(first.attempt, "attempt");
            long due = attempt.dueNanos(first.dueNanos, now);
            if (due - now > 0) {
                sending.remove(first);
                first.dueNanos = due;
                sending.addByDueTime(first);
            } else {
                attempt.timeOut();
                // Told at once, which takes it off the list; it may be back on it with another attempt, such as at a
                // sink.
                if (first.attempt == attempt) {
                    throw new IllegalStateException("an attempt has ended and its event was not told");
                }
            }
            first = sending.first();
        }
        Dispatch due = waits.pollDue(now);
        while (due != null) {
            if (due.state() == DispatchState.REPLY_WAIT) {
                replyWaits--;
            }
            waited.accept(due);
            due = waits.pollDue(now);
        }
        rearm(sending.first());
        rearm(waits.first());
    }

    /** Makes the alarm ring at this time or earlier. */
    void ringBy(long nanos) {
        alarm.ringBy(nanos);
    }

    private void rearm(@Nullable Dispatch first) {
        if (first != null) {
            alarm.ringBy(first.dueNanos);
        }
    }

    void cancelAlarm() {
        alarm.cancel();
    }

    /** Breaks off every request, whose results are then of no interest. */
    void abandon() {
        alarm.cancel();
        Dispatch running = sending.first();
        while (running != null) {
            requireNonNull(running.attempt, "attempt").abandon();
            running = running.next;
        }
    }

    private static long nanos(Duration duration) {
        return TimeUnit.MILLISECONDS.toNanos(Math.min(Backoff.millis(duration), TimeUnit.DAYS.toMillis(365)));
    }
}
