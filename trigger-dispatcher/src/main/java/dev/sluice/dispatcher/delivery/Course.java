/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.TriggerStats.Note;
import dev.sluice.dispatcher.parking.Cause;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.Redriven;
import dev.sluice.dispatcher.send.AttemptResult;
import dev.sluice.dispatcher.send.AttemptResult.Withheld;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.dispatcher.send.Purpose;
import dev.sluice.dispatcher.send.Target;
import io.cloudevents.CloudEvent;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes each event of one trigger from state to state, along {@link DispatchState}: to the subscriber, its reply to the
 * broker, to the dead letter sink, to its end. Confined to the context of its broker.
 */
final class Course {

    private static final Logger LOG = LoggerFactory.getLogger(Course.class);

    private final RouteInForce inForce;
    private final Timers timers;
    private final ReplyAppender replies;
    private final Backlog backlog;
    private final Gate gate;
    private final Underway underway;
    private final TriggerCounts counts;
    private final TriggerMeters meters;
    private final FailureLog failureLog;
    private final Runnable whenRoom;

    private final DeadLetterStore.Shelf shelf;
    private final Runnable whenParkingMayGoOn;
    private final Consumer<Dispatch> postpone = this::postpone;

    private boolean discarding;
    private boolean stopped;

    /** @param whenRoom called whenever an event gave back its place in flight, or may have */
    Course(
            RouteInForce inForce,
            TriggerQueue.Setup setup,
            Backlog backlog,
            Gate gate,
            Underway underway,
            TriggerCounts counts,
            TriggerMeters meters,
            Runnable whenRoom) {
        this.inForce = inForce;
        timers = setup.timers();
        replies = setup.replies();
        this.backlog = backlog;
        this.gate = gate;
        this.underway = underway;
        this.counts = counts;
        this.meters = meters;
        failureLog = new FailureLog(inForce.route().name(), timers);
        this.whenRoom = whenRoom;
        shelf = setup.shelf();
        whenParkingMayGoOn = () -> timers.soon(this::parkBlocked);
    }

    /** From now on whatever is waiting, or comes back from an attempt without success, is discarded. */
    void discardAll() {
        discarding = true;
        shelf.forget(whenParkingMayGoOn);
    }

    /** From now on nothing comes to an end. */
    void stop() {
        stopped = true;
    }

    /** Begins an event, or goes on with one whose wait is over. */
    void proceed(Dispatch dispatch) {
        Target sink = inForce.sink();
        if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (dispatch.reply != null) {
            // Answered before a stop, and not kept by the broker then.
            append(dispatch, dispatch.reply);
        } else if (!dispatch.held.mayBegin()) {
            leaveToChannel(dispatch);
        } else if (dispatch.failure != null && sink != null) {
            sendDeadLetter(dispatch, sink);
        } else {
            // Perhaps on its way to a sink that the trigger has no more; then its subscriber is asked again.
            dispatch.failure = null;
            if (dispatch.held.expiredAt(timers.epochMillis())) {
                expire(dispatch, sink);
            } else {
                send(dispatch);
            }
        }
    }

