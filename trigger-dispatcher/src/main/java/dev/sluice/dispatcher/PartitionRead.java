/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.dispatcher.cursor.CursorLimits;
import dev.sluice.dispatcher.cursor.Deliveries;
import dev.sluice.dispatcher.cursor.PartitionCursors;
import dev.sluice.dispatcher.cursor.Window;
import dev.sluice.dispatcher.delivery.HeldEvent;
import dev.sluice.dispatcher.delivery.LaterReads;
import dev.sluice.dispatcher.delivery.TriggerQueue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of a log while it is this process's: does what its {@link PartitionCursors} decide. It feeds them the
 * shared read and the catch-up reads, hands what they give out to the triggers, and commits. Confined to the broker's
 * context.
 *
 * <p>Should the cursors throw, which would be a defect of ours, nothing that they say can be relied on any more: then this
 * one ends without a commit, what triggers hold of it goes back, and another one begins with what was committed last.
 */
final class PartitionRead implements Deliveries<TriggerQueue>, LaterReads {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionRead.class);

    /** How long the shared read waits, while it is behind, for a trigger that is getting on and has a full window. */
    private static final long PATIENCE_MILLIS = 5;

    /** Longer than a rebalance takes. */
    private static final long REFUSED_FOR_LONG_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Batches that a catch-up read gets in a row while others wait for it. */
    private static final int BATCHES_IN_A_ROW = 16;

    /**
     * To take on a batch for a thousand triggers that each open a connection for it takes a second, and until then nothing of
     * it would be sent. So after each turn of this length the event loop sees to its connections.
     */
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final long REST_MILLIS = 1;
    /** Records, before it is asked how late it is. */
    private static final int AT_ONCE = 4;

    private static final long READ_AGAIN_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 10;

    private final LogRead log;
    private final int number;
    private final LogReader reader;
    private final PartitionCursors<TriggerQueue> cursors;

    /** Read and not taken: the first from {@code stoppedAt} on, while the shared read waits for a trigger or rests. */
    private final Deque<LogBatch> stopped = new ArrayDeque<>();

    private int stoppedAt;
    /** As far as is known. */
    private long logEnd;

    private long patienceTimer = -1;
    private long restTimer = -1;

    /** Triggers that gave events back because it was not sure that the partition is still ours. */
    private final Set<TriggerQueue> doubtful = new HashSet<>();

    /** Triggers that were moved and still hold something of where they were. */
    private final Map<TriggerQueue, Moving> moving = new HashMap<>();

    /** @param untilNanos how long requests may go on */
    private record Moving(long to, long untilNanos) {}

    private boolean catchUpAsked;
    private boolean planned;
    private boolean leaving;
    /** Whether the cursors have failed. */
    private boolean broken;
    /** Records that triggers have. */
    private long taken;

    private boolean changed;
    private int endedSinceCommit;
    private long committedNanos;
    private @Nullable Future<Void> committing;
    /** When commits began to fail, if they do. */
    private long refusedNanos;

    private boolean refused;
    private boolean refusalSaid;

    private @Nullable Promise<Void> handedOver;
    private long handOverBy;

    PartitionRead(LogRead log, LogReader reader, Assignment assignment) {
        this.log = log;
        this.reader = reader;
        number = assignment.partition();
        cursors = new PartitionCursors<>(assignment.positions(), this, CursorLimits.of(log.mostPostponed()));
        committedNanos = log.nanoTime();
        for (String uid : assignment.triggers()) {
            cursors.stranger(uid, assignment.positions().of(uid));
        }
    }

    // ---- triggers -------------------------------------------------------------------------------------------------

    void add(TriggerQueue trigger) {
        guard(() -> cursors.add(trigger, LogRead.isPaused(trigger)));
        planSoon();
    }

    void remove(TriggerQueue trigger) {
        guard(() -> cursors.remove(trigger));
        doubtful.remove(trigger);
        moving.remove(trigger);
        changed = true;
    }

    void pause(TriggerQueue trigger, boolean paused) {
        guard(() -> {
            if (paused) {
                cursors.pause(trigger);
            } else if (!doubtful.contains(trigger) && !moving.containsKey(trigger)) {
                cursors.resume(trigger);
            }
        });
        planSoon();
    }

    void started(String uid, long offset) {
        guard(() -> cursors.stranger(uid, Position.at(offset)));
    }

    void forgotten(String uid) {
        guard(() -> cursors.forget(uid));
    }

    // ---- should the cursors fail ------------------------------------------------------------------------------------

    /** Has the cursors do something, if they still can. Not for each event: those have their own. */
    private void guard(Runnable step) {
        if (broken) {
            return;
        }
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** From now on the cursors are not asked any more; what is left of this is put away in a turn of its own. */
    private void fail(RuntimeException defect) {
        if (broken) {
            return;
        }
        broken = true;
        boolean goes = leaving;
        leaving = true;
        log.failed(this, number, defect, !goes);
    }

    /** Somebody has put a trigger that is not in the routing table at this offset. */
    void movedStranger(String uid, long to) {
        guard(() -> cursors.moveStranger(uid, to));
        changed = true;
        planSoon();
    }

    /**
     * Somebody has put a trigger at this offset. That counts at once, for the next commit too. What waits is let go of, what
     * is being sent may end, and only then is anything read for the trigger there: else an event could be sent twice at once,
     * and one key's events out of their order.
     */
    void moved(TriggerQueue trigger, long to) {
        guard(() -> {
            int passedOver = cursors.move(trigger, to);
            trigger.leavesPostponed(number);
            trigger.discardedByPerson(passedOver);
        });
        doubtful.remove(trigger);
        changed = true;
        LOG.atInfo()
                .addKeyValue("trigger", trigger.route().name())
                .addKeyValue("partition", number)
                .addKeyValue("offset", to)
                .log("somebody has moved the trigger");
        long until = log.nanoTime() + log.handoverTimeout().toNanos();
        if (moving.put(trigger, new Moving(to, until)) == null) {
            awaitMoved(trigger);
        }
    }

    private void awaitMoved(TriggerQueue trigger) {
        Moving move = moving.get(trigger);
        if (move == null) {
            // It was deleted meanwhile.
            return;
        }
        giveBack(trigger, log.nanoTime() - move.untilNanos() >= 0);
        if (!broken && cursors.isLeaving(trigger)) {
            log.setTimer(LOOK_MILLIS, () -> awaitMoved(trigger));
            return;
        }
        moving.remove(trigger);
        trigger.leavesPostponed(number);
        if (!leaving && !LogRead.isPaused(trigger)) {
            guard(() -> cursors.resume(trigger));
        }
        planSoon();
    }

    /** Counts an event that a trigger held when it was moved, has let go of, and does not come to again. */
    private void countIfPassedOver(TakenRecord record) {
        Moving move = moving.get(record.trigger());
        if (move != null && record.offset() < move.to()) {
            record.trigger().discardedByPerson(1);
        }
    }

    // ---- the shared read --------------------------------------------------------------------------------------------

    void read(LogBatch batch) {
        logEnd = Math.max(logEnd, batch.end());
        if (!leaving) {
            stopped.addLast(batch);
            if (stopped.size() == 1) {
                stoppedAt = 0;
                takeOn(true);
            }
        }
    }

    /** @param mayWait whether it may stop at the first record already */
    private void takeOn(boolean mayWait) {
        cancelTimers();
        long begun = log.nanoTime();
        boolean wait = mayWait;
        while (!leaving && !stopped.isEmpty()) {
            LogBatch batch = stopped.getFirst();
            int before = stoppedAt;
            try {
                stoppedAt = cursors.shared(batch, before, AT_ONCE, wait, log.triggers());
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
            changed = true;
            if (stoppedAt == batch.records().size()) {
                stopped.removeFirst();
                stoppedAt = 0;
                wait = true;
            } else if (cursors.isWaiting()) {
                reader.pause(number);
                patienceTimer = log.setTimer(PATIENCE_MILLIS, () -> {
                    patienceTimer = -1;
                    takeOn(false);
                });
                planSoon();
                return;
            }
            if (!stopped.isEmpty() && log.nanoTime() - begun >= TURN_NANOS) {
                reader.pause(number);
                restTimer = log.setTimer(REST_MILLIS, () -> {
                    restTimer = -1;
                    takeOn(true);
                });
                planSoon();
                return;
            }
        }
        if (!leaving && !log.isHeld()) {
            reader.resume(number);
        }
        planSoon();
    }

    /** Reads no further for now, on any read, or goes on. */
    void hold(boolean hold) {
        if (leaving) {
            return;
        }
        if (hold) {
            reader.pause(number);
        } else {
            // While records wait for a trigger, what takes them on resumes.
            if (stopped.isEmpty()) {
                reader.resume(number);
            }
            planSoon();
        }
    }

    // ---- catching up ------------------------------------------------------------------------------------------------

    /** After this turn, however often it is called in it: who calls may be in the middle of a delivery. */
    private void planSoon() {
        if (!planned && !leaving) {
            planned = true;
            log.soon(this::plan);
        }
    }

    private void plan() {
        planned = false;
        if (!leaving) {
            guard(this::planNow);
        }
    }

    private void planNow() {
        if (patienceTimer >= 0 && cursors.mayGoOn()) {
            takeOn(false);
            if (leaving) {
                // The cursors have failed in it, and must not be asked what to commit.
                return;
            }
        }
        if (!catchUpAsked && !log.isHeld() && cursors.nextRead() != PartitionCursors.NOTHING) {
            catchUpAsked = true;
            log.slots()
                    .acquire(
                            log.context(), () -> catchUp(reader.catchUp(), BATCHES_IN_A_ROW, PartitionCursors.NOTHING));
        }
        commitIfDue();
    }

    /** @param on where the last batch ended, to go on there if that is of use to anybody */
    private void catchUp(CatchUpReader with, int batches, long on) {
        boolean over = batches == 0;
        long from = PartitionCursors.NOTHING;
        if (!leaving && !log.isHeld() && !(over && log.slots().areWanted())) {
            try {
                // Others of this partition have their turn too, however long this read would go on.
                boolean goesOn = !over && on != PartitionCursors.NOTHING && cursors.isWantedFrom(on);
                from = goesOn ? on : cursors.nextRead();
            } catch (RuntimeException e) {
                fail(e);
            }
        }
        if (from == PartitionCursors.NOTHING) {
            endCatchUp(with);
            planSoon();
            return;
        }
        long asked = from;
        with.read(number, asked, log.catchUpBytes())
                .onComplete(read -> log.soon(() -> {
                    if (read.failed()) {
                        endCatchUp(with);
                        if (!leaving) {
                            LOG.atWarn()
                                    .addKeyValue("broker", log.broker())
                                    .addKeyValue("partition", number)
                                    .addKeyValue("offset", asked)
                                    .addKeyValue("error", read.cause().getMessage())
                                    .log("a catch-up read failed and is tried again");
                            catchUpAsked = true;
                            log.setTimer(READ_AGAIN_MILLIS, () -> {
                                catchUpAsked = false;
                                planSoon();
                            });
                        }
                        return;
                    }
                    LogBatch batch = read.result();
                    logEnd = Math.max(logEnd, batch.end());
                    guard(() -> cursors.caughtUp(asked, batch));
                    changed = true;
                    catchUp(with, (over ? BATCHES_IN_A_ROW : batches) - 1, batch.next());
                }));
    }

    private void endCatchUp(CatchUpReader with) {
        catchUpAsked = false;
        log.slots().release();
        with.close().onFailure(failure -> log.warn(number, failure, "a catch-up read did not close well"));
    }

    // ---- delivering -------------------------------------------------------------------------------------------------

    @Override
    public void match(LogRecord record, List<? super TriggerQueue> into) {
        log.index().match(record.event(), into);
    }

    @Override
    public String uid(TriggerQueue trigger) {
        return trigger.route().uid();
    }

    @Override
    public Window window(TriggerQueue trigger) {
        return log.window(trigger);
    }

    @Override
    public void deliver(LogRecord record, List<? extends TriggerQueue> to) {
        TakenRecord.Shared shared = new TakenRecord.Shared(record, to.size(), log.memory());
        taken += to.size();
        for (int i = 0; i < to.size(); i++) {
            TriggerQueue trigger = to.get(i);
            trigger.matched();
            try {
                trigger.accept(new HeldEvent(new TakenRecord(this, trigger, shared)));
            } catch (RuntimeException e) {
                notBegun(record, trigger, e);
            }
        }
    }

    /**
     * What one trigger throws, which would be a defect of ours, must not keep the record from the others, nor end a read.
     * The trigger holds it, so that no commit goes beyond it and it comes again after a restart.
     */
    private void notBegun(LogRecord record, TriggerQueue trigger, RuntimeException defect) {
        LOG.atError()
                .setCause(defect)
                .addKeyValue("trigger", trigger.route().name())
                .addKeyValue("eventId", record.event().getId())
                .addKeyValue("partition", number)
                .addKeyValue("offset", record.offset())
                .log("an event could not be begun");
    }

    @Override
    public void deliverOwed(LogRecord record, TriggerQueue to) {
        taken++;
        TakenRecord.Shared shared = new TakenRecord.Shared(record, 1, log.memory());
        try {
            to.takeOver(new HeldEvent(new TakenRecord(this, to, shared)));
        } catch (RuntimeException e) {
            notBegun(record, to, e);
        }
    }

    @Override
    public boolean takesOwed(LogRecord record, TriggerQueue trigger) {
        return trigger.takesPostponed(record, this);
    }

    @Override
    public long wanted(TriggerQueue trigger) {
        return trigger.wanted(number);
    }

    @Override
    public void lost(TriggerQueue trigger, long earliest, long owed, long skipped) {
        LOG.atWarn()
                .addKeyValue("trigger", trigger.route().name())
                .addKeyValue("partition", number)
                .addKeyValue("offset", earliest)
                .addKeyValue("matched", owed)
                .addKeyValue("skipped", skipped)
                .log("the log gave up records before the trigger had them");
        trigger.lostToRetention(number, earliest, owed, skipped);
    }

    @Override
    public void unreadable(TriggerQueue trigger, long offset) {
        LOG.atWarn()
                .addKeyValue("trigger", trigger.route().name())
                .addKeyValue("partition", number)
                .addKeyValue("offset", offset)
                .log("an event that the trigger had matched can't be read any more");
        trigger.unreadable(number, offset);
    }

    @Override
    public void owesTooMuch(TriggerQueue trigger, boolean tooMuch) {
        trigger.postponesTooMuch(tooMuch);
    }

    @Override
    public void want(TriggerQueue trigger, long offset) {
        guard(() -> cursors.wants(trigger, offset));
        planSoon();
    }

    @Override
    public void wantAll(TriggerQueue trigger) {
        guard(() -> cursors.wantsAll(trigger));
        planSoon();
    }

    @Override
    public boolean areOver() {
        return leaving;
    }

    void settled(TakenRecord record) {
        taken--;
        try {
            cursors.settled(record.trigger(), record.offset(), record.bytes());
        } catch (RuntimeException e) {
            fail(e);
        }
        log.ended();
        endedSinceCommit++;
        changed = true;
        planSoon();
    }

    void postponed(TakenRecord record) {
        taken--;
        countIfPassedOver(record);
        guard(() -> cursors.giveBack(record.trigger(), record.offset(), record.bytes()));
        changed = true;
    }

    void givenBack(TakenRecord record) {
        taken--;
        TriggerQueue trigger = record.trigger();
        countIfPassedOver(record);
        guard(() -> {
            cursors.giveBack(trigger, record.offset(), record.bytes());
            if (!leaving && !moving.containsKey(trigger)) {
                // Nothing newer may overtake it, should it be ours again.
                cursors.pause(trigger);
                doubtful.add(trigger);
            }
        });
    }

    /**
     * Whether an attempt for the trigger may begin. Not before what it gave back in doubt has been asked for again: nothing
     * newer may overtake that.
     */
    boolean mayBegin(TriggerQueue trigger) {
        return mayAct() && !doubtful.contains(trigger);
    }

    /** Not when the partition goes away, nor when it may have gone without a word. */
    private boolean mayAct() {
        return !leaving && reader.mayActOn(number);
    }

    // ---- what it is behind with
    // ---------------------------------------------------------------------------------------

    /** Records that the shared read has not come to, as far as is known. */
    long unread() {
        return Math.max(0, logEnd - cursors.sharedNext());
    }

    void lag(PartitionCursors.LagSink<TriggerQueue> into) {
        if (!leaving) {
            guard(() -> cursors.lag(into));
        }
    }

    /** Tells of every trigger that needs a record below this offset, with the lowest that it needs. */
    void needsBelow(long bound, PartitionCursors.NeedSink<TriggerQueue> into) {
        if (leaving) {
            return;
        }
        guard(() -> cursors.needsBelow(bound, into));
        if (cursors.sharedNext() < bound && unread() > 0) {
            // The one read that all share is as far behind.
            log.triggers().forEach(trigger -> into.add(trigger, cursors.sharedNext()));
        }
    }

    // ---- committing -------------------------------------------------------------------------------------------------

    /** Now and then, for whatever nobody tells of. */
    void tick() {
        if (!doubtful.isEmpty() && mayAct()) {
            guard(() -> {
                for (TriggerQueue trigger : doubtful) {
                    cursors.wantsAll(trigger);
                    if (!LogRead.isPaused(trigger)) {
                        cursors.resume(trigger);
                    }
                }
            });
            doubtful.clear();
        }
        planSoon();
    }

    private void commitIfDue() {
        if (log.nanoTime() - committedNanos >= log.commitAfterNanos()) {
            commitIfChanged();
        }
        log.commitIfManyEnded();
    }

    /** Unless a commit is under way, which the next one makes up for. Answers whether it has asked for one. */
    boolean commitIfChanged() {
        if (!changed || committing != null || leaving) {
            return false;
        }
        guard(() -> commit(cursors.positions(log.slack())));
        return true;
    }

    /** Whether a commit is under way. */
    boolean isCommitting() {
        return committing != null;
    }

    /** Events that have ended since a commit was asked for. */
    int endedSinceCommit() {
        return leaving ? 0 : endedSinceCommit;
    }

    private Future<Void> commit(Positions positions) {
        changed = false;
        endedSinceCommit = 0;
        committedNanos = log.nanoTime();
        Promise<Void> done = Promise.promise();
        committing = done.future();
        reader.commit(number, positions)
                .onComplete(committed -> log.soon(() -> {
                    committing = null;
                    changed |= committed.failed();
                    noteCommit(committed.cause());
                    done.handle(committed);
                    log.commitAnswered();
                }));
        return done.future();
    }

    /** A rebalance, or a node that is restarted, takes a commit or two, which the next one makes up for. */
    private void noteCommit(@Nullable Throwable refusal) {
        if (refusal == null) {
            if (refusalSaid) {
                LOG.atInfo()
                        .addKeyValue("broker", log.broker())
                        .addKeyValue("partition", number)
                        .log("what is done of a partition is committed again");
            }
            refused = false;
            refusalSaid = false;
            return;
        }
        if (!refused) {
            refused = true;
            refusedNanos = log.nanoTime();
        }
        if (!refusalSaid && !leaving && log.nanoTime() - refusedNanos >= REFUSED_FOR_LONG_NANOS) {
            refusalSaid = true;
            log.warn(
                    number,
                    refusal,
                    "what is done of a partition could not be committed for 10 s; if this process ends now, it is delivered"
                            + " again");
        }
    }

    // ---- leaving ----------------------------------------------------------------------------------------------------

    /** Nothing begins any more and nothing is taken; what is being sent goes on. */
    private void leave() {
        leaving = true;
        guard(cursors::revoke);
        stopped.clear();
        cancelTimers();
    }

    private void cancelTimers() {
        if (patienceTimer >= 0) {
            log.cancelTimer(patienceTimer);
            patienceTimer = -1;
        }
        if (restTimer >= 0) {
            log.cancelTimer(restTimer);
            restTimer = -1;
        }
    }

    /**
     * Ends what runs, and leaves the rest to whoever has the partition next. Asked again it is in more of a hurry, if that
     * is sooner.
     *
     * @param withinMillis how long requests may still take; then they are broken off, and sent again by the next
     * @return completes when nothing of the partition is here any more and that is committed; never fails
     */
    Future<Void> handOver(long withinMillis) {
        long deadline = log.nanoTime() + TimeUnit.MILLISECONDS.toNanos(withinMillis);
        if (handedOver == null) {
            leave();
            handOverBy = deadline;
            handedOver = Promise.promise();
            awaitRequests(handedOver);
        } else if (deadline - handOverBy < 0) {
            handOverBy = deadline;
        }
        return handedOver.future();
    }

    private void awaitRequests(Promise<Void> done) {
        boolean over = log.nanoTime() - handOverBy >= 0;
        giveBackHeld(over);
        if (taken > 0 && !over) {
            log.setTimer(LOOK_MILLIS, () -> awaitRequests(done));
            return;
        }
        Future<Void> last = committing == null ? Future.succeededFuture() : committing.otherwiseEmpty();
        last.compose(free -> commitLast()).otherwiseEmpty().onComplete(done);
    }

    /** What can't be committed now the next owner delivers again, and so it does if nobody knows what to commit. */
    private Future<Void> commitLast() {
        if (!log.has(number, this)) {
            // It was given back before this was done, and is here again: what is known of it now is another's to
            // commit.
            return Future.succeededFuture();
        }
        Positions[] exact = new Positions[1];
        guard(() -> exact[0] = cursors.positions(0));
        Positions positions = exact[0];
        if (positions == null) {
            return Future.succeededFuture();
        }
        return commit(positions)
                .onFailure(failure -> log.warn(
                        number,
                        failure,
                        "what is done of a partition that goes to"
                                + " another process could not be committed; that one delivers it again"));
    }

    /** Only of those that hold something: of thousands of triggers few do. */
    private void giveBackHeld(boolean alsoWhatIsSent) {
        List<TriggerQueue> holding = new ArrayList<>(log.leaving());
        if (broken) {
            holding.addAll(log.triggers());
        } else {
            guard(() -> cursors.forEachUnfinished(holding::add));
        }
        holding.forEach(trigger -> giveBack(trigger, alsoWhatIsSent));
    }

    private void giveBack(TriggerQueue trigger, boolean alsoWhatIsSent) {
        trigger.giveBack(record -> record instanceof TakenRecord own && own.isOf(this), alsoWhatIsSent);
    }

    /** The partition is somebody else's already, or begins anew. */
    void lose() {
        leave();
        giveBackHeld(true);
        if (broken) {
            cursors.abandon();
        }
    }
}
