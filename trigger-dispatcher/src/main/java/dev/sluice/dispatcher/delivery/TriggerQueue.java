/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.api.ledger.End;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.delivery.TriggerStats.Note;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.Redriven;
import dev.sluice.dispatcher.send.Targets;
import dev.sluice.dispatcher.spool.Place;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every event that one trigger matched to exactly one end. Nothing that another trigger does is in its way. Confined
 * to the context of its broker, but for {@link #stats()}.
 *
 * <p>It is made of the {@link Backlog} of what may be begun, the {@link Gate} that says whether it may be begun now, the
 * {@link GivingWay} that has it wait for others, what is {@link Underway}, and the {@link Course} that an event takes from
 * there to its end. What may happen to an event on the way, and in which order, is {@link DispatchState}.
 */
public final class TriggerQueue {

    private static final Logger LOG = LoggerFactory.getLogger(TriggerQueue.class);

    /** Events that are begun or ended in one go before other work of the event loop gets its turn. */
    private static final int PER_TURN = 2_000;

    /**
     * What the triggers of a broker share.
     *
     * @param maxInFlight events under way at a time for each trigger that does not say how many
     * @param traffic of all triggers of the process
     */
    public record Setup(
            ResourceName broker,
            Timers timers,
            Targets targets,
            ReplyAppender replies,
            int maxInFlight,
            LiveTraffic traffic,
            DeadLetterStore.Shelf shelf,
            MeterRegistry registry) {}

    private final Setup setup;
    private final ResourceName name;
    private final String uid;
    private final TriggerCounts counts;
    private final TriggerMeters meters;
    private final RouteInForce inForce;
    private final Backlog backlog;
    private final Gate gate;
    private final GivingWay givingWay;
    private final Underway underway;
    private final Course course;

    /** Partitions of which no more may be postponed. */
    private int partitionsFull;

    private boolean pumping;
    private boolean discarding;
    private boolean stopped;
    private Runnable whenEmpty = () -> {};

    public TriggerQueue(Setup setup, TriggerRoute route) {
        this.setup = setup;
        name = route.name();
        uid = route.uid();
        counts = new TriggerCounts(Instant.ofEpochMilli(setup.timers().epochMillis()));
        meters = new TriggerMeters(setup.registry(), name, setup.broker(), counts);
        inForce = new RouteInForce(setup.targets(), route);
        backlog = new Backlog(setup.replies(), route.ordering(), (reads, offset) -> reads.want(this, offset));
        gate = new Gate(name, setup.timers(), counts, setup.maxInFlight(), route.pacing());
        givingWay = new GivingWay(setup.timers(), setup.traffic());
        underway = new Underway(setup.timers(), this::ring);
        course = new Course(inForce, setup, backlog, gate, underway, counts, meters, this::pump);
    }

    // ---- what the broker's lane asks for ----------------------------------------------------------------------------

    public TriggerRoute route() {
        return inForce.route();
    }

    /**
     * The trigger matched an event, which it is to be {@linkplain #accept given}. Counted here, so that one which is lost on
     * the way is missing in the {@linkplain #ledgerDifference books}.
     */
    public void matched() {
        counts.matched.increment();
    }

    /** Takes an event that the trigger has {@linkplain #matched}. */
    public void accept(HeldEvent held) {
        meters.show();
        begin(new Dispatch(held));
    }

    /** Takes an event that the trigger matched once, and that was left to the channel then. */
    public void takeOver(HeldEvent held) {
        meters.show();
        counts.takenOver.increment();
        begin(new Dispatch(held));
    }

    private void begin(Dispatch dispatch) {
        if (!backlog.add(dispatch)) {
            course.postpone(dispatch);
        }
        pump();
    }

    /**
     * Whether the trigger takes an event now that it once left to the channel; if so it is to be given it, by {@link
     * #takeOver(HeldEvent)}. If not, the trigger wants it later.
     */
    public boolean takesPostponed(ChannelRecord record, LaterReads reads) {
        return backlog.takes(record, reads);
    }

    /** The lowest offset of a partition that the trigger has postponed and wants now, or {@link LaterReads#NOTHING}. */
    public long wanted(int partition) {
        return backlog.wanted(partition);
    }

    /** Everything that the trigger matches comes with a read that is shared; what that is behind is its lag too. */
    public void sharesLag(LongSupplier records) {
        counts.sharedLag = records;
    }

    /** Applies this share of the trigger's limits from now on; what is under way goes on. */
    public void share(Share share) {
        gate.share(share);
        if (inFlight() > 0) {
            pump();
        }
    }

    /** How much the trigger is behind that read, but for what it holds. */
    public void showBehind(long events) {
        counts.behind.set(events);
        if (events > 0) {
            meters.show();
        }
    }

    /** In one more partition, or in one less, it has postponed as many events as it may, and is given nothing new. */
    public void postponesTooMuch(boolean tooMuch) {
        partitionsFull += tooMuch ? 1 : -1;
        gate.keysBlocked(partitionsFull > 0);
    }

    /**
     * The log has given up events that had been left to it.
     *
     * @param earliest the first offset that it still keeps
     * @param matched how many
     * @param skipped further offsets, which the trigger had not looked at
     */
    public void lostToRetention(int partition, long earliest, long matched, long skipped) {
        meters.show();
        backlog.lostBelow(partition, earliest);
        counts.takenOver.add(matched);
        counts.ended(End.LOST_TO_RETENTION).add(matched);
        counts.skipped.add(skipped);
        counts.lost(new Note(
                Instant.ofEpochMilli(setup.timers().epochMillis()),
                "partition " + partition + " begins at offset " + earliest + " now: " + matched
                        + " events that the trigger had matched are gone, and " + skipped
                        + " records that it had not looked at"));
    }

    /** It needs something that the log gives up soon; said in words. */
    public void nearsRetention(String text) {
        if (counts.nearRetention() == null) {
            LOG.atWarn()
                    .addKeyValue("trigger", name)
                    .addKeyValue("error", text)
                    .log(
                            "a trigger is so far behind that it is about to lose events to retention; let it catch up, or raise"
                                    + " retention.ms or retention.bytes of its topic");
        }
        meters.show();
        counts.nearsRetention(text, Instant.ofEpochMilli(setup.timers().epochMillis()));
    }

    /** It needs nothing any more that the log gives up soon. */
    public void isWithinRetention() {
        if (counts.nearRetention() != null) {
            LOG.atInfo().addKeyValue("trigger", name).log("a trigger is no longer about to lose events to retention");
            counts.isWithinRetention();
        }
    }

    /** What it has postponed of this partition it does not want any more: somebody has put it somewhere else. */
    public void leavesPostponed(int partition) {
        backlog.lostBelow(partition, Long.MAX_VALUE);
    }

    /** An event that had been left to the log is not there any more, or is no event any more. */
    public void unreadable(int partition, long offset) {
        meters.show();
        backlog.lost(partition, offset);
        counts.takenOver.increment();
        counts.ended(End.UNREADABLE).increment();
    }

    /**
     * Leaves events to their channel, without an end.
     *
     * @param which tells by the record
     * @param alsoWhatIsSent whether requests are broken off; else they go on, and what comes of them counts
     */
    public void giveBack(Predicate<ChannelRecord> which, boolean alsoWhatIsSent) {
        List<Dispatch> out = new ArrayList<>();
        Predicate<Dispatch> meant = dispatch -> which.test(dispatch.held.record());
        backlog.takeOut(meant, out::add);
        List<Dispatch> begun = new ArrayList<>();
        underway.takeOutWaits(meant, begun::add);
        if (alsoWhatIsSent) {
            underway.takeOutSent(meant, dispatch -> {
                gate.abandoned(dispatch);
                begun.add(dispatch);
            });
        }
        begun.forEach(backlog::ended);
        out.addAll(begun);
        out.forEach(course::giveBack);
        pump();
    }

    /** Whether the trigger is deleted and only ends what runs. */
    public boolean isDiscarding() {
        return discarding;
    }

    /**
     * Takes an event that was in flight when the process stopped, and goes on with it where it was.
     *
     * @param whenEnded to be run when the event is not to be read back again
     */
    public void takeOver(HeldEvent held, Place place, Runnable whenEnded) {
        meters.show();
        counts.takenOver.increment();
        Dispatch dispatch = new Dispatch(held);
        dispatch.attempts = place.attempts();
        dispatch.firstAttemptMillis = place.firstAttemptMillis();
        place.failure().ifPresent(cause -> {
            dispatch.failure = Failure.of(cause);
            dispatch.charge(cause.bytes());
        });
        dispatch.reply = place.reply().orElse(null);
        dispatch.whenEnded = whenEnded;
        begin(dispatch);
    }

    /** Sends a parked event again. */
    public void redrive(HeldEvent held, Redriven redriven) {
        meters.show();
        counts.takenOver.increment();
        Dispatch dispatch = new Dispatch(held);
        dispatch.redriven = redriven;
        backlog.addAgain(dispatch);
        pump();
    }

    /** Puts back those of these parked events that are not being sent at this moment. */
    public void recall(Set<Redriven> redriven) {
        List<Dispatch> out = new ArrayList<>();
        Predicate<Dispatch> meant = dispatch -> dispatch.redriven != null && redriven.contains(dispatch.redriven);
        backlog.takeOutRedriven(meant, out::add);
        underway.takeOutWaits(meant, out::add);
        out.forEach(course::putBack);
        pump();
    }

    /** Counts events that a person took out of the dead-letter store, or had this trigger pass over. */
    public void discardedByPerson(int events) {
        if (events == 0) {
            return;
        }
        meters.show();
        counts.takenOver.add(events);
        counts.ended(End.DISCARDED).add(events);
    }

    /** Has the channel hand over what it has, whatever is charged to it: nothing more comes in, and all must be known. */
    public void unchargeAll() {
        backlog.forEach(dispatch -> dispatch.held.unchargeAll());
        underway.forEach(dispatch -> dispatch.held.unchargeAll());
    }

    /** Whether everything can be handed over: no reply is on its way into the channel, which might keep it or not. */
    public boolean isSettled() {
        return underway.appendingReplies() == 0;
    }

    /**
     * Hands everything over that is in flight, as it is, in no particular order; to be followed by {@link #stop()} within
     * the same turn. Parked events that were sent again are put back where they were, and what is of a log stays there.
     *
     * @return how many are left out because they can't be: 0 if {@link #isSettled()}
     */
    public long handOver(BiConsumer<HeldEvent, Place> into) {
        long before = inFlight();
        var handed = new AtomicLong();
        Consumer<Dispatch> each = dispatch -> {
            handed.incrementAndGet();
            if (dispatch.redriven != null) {
                dispatch.redriven.putBack();
                counts.ended(End.PARKED).increment();
            } else {
                counts.handedOver.increment();
                if (!dispatch.held.isReturnable()) {
                    into.accept(dispatch.held, place(dispatch));
                }
            }
        };
        backlog.forEach(each);
        underway.forEach(each);
        return before - handed.get();
    }

    private Place place(Dispatch dispatch) {
        return new Place(
                name,
                uid,
                dispatch.attempts,
                dispatch.firstAttemptMillis,
                Optional.ofNullable(dispatch.failure).map(Failure::cause),
                Optional.ofNullable(dispatch.reply));
    }

    /**
     * What is missing in the books: 0 unless an event was lost, or ended twice. The terms are counted where things happen,
     * each by itself, and what is in flight is counted where it is.
     */
    public long ledgerDifference() {
        return counts.matched.get()
                + counts.takenOver.get()
                - counts.endedTotal()
                - counts.handedOver.get()
                - inFlight();
    }

    /**
     * Changes the trigger. What runs ends as it began; the next attempt of every event goes by the new route. If that
     * changes where or how events are delivered, those that wait for a retry need wait no longer: what they were waiting
     * for may have come. The limits count at once, and the order for what is matched from now on.
     */
    public void update(TriggerRoute changed) {
        TriggerRoute before = inForce.route();
        inForce.change(changed);
        if (inForce.sink() == null) {
            backlog.dropDeadLetterSink();
        }
        boolean ordered = before.ordering().equals(changed.ordering());
        if (!ordered) {
            backlog.order(changed.ordering(), reads -> reads.wantAll(this));
        }
        if (!before.pacing().equals(changed.pacing())) {
            gate.change(changed.pacing());
        }
        if (!ordered
                || !before.subscriber().equals(changed.subscriber())
                || !before.delivery().equals(changed.delivery())) {
            gate.hope(changed.delivery());
            underway.endWaitsForDestinations(this::due);
        }
        pump();
    }

    /**
     * Ends the trigger: its meters go at once, its backlog is discarded, what is being sent may still arrive.
     *
     * @param whenEmpty called once, when nothing is left
     */
    public void discard(Runnable whenEmpty) {
        this.whenEmpty = whenEmpty;
        discarding = true;
        course.discardAll();
        meters.remove();
        if (inFlight() > 0) {
            LOG.atInfo()
                    .addKeyValue("trigger", name)
                    .addKeyValue("events", inFlight() - underway.requests())
                    .log("trigger deleted, its backlog is discarded");
        }
        underway.endWaits().forEach(backlog::addAgain);
        underway.endBlocks(backlog::addAgain);
        // A subscriber that hangs would have a connection opened for each of them, one after the other, for nobody.
        underway.takeOutUnsent(backlog::addAgain);
        pump();
    }

    /**
     * Lets go of everything without an end: the process stops.
     *
     * @return completes when the connections are closed
     */
    public Future<Void> stop() {
        stopped = true;
        course.stop();
        meters.remove();
        underway.abandon();
        return inForce.closeNow();
    }

    /** Events that were matched and have come to no end. */
    public long inFlight() {
        return (long) backlog.size() + underway.size();
    }

    /** Whether there is anything that may come to an end before this time. */
    public boolean isBusyBefore(long nanos) {
        if (gate.isPaused()) {
            return underway.places() > 0;
        }
        return underway.isBusyBefore(nanos) || backlogMovesBefore(nanos);
    }

    private boolean backlogMovesBefore(long nanos) {
        boolean full = isStoreFull();
        if (backlog.forDeadLetterSink() > 0 && !full) {
            return true;
        }
        return (full ? backlog.redriven() : backlog.forSubscriber()) > 0
                && (gate.admitsToSubscriber() || (gate.opensByItself() && gate.opensAtNanos() - nanos <= 0));
    }

    /** What was given up has to find its place before more may be given up. */
    private boolean isStoreFull() {
        return underway.blocked() > 0;
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
        for (int i = 0; i < PER_TURN; i++) {
            Dispatch next = next();
            if (next == null) {
                awaitGate();
                if (i > 0 && givingWay.begun(backlog.forSubscriber(), backlog.size(), gate.places())) {
                    underway.ringBy(givingWay.lookAtNanos());
                }
                return;
            }
            course.proceed(next);
        }
        setup.timers().soon(this::pump);
    }

    /** What may be begun now; null if nothing may. The dead letter sink has nothing to do with what ails the subscriber. */
    private @Nullable Dispatch next() {
        boolean full = isStoreFull() && !discarding;
        if (!discarding && !hasPlace(underway.places())) {
            return full || !gate.hasPlace(underway.active()) ? null : nextOfLastResort();
        }
        Dispatch deadLetter = full ? null : backlog.pollForDeadLetterSink();
        if (deadLetter != null) {
            return deadLetter;
        }
        if (!discarding && !gate.admitsToSubscriber()) {
            return null;
        }
        if (full) {
            // Parked events have their room in the store, and may make some.
            return backlog.pollRedriven();
        }
        Dispatch next = backlog.pollForSubscriber();
        if (next != null && gate.prefersAnotherTo(next) && backlog.forSubscriber() > 0) {
            // Not before the other is out, in the place of which it might come back.
            Dispatch probed = next;
            next = backlog.pollForSubscriber();
            backlog.addAgain(probed);
        }
        return next;
    }

    private boolean hasPlace(int taken) {
        return gate.hasPlace(taken) && givingWay.mayBegin(taken);
    }

    private @Nullable Dispatch nextOfLastResort() {
        Dispatch deadLetter = backlog.pollLastResortDeadLetter();
        if (deadLetter != null) {
            return deadLetter;
        }
        return gate.admitsToSubscriber() ? backlog.pollLastResort() : null;
    }

    private void awaitGate() {
        if (backlog.forSubscriber() > 0
                && gate.hasPlace(underway.places())
                && !gate.admitsToSubscriber()
                && gate.opensByItself()) {
            underway.ringBy(gate.opensAtNanos());
        }
    }

    private void publish() {
        long inFlight = inFlight();
        counts.requests.set(underway.requests());
        counts.inFlight.set(inFlight);
        counts.parkingBlocked.set(underway.blocked());
        gate.storeFull(isStoreFull() && !discarding);
        if (discarding && inFlight == 0) {
            Runnable tell = whenEmpty;
            whenEmpty = () -> {};
            underway.cancelAlarm();
            inForce.leave();
            tell.run();
        }
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    private void ring() {
        if (stopped) {
            return;
        }
        underway.ring(this::waited);
        if (givingWay.look()) {
            underway.ringBy(givingWay.lookAtNanos());
        }
        pump();
        givingWay.looked();
    }

    private void waited(Dispatch dispatch) {
        if (dispatch.state() == DispatchState.REPLY_WAIT) {
            course.appendAgain(dispatch);
        } else {
            due(dispatch);
        }
    }

    private void due(Dispatch dispatch) {
        dispatch.become(DispatchState.WAITING);
        if (inForce.sink() == null) {
            // There was one when it failed; its subscriber is asked again, when that may be asked.
            dispatch.failure = null;
        }
        backlog.addAgain(dispatch);
    }
}