    private void expire(Dispatch dispatch, @Nullable Target sink) {
        if (sink == null) {
            end(dispatch, End.EXPIRED);
        } else {
            String address = inForce.subscriber().address();
            deadLetter(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.EXPIRED,
                            "the event's expirytime passed before " + address + " had it",
                            address),
                    sink);
        }
    }

    /** Gives an event back that was begun, or is just about to be. */
    private void leaveToChannel(Dispatch dispatch) {
        backlog.ended(dispatch);
        giveBack(dispatch);
    }

    /** The one place where an event leaves without an end, for its channel to keep. */
    void giveBack(Dispatch dispatch) {
        dispatch.become(DispatchState.ENDED);
        counts.handedOver.increment();
        dispatch.held.giveBack();
    }

    /** Leaves an event in its log until its turn comes. */
    void postpone(Dispatch dispatch) {
        dispatch.become(DispatchState.ENDED);
        counts.handedOver.increment();
        backlog.postpone(dispatch, dispatch.held.postpone());
    }

    /** Ends a parked event that somebody began to send again, and thought better of it. */
    void putBack(Dispatch dispatch) {
        dispatch.become(DispatchState.ENDED);
        counts.ended(End.PARKED).increment();
        requireNonNull(dispatch.redriven, "redriven").putBack();
        dispatch.done();
    }

    private void end(Dispatch dispatch, End end) {
        atEnd(dispatch, end);
        dispatch.done();
    }

    /** Parked it has its end, and leaves its channel when it is durable where it is parked. */
    private void endParked(Dispatch dispatch) {
        Future<Void> kept = shelf.kept();
        atEnd(dispatch, End.PARKED);
        if (kept.succeeded()) {
            dispatch.done();
        } else {
            kept.onComplete(durable -> timers.soon(() -> leave(dispatch, durable.succeeded())));
        }
    }

    /** What will never be durable here stays in its log, which somebody reads again. */
    private static void leave(Dispatch dispatch, boolean durable) {
        if (durable || !dispatch.held.isReturnable()) {
            dispatch.done();
        } else {
            dispatch.held.giveBack();
        }
    }

    /** The one place where an event comes to its end. */
    private void atEnd(Dispatch dispatch, End end) {
        dispatch.become(DispatchState.ENDED);
        Redriven redriven = dispatch.redriven;
        if (redriven != null && end == End.DISCARDED) {
            // Its trigger is gone; it is parked as it was before somebody sent it again.
            counts.ended(End.PARKED).increment();
            redriven.putBack();
        } else {
            counts.ended(end).increment();
            if (end != End.PARKED) {
                tellOrigin(dispatch, end);
            }
        }
        backlog.ended(dispatch);
    }

    /** A parked event tells its origin by itself. */
    private static void tellOrigin(Dispatch dispatch, End end) {
        if (dispatch.redriven != null) {
            dispatch.redriven.ended(end);
        }
        if (dispatch.whenEnded != null) {
            dispatch.whenEnded.run();
        }
    }

    // ---- to the subscriber ------------------------------------------------------------------------------------------

    private void send(Dispatch dispatch) {
        dispatch.become(DispatchState.SENDING);
        if (dispatch.firstAttemptMillis == 0) {
            dispatch.firstAttemptMillis = timers.epochMillis();
        }
        if (dispatch.countAttempt()) {
            counts.retries.increment();
        }
        TriggerRoute by = inForce.route();
        Target to = inForce.subscriber();
        long startedNanos = timers.nanoTime();
        gate.sent(dispatch, startedNanos);
        underway.start(
                dispatch,
                to.attempt(
                        dispatch.held.event(),
                        mode(by.delivery()),
                        Classifier.purpose(by.reply()),
                        () -> mayLeave(dispatch),
                        result -> answered(dispatch, by, to, result, startedNanos)),
                startedNanos,
                by.delivery().timeout());
    }

    private boolean mayLeave(Dispatch dispatch) {
        return dispatch.held.mayBegin() && !dispatch.held.expiredAt(timers.epochMillis());
    }

    private static ContentMode mode(Delivery delivery) {
        return switch (delivery.format()) {
            case BINARY -> ContentMode.BINARY;
            case JSON -> ContentMode.STRUCTURED;
        };
    }

    private void answered(Dispatch dispatch, TriggerRoute by, Target from, AttemptResult result, long startedNanos) {
        if (stopped) {
            return;
        }
        underway.answered(dispatch);
        if (result instanceof Withheld) {
            withheld(dispatch);
            return;
        }
        CloudEvent event = dispatch.held.event();
        long now = timers.epochMillis();
        Verdict verdict;
        try {
            verdict =
                    Classifier.ofSubscriber(result, from.address(), by.reply(), event, replies.stamp(event, now), now);
        } catch (RuntimeException e) {
            verdict = notUnderstood(dispatch, from, e);
        }
        if (verdict instanceof Verdict.Failed failed) {
            meters.failed(failed.failure().kind(), timers.nanoTime() - startedNanos);
            gate.failed(dispatch, failed.failure(), by.delivery());
            failed(dispatch, failed.failure());
        } else {
            meters.succeeded(timers.nanoTime() - startedNanos);
            failureLog.succeeded();
            gate.succeeded();
            if (verdict instanceof Verdict.Replied replied) {
                replied(dispatch, replied.reply());
            } else {
                if (verdict instanceof Verdict.UnusableReply unusable) {
                    counts.answeredUnusably(new Note(Instant.ofEpochMilli(now), unusable.text()));
                }
                end(dispatch, End.DELIVERED);
            }
        }
        whenRoom.run();
    }

    /** It was withheld at the last moment: nothing of this attempt was sent. */
    private void withheld(Dispatch dispatch) {
        gate.abandoned(dispatch);
        if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (dispatch.state() == DispatchState.SENDING && hasExpired(dispatch.held)) {
            expire(dispatch, inForce.sink());
        } else {
            leaveToChannel(dispatch);
        }
        whenRoom.run();
    }

    /** Whether that is why it was withheld; nothing else withholds what no log takes back, whatever the clock says now. */
    private boolean hasExpired(HeldEvent held) {
        return held.mayBegin() && (!held.isReturnable() || held.expiredAt(timers.epochMillis()));
    }

    /** An answer that trips us up, a defect of ours, fails the attempt, and its event goes on as after any failure. */
    private Verdict notUnderstood(Dispatch dispatch, Target from, RuntimeException defect) {
        LOG.atError()
                .setCause(defect)
                .addKeyValue("trigger", inForce.route().name())
                .addKeyValue("eventId", dispatch.held.event().getId())
                .log("an answer could not be understood");
        return new Verdict.Failed(Failure.unanswered(
                FailureKind.BROKEN_RESPONSE,
                from.address() + " gave an answer that could not be understood: " + defect,
                from.address()));
    }

    private void failed(Dispatch dispatch, Failure failure) {
        note(dispatch, failure);
        Delivery delivery = inForce.delivery();
        Target sink = inForce.sink();
        if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (failure.kind().retried() && dispatch.attempts <= delivery.retry()) {
            underway.await(dispatch, DispatchState.RETRY_WAIT, beforeRetry(dispatch.attempts, failure));
            backlog.waits(dispatch, postpone);
        } else if (holdsLane(dispatch)) {
            underway.await(dispatch, DispatchState.RETRY_WAIT, Backoff.whenKept(delivery, failure));
            backlog.waits(dispatch, postpone);
        } else if (sink != null) {
            deadLetter(dispatch, failure, sink);
        } else {
            giveUp(dispatch, failure.cause());
        }
    }

    /** Whether the event is to be tried until it is taken, because none behind it may go before. */
    private boolean holdsLane(Dispatch dispatch) {
        Optional<Ordering> ordering = inForce.route().ordering();
        return dispatch.lane != null && ordering.isPresent() && ordering.get().blocks();
    }

    private long beforeRetry(int ordinal, Failure failure) {
        return Backoff.beforeRetry(inForce.delivery(), ordinal, failure, ThreadLocalRandom.current());
    }

    private void note(Dispatch dispatch, Failure failure) {
        failureLog.failed(failure);
        counts.failed(new Note(Instant.ofEpochMilli(timers.epochMillis()), failure.message()));
        LOG.atDebug()
                .addKeyValue("trigger", inForce.route().name())
                .addKeyValue("eventId", dispatch.held.event().getId())
                .addKeyValue("attempt", dispatch.attempts)
                .addKeyValue("statusCode", failure.status())
                .addKeyValue("error", failure.message())
                .log("attempt failed");
    }

    // ---- the reply --------------------------------------------------------------------------------------------------

    private void replied(Dispatch dispatch, CloudEvent reply) {
        if (BrokerAttributes.exhausted(reply)) {
            String address = inForce.subscriber().address();
            failed(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.REPLY_LOOP,
                            address
                                    + " answered with an event that has been through brokers as often as an"
                                    + " event may; its type is \"" + reply.getType() + "\"",
                            address));
            return;
        }
        dispatch.reply = reply;
        dispatch.laterAttempts = 0;
        // Also if the event has become another process's meanwhile: its delivery took place, and a subscriber that is
        // sent it once more may know it, and have nothing to say.
        append(dispatch, reply);
    }

    /** Appends a reply whose wait is over. */
    void appendAgain(Dispatch dispatch) {
        CloudEvent reply = dispatch.reply;
        if (reply == null) {
            throw new IllegalStateException("a wait for the channel without a reply");
        }
        append(dispatch, reply);
    }

    private void append(Dispatch dispatch, CloudEvent reply) {
        underway.appending(dispatch);
        dispatch.countLaterAttempt();
        replies.append(reply, dispatch.held).onComplete(appended -> timers.soon(() -> appended(dispatch, appended)));
    }

    private void appended(Dispatch dispatch, AsyncResult<Void> appended) {
        if (stopped) {
            return;
        }
        underway.appended();
        Throwable refusal = appended.cause();
        if (refusal == null) {
            dispatch.reply = null;
            counts.replies.increment();
            end(dispatch, End.DELIVERED);
        } else if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (ReplyAppender.mayPass(refusal)) {
            underway.await(
                    dispatch,
                    DispatchState.REPLY_WAIT,
                    ReplyAppender.waitMillis(
                            refusal, Backoff.millis(inForce.delivery().backoff(dispatch.laterAttempts))));
        } else {
            dispatch.reply = null;
            dispatch.laterAttempts = 0;
            String address = inForce.subscriber().address();
            failed(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.REPLY_TOO_LARGE,
                            "the reply of " + address + " can't be kept: " + refusal.getMessage(),
                            address));
        }
        whenRoom.run();
    }

    // ---- to the dead letter sink ------------------------------------------------------------------------------------

    private void deadLetter(Dispatch dispatch, Failure failure, Target to) {
        dispatch.failure = failure;
        dispatch.laterAttempts = 0;
        dispatch.charge(failure.bytes());
        if (dispatch.held.mayBegin()) {
            sendDeadLetter(dispatch, to);
        } else {
            leaveToChannel(dispatch);
        }
    }

    private void sendDeadLetter(Dispatch dispatch, Target to) {
        Failure failure = dispatch.failure;
        if (failure == null) {
            throw new IllegalStateException("a dead letter without a failure");
        }
        dispatch.become(DispatchState.DEAD_LETTERING);
        if (dispatch.countLaterAttempt()) {
            counts.retries.increment();
        }
        CloudEvent deadLetter;
        try {
            deadLetter = DeadLetter.of(dispatch.held.event(), failure);
        } catch (RuntimeException e) {
            // Of no use to try again; it is parked, as if the sink had refused it.
            deadLetterFailed(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.UNSENDABLE,
                            to.address() + " can't be sent this dead letter: " + e,
                            to.address()));
            return;
        }
        long startedNanos = timers.nanoTime();
        underway.start(
                dispatch,
                to.attempt(
                        deadLetter,
                        mode(inForce.delivery()),
                        Purpose.DEAD_LETTER,
                        dispatch.held,
                        result -> deadLetterAnswered(dispatch, to, result, startedNanos)),
                startedNanos,
                inForce.delivery().timeout());
    }

    private void deadLetterAnswered(Dispatch dispatch, Target from, AttemptResult result, long startedNanos) {
        if (stopped) {
            return;
        }
        underway.answered(dispatch);
        if (result instanceof Withheld) {
            withheld(dispatch);
            return;
        }
        Verdict verdict;
        try {
            verdict = Classifier.ofDeadLetter(result, from.address(), timers.epochMillis());
        } catch (RuntimeException e) {
            verdict = notUnderstood(dispatch, from, e);
        }
        if (verdict instanceof Verdict.Failed failed) {
            meters.failed(failed.failure().kind(), timers.nanoTime() - startedNanos);
            deadLetterFailed(dispatch, failed.failure());
        } else {
            meters.succeeded(timers.nanoTime() - startedNanos);
            boolean expired = dispatch.failure != null && dispatch.failure.kind() == FailureKind.EXPIRED;
            end(dispatch, expired ? End.EXPIRED : End.DEAD_LETTERED);
        }
        whenRoom.run();
    }

    private void deadLetterFailed(Dispatch dispatch, Failure failure) {
        note(dispatch, failure);
        Delivery delivery = inForce.delivery();
        if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (failure.kind().retried() && dispatch.laterAttempts <= delivery.retry()) {
            underway.await(dispatch, DispatchState.DEAD_LETTER_WAIT, beforeRetry(dispatch.laterAttempts, failure));
            backlog.waits(dispatch, postpone);
        } else {
            Failure first = requireNonNull(dispatch.failure, "failure");
            giveUp(dispatch, first.cause().and("its dead letter sink did not take it either: " + failure.message()));
        }
    }

    // ---- nowhere to go ----------------------------------------------------------------------------------------------

    /**
     * The one place that decides what becomes of an event that its subscriber will not have and no dead letter sink takes,
     * because there is none or because it failed for good: it is parked. If there is no room for it, it stays where it is,
     * and its trigger begins nothing until there is.
     */
    private void giveUp(Dispatch dispatch, Cause cause) {
        Redriven redriven = dispatch.redriven;
        if (redriven != null) {
            redriven.failed(cause, dispatch.attempts, timers.epochMillis());
            end(dispatch, End.PARKED);
        } else if (park(dispatch, cause)) {
            endParked(dispatch);
        } else {
            underway.block(dispatch, cause);
        }
    }

    /** In the store before it is out of the channel. */
    private boolean park(Dispatch dispatch, Cause cause) {
        TriggerRoute route = inForce.route();
        Runnable whenGone = dispatch.whenEnded;
        long now = timers.epochMillis();
        return shelf.park(
                route.name(),
                route.uid(),
                dispatch.held.event(),
                cause,
                dispatch.attempts,
                // There is none of an event that expired before it was tried, and whose sink failed.
                dispatch.firstAttemptMillis == 0 ? now : dispatch.firstAttemptMillis,
                now,
                whenGone == null ? Course::nothing : whenGone,
                whenParkingMayGoOn);
    }

    private static void nothing() {}

    /** There may be room in the dead-letter store. */
    private void parkBlocked() {
        if (stopped) {
            return;
        }
        Dispatch first = underway.firstBlocked();
        if (first == null) {
            return;
        }
        while (first != null) {
            if (!park(first, requireNonNull(first.givenUp, "givenUp"))) {
                break;
            }
            underway.unblock(first);
            endParked(first);
            first = underway.firstBlocked();
        }
        whenRoom.run();
    }
}
