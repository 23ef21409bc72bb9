/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.TriggerStats.Note;
import dev.sluice.dispatcher.send.Attempt;
import dev.sluice.dispatcher.send.AttemptResult;
import dev.sluice.dispatcher.send.FailureKind;
import dev.sluice.dispatcher.send.Purpose;
import dev.sluice.dispatcher.send.Target;
import dev.sluice.dispatcher.send.Targets;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every event that one trigger matched to exactly one end. It holds what waits, in the order of arrival; keeps at
 * most so many requests going; and has one timer for all that it waits for. Nothing that another trigger does is in its
 * way. Confined to the context of its broker, but for {@link #stats()}.
 *
 * <p>What may happen to an event on the way, and in which order, is {@link DispatchState}.
 */
public final class TriggerQueue {

    private static final Logger LOG = LoggerFactory.getLogger(TriggerQueue.class);

    /** Events that are begun or ended in one go before other work of the event loop gets its turn. */
    private static final int PER_TURN = 2_000;

    /**
     * What the triggers of a broker share.
     *
     * @param maxInFlight requests at a time for each trigger
     */
    public record Setup(
            ResourceName broker,
            Timers timers,
            Targets targets,
            ReplyAppender replies,
            int maxInFlight,
            MeterRegistry registry) {}

    private final Setup setup;
    private final ResourceName name;
    private final String uid;
    private final Timers timers;
    private final TriggerCounts counts = new TriggerCounts();
    private final TriggerMeters meters;
    private final Alarm alarm;
    private final FailureLog failureLog;

    /** Matched and never tried: replies. */
    private final DispatchList replies = new DispatchList();
    /** Matched and never tried: the rest. */
    private final DispatchList fresh = new DispatchList();
    /** Tried before, and due again. */
    private final DispatchList due = new DispatchList();
    /** Requests that run, by their timeout. */
    private final DispatchList sending = new DispatchList();
    /** RETRY_WAIT, DEAD_LETTER_WAIT and REPLY_WAIT. */
    private final RetryQueue waits = new RetryQueue();
    /** In APPENDING_REPLY. */
    private int appending;
    /** In REPLY_WAIT. */
    private int replyWaits;

    private TriggerRoute route;
    private Target subscriber;
    private @Nullable Target sink;

    private boolean freshNext;
    private boolean pumping;
    private boolean discarding;
    private boolean stopped;
    private Runnable whenEmpty = () -> {};

    public TriggerQueue(Setup setup, TriggerRoute route) {
        this.setup = setup;
        this.route = route;
        name = route.name();
        uid = route.uid();
        timers = setup.timers();
        meters = new TriggerMeters(setup.registry(), name, setup.broker(), counts);
        alarm = new Alarm(timers, this::ring);
        failureLog = new FailureLog(name, timers);
        subscriber = open(route.subscriber(), route);
        sink = route.delivery().deadLetterSink().map(to -> open(to, route)).orElse(null);
    }

    private Target open(Destination destination, TriggerRoute of) {
        return setup.targets()
                .open(destination, of.name().namespace(), of.delivery().timeout());
    }

    // ---- what the broker's lane asks for --------------------------------------------------------------------------

    public TriggerRoute route() {
        return route;
    }

    /** Takes an event that the trigger matched. */
    public void accept(HeldEvent held) {
        counts.matched.increment();
        (setup.replies().isReply(held.event()) ? replies : fresh).addLast(new Dispatch(held));
        pump();
    }

    /**
     * Changes the trigger. What runs ends as it began; the next attempt of every event goes by the new route. If that
     * changes where or how events are delivered, those that wait for a retry need wait no longer: what they were waiting
     * for may have come.
     */
    public void update(TriggerRoute changed) {
        TriggerRoute before = route;
        route = changed;
        boolean sameTimeout =
                before.delivery().timeout().equals(changed.delivery().timeout());
        if (!sameTimeout || !before.subscriber().equals(changed.subscriber())) {
            close(subscriber);
            subscriber = open(changed.subscriber(), changed);
        }
        Optional<Destination> newSink = changed.delivery().deadLetterSink();
        if (!sameTimeout || !before.delivery().deadLetterSink().equals(newSink)) {
            if (sink != null) {
                close(sink);
            }
            sink = newSink.map(to -> open(to, changed)).orElse(null);
        }
        if (!before.subscriber().equals(changed.subscriber())
                || !before.delivery().equals(changed.delivery())) {
            endWaits();
        }
        pump();
    }

    private void endWaits() {
        for (Dispatch dispatch : waits.drain()) {
            if (dispatch.state() == DispatchState.REPLY_WAIT) {
                // That waits for the channel, which is as it was.
                waits.add(dispatch);
            } else {
                dispatch.become(DispatchState.WAITING);
                due.addLast(dispatch);
            }
        }
    }

    /**
     * Ends the trigger: its meters go at once, its backlog is discarded, what is being sent may still arrive.
     *
     * @param whenEmpty called once, when nothing is left
     */
    public void discard(Runnable whenEmpty) {
        this.whenEmpty = whenEmpty;
        discarding = true;
        meters.remove();
        if (inFlight() > 0) {
            LOG.atInfo()
                    .addKeyValue("trigger", name)
                    .addKeyValue("events", inFlight() - sending.size())
                    .log("trigger deleted, its backlog is discarded");
        }
        for (Dispatch dispatch : waits.drain()) {
            if (dispatch.state() == DispatchState.REPLY_WAIT) {
                replyWaits--;
            }
            fresh.addLast(dispatch);
        }
        pump();
    }

    /**
     * Lets go of everything without an end: the process stops.
     *
     * @return completes when the connections are closed
     */
    public Future<Void> stop() {
        stopped = true;
        alarm.cancel();
        meters.remove();
        Dispatch running = sending.first();
        while (running != null) {
            if (running.attempt != null) {
                running.attempt.abandon();
            }
            running = running.next;
        }
        List<Future<Void>> closing = new ArrayList<>();
        closing.add(subscriber.close(Duration.ZERO));
        if (sink != null) {
            closing.add(sink.close(Duration.ZERO));
        }
        return Future.join(closing).mapEmpty();
    }

    /** Events that were matched and have come to no end. */
    public long inFlight() {
        return (long) replies.size() + fresh.size() + due.size() + sending.size() + waits.size() + appending;
    }

    /** Whether there is anything that may come to an end before this time. */
    public boolean isBusyBefore(long nanos) {
        Dispatch firstWait = waits.first();
        return replies.size() + fresh.size() + due.size() + sending.size() + appending > 0
                || (firstWait != null && firstWait.dueNanos - nanos <= 0);
    }

    /** May be called on any thread. */
    public TriggerStats stats() {
        return counts.snapshot(name, uid, setup.broker());
    }

    // ---- the next event ---------------------------------------------------------------------------------------------

    /** Starts whatever may start now. */
    private void pump() {
        if (pumping || stopped) {
            return;
        }
        pumping = true;
        try {
            proceedWhilePossible();
        } finally {
            pumping = false;
        }
        publish();
    }

    /** An attempt may fail before it is sent, and an event may end without one, so this is a loop, not a recursion. */
    private void proceedWhilePossible() {
        for (int i = 0; discarding || sending.size() + appending + replyWaits < setup.maxInFlight(); i++) {
            Dispatch next = i < PER_TURN ? takeNext() : null;
            if (next == null) {
                if (replies.size() + fresh.size() + due.size() > 0) {
                    timers.soon(this::pump);
                }
                return;
            }
            proceed(next);
        }
    }

    /**
     * Replies come first: they go on with what was begun before anything that waits, and a loop that is brought to its end
     * before the next is begun needs the room of one reply. Were all begun first, a channel that was full of events would
     * have to hold as many replies, and if these are larger, none of them would ever find room.
     *
     * <p>New events and retries take turns, so that neither a storm of retries nor one of events starves the other.
     */
    private @Nullable Dispatch takeNext() {
        Dispatch reply = replies.pollFirst();
        if (reply != null) {
            return reply;
        }
        freshNext = !freshNext;
        Dispatch next = freshNext ? fresh.pollFirst() : due.pollFirst();
        if (next == null) {
            next = freshNext ? due.pollFirst() : fresh.pollFirst();
        }
        return next;
    }

    private void publish() {
        long inFlight = inFlight();
        counts.requests.set(sending.size());
        counts.inFlight.set(inFlight);
        if (discarding && inFlight == 0) {
            Runnable tell = whenEmpty;
            whenEmpty = () -> {};
            alarm.cancel();
            close(subscriber);
            if (sink != null) {
                close(sink);
            }
            tell.run();
        }
    }

    private void proceed(Dispatch dispatch) {
        if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (dispatch.failure != null && sink != null) {
            sendDeadLetter(dispatch, sink);
        } else {
            // Perhaps on its way to a sink that the trigger has no more; then its subscriber is asked again.
            dispatch.failure = null;
            if (dispatch.held.expiredAt(timers.epochMillis())) {
                expire(dispatch);
            } else {
                send(dispatch);
            }
        }
    }

    private void expire(Dispatch dispatch) {
        if (sink == null) {
            end(dispatch, End.EXPIRED);
        } else {
            deadLetter(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.EXPIRED,
                            "the event's expirytime passed before " + subscriber.address() + " had it",
                            subscriber.address()),
                    sink);
        }
    }

    private void end(Dispatch dispatch, End end) {
        dispatch.become(DispatchState.ENDED);
        counts.ended(end).increment();
        dispatch.held.done();
    }

    // ---- to the subscriber ------------------------------------------------------------------------------------------

    private void send(Dispatch dispatch) {
        dispatch.become(DispatchState.SENDING);
        if (dispatch.attempts++ > 0) {
            counts.retries.increment();
        }
        TriggerRoute by = route;
        Target to = subscriber;
        long startedNanos = timers.nanoTime();
        start(
                dispatch,
                to.attempt(
                        dispatch.held.event(),
                        mode(by.delivery()),
                        Classifier.purpose(by.reply()),
                        result -> answered(dispatch, by, to, result, startedNanos)),
                startedNanos);
    }

    private static ContentMode mode(Delivery delivery) {
        return switch (delivery.format()) {
            case BINARY -> ContentMode.BINARY;
            case JSON -> ContentMode.STRUCTURED;
        };
    }

    private void start(Dispatch dispatch, Attempt attempt, long startedNanos) {
        dispatch.attempt = attempt;
        dispatch.dueNanos = startedNanos + nanos(route.delivery().timeout());
        sending.addByDueTime(dispatch);
        alarm.ringBy(dispatch.dueNanos);
        attempt.start();
    }

    private void answered(Dispatch dispatch, TriggerRoute by, Target from, AttemptResult result, long startedNanos) {
        if (stopped) {
            return;
        }
        sending.remove(dispatch);
        dispatch.attempt = null;
        CloudEvent event = dispatch.held.event();
        long now = timers.epochMillis();
        Verdict verdict = Classifier.ofSubscriber(
                result, from.address(), by.reply(), setup.replies().stamp(event, now), now);
        if (verdict instanceof Verdict.Failed failed) {
            meters.failed(failed.failure().kind(), timers.nanoTime() - startedNanos);
            failed(dispatch, failed.failure());
        } else {
            meters.succeeded(timers.nanoTime() - startedNanos);
            failureLog.succeeded();
            if (verdict instanceof Verdict.Replied replied) {
                replied(dispatch, replied.reply());
            } else {
                if (verdict instanceof Verdict.UnusableReply unusable) {
                    counts.answeredUnusably(new Note(Instant.ofEpochMilli(now), unusable.text()));
                }
                end(dispatch, End.DELIVERED);
            }
        }
        pump();
    }

    private void failed(Dispatch dispatch, Failure failure) {
        note(dispatch, failure);
        Delivery delivery = route.delivery();
        if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (failure.kind().retried() && dispatch.attempts <= delivery.retry()) {
            await(dispatch, DispatchState.RETRY_WAIT, Backoff.beforeRetry(delivery, dispatch.attempts, failure));
        } else if (sink != null) {
            deadLetter(dispatch, failure, sink);
        } else {
            await(dispatch, DispatchState.RETRY_WAIT, Backoff.whenKept(delivery, failure));
        }
    }

    private void note(Dispatch dispatch, Failure failure) {
        failureLog.failed(failure);
        counts.failed(new Note(Instant.ofEpochMilli(timers.epochMillis()), failure.message()));
        LOG.atDebug()
                .addKeyValue("trigger", name)
                .addKeyValue("eventId", dispatch.held.event().getId())
                .addKeyValue("attempt", dispatch.attempts)
                .addKeyValue("statusCode", failure.status())
                .addKeyValue("error", failure.message())
                .log("attempt failed");
    }

    private void await(Dispatch dispatch, DispatchState state, long millis) {
        dispatch.become(state);
        dispatch.dueNanos = timers.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        waits.add(dispatch);
        alarm.ringBy(dispatch.dueNanos);
    }

    // ---- the reply --------------------------------------------------------------------------------------------------

    private void replied(Dispatch dispatch, CloudEvent reply) {
        if (BrokerAttributes.exhausted(reply)) {
            failed(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.REPLY_LOOP,
                            subscriber.address()
                                    + " answered with an event that has been through brokers as often as an"
                                    + " event may; its type is \"" + reply.getType() + "\"",
                            subscriber.address()));
            return;
        }
        dispatch.reply = reply;
        dispatch.laterAttempts = 0;
        append(dispatch, reply);
    }

    private void append(Dispatch dispatch, CloudEvent reply) {
        dispatch.become(DispatchState.APPENDING_REPLY);
        dispatch.laterAttempts++;
        appending++;
        setup.replies()
                .append(reply, dispatch.held.settledByReply())
                .onComplete(appended -> timers.soon(() -> appended(dispatch, appended)));
    }

    private void appended(Dispatch dispatch, AsyncResult<Void> appended) {
        if (stopped) {
            return;
        }
        appending--;
        Throwable refusal = appended.cause();
        if (refusal == null) {
            dispatch.reply = null;
            counts.replies.increment();
            end(dispatch, End.DELIVERED);
        } else if (discarding) {
            end(dispatch, End.DISCARDED);
        } else if (ReplyAppender.mayPass(refusal)) {
            Delivery delivery = route.delivery();
            replyWaits++;
            await(
                    dispatch,
                    DispatchState.REPLY_WAIT,
                    Math.max(
                            ReplyAppender.retryAfterMillis(refusal),
                            Backoff.millis(delivery.backoff(dispatch.laterAttempts))));
        } else {
            dispatch.reply = null;
            dispatch.laterAttempts = 0;
            failed(
                    dispatch,
                    Failure.unanswered(
                            FailureKind.REPLY_TOO_LARGE,
                            "the reply of " + subscriber.address() + " can't be kept: " + refusal.getMessage(),
                            subscriber.address()));
        }
        pump();
    }

    // ---- to the dead letter sink ------------------------------------------------------------------------------------

    private void deadLetter(Dispatch dispatch, Failure failure, Target to) {
        dispatch.failure = failure;
        dispatch.laterAttempts = 0;
        dispatch.held.charge(failure.bytes());
        sendDeadLetter(dispatch, to);
    }

    private void sendDeadLetter(Dispatch dispatch, Target to) {
        Failure failure = dispatch.failure;
        if (failure == null) {
            throw new IllegalStateException("a dead letter without a failure");
        }
        dispatch.become(DispatchState.DEAD_LETTERING);
        if (dispatch.laterAttempts++ > 0) {
            counts.retries.increment();
        }
        long startedNanos = timers.nanoTime();
        start(
                dispatch,
                to.attempt(
                        DeadLetter.of(dispatch.held.event(), failure),
                        mode(route.delivery()),
                        Purpose.DEAD_LETTER,
                        result -> deadLetterAnswered(dispatch, to, result, startedNanos)),
                startedNanos);
    }

    private void deadLetterAnswered(Dispatch dispatch, Target from, AttemptResult result, long startedNanos) {
        if (stopped) {
            return;
        }
        sending.remove(dispatch);
        dispatch.attempt = null;
        Verdict verdict = Classifier.ofDeadLetter(result, from.address(), timers.epochMillis());
        if (verdict instanceof Verdict.Failed failed) {
            meters.failed(failed.failure().kind(), timers.nanoTime() - startedNanos);
            deadLetterFailed(dispatch, failed.failure());
        } else {
            meters.succeeded(timers.nanoTime() - startedNanos);
            end(dispatch, End.DEAD_LETTERED);
        }
        pump();
    }

    private void deadLetterFailed(Dispatch dispatch, Failure failure) {
        note(dispatch, failure);
        Delivery delivery = route.delivery();
        if (discarding) {
            end(dispatch, End.DISCARDED);
            return;
        }
        boolean again = failure.kind().retried() && dispatch.laterAttempts <= delivery.retry();
        await(
                dispatch,
                DispatchState.DEAD_LETTER_WAIT,
                again
                        ? Backoff.beforeRetry(delivery, dispatch.laterAttempts, failure)
                        : Backoff.whenKept(delivery, failure));
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    private void ring() {
        if (stopped) {
            return;
        }
        long now = timers.nanoTime();
        Dispatch first = sending.first();
        while (first != null && first.dueNanos - now <= 0) {
            // Told at once, which takes it off the list.
            if (first.attempt != null) {
                first.attempt.timeOut();
            }
            first = sending.first();
        }
        Dispatch waited = waits.pollDue(now);
        while (waited != null) {
            if (waited.state() == DispatchState.REPLY_WAIT && waited.reply != null) {
                replyWaits--;
                append(waited, waited.reply);
            } else {
                waited.become(DispatchState.WAITING);
                due.addLast(waited);
            }
            waited = waits.pollDue(now);
        }
        rearm(sending.first());
        rearm(waits.first());
        pump();
    }

    private void rearm(@Nullable Dispatch first) {
        if (first != null) {
            alarm.ringBy(first.dueNanos);
        }
    }

    private static long nanos(Duration duration) {
        return TimeUnit.MILLISECONDS.toNanos(Math.min(Backoff.millis(duration), TimeUnit.DAYS.toMillis(365)));
    }

    private static void close(Target target) {
        target.close(target.timeout())
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("error", failure.getMessage())
                        .log("the connections to " + target.address() + " did not close well"));
    }
}
