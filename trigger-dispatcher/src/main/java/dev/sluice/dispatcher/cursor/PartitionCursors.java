/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far every trigger of a broker is in one partition, and who gets which record. It decides and does nothing itself:
 * it is told what was read and what was settled, and says what to deliver and what to read. No thread, no clock, no I/O.
 *
 * <pre>
 *                                       shared read
 *   finished by all      in flight           ▼
 *   ───────────────────────┬─────────────────┬──────────────▶ offsets
 *        ▲                 ▲                 S
 *        │                 └ what a trigger in step holds, and what is finished above it
 *        └ a trigger that fell behind, on a catch-up read
 * </pre>
 *
 * <p>A trigger in step has no position of its own but S. One whose window is full when it matches leaves at that offset.
 * A catch-up read may bring any stretch at any time: a trigger takes from it only if it goes on where the trigger stands,
 * so that which reads run, and how they overlap, is a matter of cost and never of correctness.
 *
 * <p>Confined to the context of its broker.
 *
 * @param <T> what stands for a trigger
 */
public final class PartitionCursors<T> {

    /** No offset. */
    public static final long NOTHING = Unfinished.NONE;

    private final Deliveries<T> deliveries;
    private final CursorLimits limits;

    private final Map<T, Cursor<T>> cursors = new HashMap<>();
    /** Of triggers that the log knows and the routing table does not, or not yet: their positions are kept. */
    private final Map<String, Position> strangers = new HashMap<>();
    /** Those that may need a catch-up read, the one that was served longest ago first. */
    private final Set<Cursor<T>> apart = new LinkedHashSet<>();
    /** What triggers that were {@linkplain #move moved} still hold of where they were: they are given nothing new meanwhile. */
    private final Map<T, Cursor<T>> leftovers = new HashMap<>();
    /** The first of those that are not simply at the shared position with all finished. */
    private @Nullable Cursor<T> listed;

    // Filled for one call at a time.
    private final List<T> matched = new ArrayList<>();
    private final List<T> takers = new ArrayList<>();
    private final List<Cursor<T>> readers = new ArrayList<>();
    private final List<Cursor<T>> owing = new ArrayList<>();
    private final List<Cursor<T>> joining = new ArrayList<>();
    private final List<Cursor<T>> relieved = new ArrayList<>();

    /** S: everything below has been offered to every trigger that is SHARED. */
    private long sharedNext;

    private long watermark;
    private boolean revoked;
    private @Nullable Cursor<T> awaited;

    /** Starts where somebody stopped; every trigger is a stranger until it is {@linkplain #add added}. */
    public PartitionCursors(Positions from, Deliveries<T> deliveries, CursorLimits limits) {
        this.deliveries = requireNonNull(deliveries, "deliveries");
        this.limits = requireNonNull(limits, "limits");
        sharedNext = from.watermark();
        watermark = from.watermark();
        strangers.putAll(from.exceptions());
    }

    /** The offset that the shared read is at. */
    public long sharedNext() {
        return sharedNext;
    }

    // ---- triggers -------------------------------------------------------------------------------------------------

    /** A trigger that is not in the routing table stands here, unless it is known to stand somewhere else. */
    public void stranger(String uid, Position position) {
        strangers.putIfAbsent(uid, position);
    }

    /** A trigger that is not in the routing table exists no more. */
    public void forget(String uid) {
        strangers.remove(uid);
    }

    /**
     * Takes a trigger in, at its own position if it has one and else at the shared one. To be called before it can match.
     *
     * @return how many events it has matched and not finished under another owner of the partition
     */
    public int add(T trigger, boolean paused) {
        Position position = strangers.remove(deliveries.uid(trigger));
        if (position == null) {
            if (paused) {
                pause(trigger);
            }
            return 0;
        }
        boolean inStep = position.unfinishedCount() == 0 && position.next() >= sharedNext;
        Cursor<T> cursor = new Cursor<>(
                trigger,
                deliveries.window(trigger),
                inStep ? CursorState.SHARED : CursorState.CATCHING_UP,
                position.next());
        for (int i = 0; i < position.unfinishedCount(); i++) {
            cursor.unfinished.addOwed(position.unfinished(i));
            cursor.sweepFrom = 0;
        }
        cursors.put(trigger, cursor);
        list(cursor);
        if (!inStep) {
            apart.add(cursor);
        }
        if (paused) {
            pause(trigger);
        }
        return position.unfinishedCount();
    }

    /** A trigger that is not in the routing table stands here from now on, wherever it stood. */
    public void moveStranger(String uid, long to) {
        strangers.put(uid, Position.at(to));
    }

    /**
     * Puts a trigger at another offset, whatever it has finished or not. It is paused there, and to be {@linkplain #resume
     * resumed} when nothing is {@linkplain #isLeaving left} of what it holds, which is to be given back or may come to an end,
     * and neither counts here any more.
     *
     * @return the events that it had left in the log and does not come to again
     */
    public int move(T trigger, long to) {
        Cursor<T> before = cursors.remove(trigger);
        int passedOver = 0;
        if (before != null) {
            before.forgetWaiting();
            if (before.owesTooMuch) {
                before.owesTooMuch = false;
                deliveries.owesTooMuch(trigger, false);
            }
            passedOver = before.unfinished.finishOwedBelow(to);
            apart.remove(before);
            unlist(before);
            if (before.unfinished.held() > 0) {
                leftovers.put(trigger, before);
            }
        }
        Cursor<T> cursor = new Cursor<>(trigger, deliveries.window(trigger), CursorState.PAUSED, to);
        cursors.put(trigger, cursor);
        list(cursor);
        return passedOver;
    }

    /** Whether a trigger that was moved still holds something of where it was. */
    public boolean isLeaving(T trigger) {
        return leftovers.containsKey(trigger);
    }

    /** The trigger is gone for good. What it holds may still be reported as settled. */
    public void remove(T trigger) {
        leftovers.remove(trigger);
        Cursor<T> cursor = cursors.remove(trigger);
        if (cursor != null) {
            cursor.forgetWaiting();
            apart.remove(cursor);
            unlist(cursor);
        }
    }

    /** The trigger gets nothing new and keeps its position. */
    public void pause(T trigger) {
        Cursor<T> cursor = cursor(trigger);
        if (cursor.state() != CursorState.PAUSED) {
            if (cursor.owesTooMuch) {
                // Of a paused trigger it is no news that it waits; it is found out again.
                cursor.owesTooMuch = false;
                deliveries.owesTooMuch(cursor.trigger, false);
            }
            if (cursor.state() == CursorState.SHARED) {
                cursor.next = Math.max(cursor.next, sharedNext);
            }
            cursor.forgetWaiting();
            cursor.become(CursorState.PAUSED);
            apart.remove(cursor);
            list(cursor);
        }
    }

    /** The trigger goes on from its position. Does nothing for one that is not paused. */
    public void resume(T trigger) {
        Cursor<T> cursor = cursors.get(trigger);
        if (cursor != null && cursor.state() == CursorState.PAUSED) {
            cursor.become(CursorState.CATCHING_UP);
            apart.add(cursor);
        }
    }

    private Cursor<T> cursor(T trigger) {
        Cursor<T> known = cursors.get(trigger);
        if (known == null) {
            known = new Cursor<>(trigger, deliveries.window(trigger), CursorState.SHARED, 0);
            cursors.put(trigger, known);
        }
        return known;
    }

    // ---- the shared read --------------------------------------------------------------------------------------------

    /**
     * Takes what the shared read brought, from a record of it on. Records that were offered before are passed over;
     * where records are missing before the batch, every trigger leaves the shared read and looks for them itself.
     *
     * @param first the index of the record to go on with
     * @param most how many records to take at most
     * @param mayWait whether it may stop before a record for which a trigger that is getting on has no room just now
     * @param all every trigger that is in the routing table
     * @return the index of the record that it stopped before, for want of room if it {@link #isWaiting}, or the number of
     *     records
     */
    public int shared(LogBatch batch, int first, int most, boolean mayWait, Iterable<? extends T> all) {
        List<LogRecord> records = batch.records();
        awaited = null;
        if (revoked) {
            return records.size();
        }
        if (batch.from() > sharedNext) {
            all.forEach(this::leave);
            sharedNext = batch.from();
        }
        int end = (int) Math.min(records.size(), (long) first + most);
        for (int i = first; i < end; i++) {
            LogRecord record = records.get(i);
            if (record.offset() >= sharedNext) {
                sharedNext = record.offset();
                if (!offer(record, mayWait && batch.end() - record.offset() >= limits.behindFrom())) {
                    return i;
                }
                sharedNext = record.offset() + 1;
            }
        }
        if (end == records.size()) {
            sharedNext = Math.max(sharedNext, batch.next());
        }
        return end;
    }

    /** Whether the shared read has stopped for a trigger that has no room. */
    public boolean isWaiting() {
        return awaited != null;
    }

    /** Whether there is room now for what the shared read stopped for. */
    public boolean mayGoOn() {
        return awaited == null || awaited.window.hasMuchRoom();
    }

    /** Offers one record to every trigger on the shared read, or to none of them and answers false. */
    private boolean offer(LogRecord record, boolean mayWait) {
        matched.clear();
        deliveries.match(record, matched);
        if (mayWait && !matched.isEmpty()) {
            awaited = worthWaitingFor(record);
            if (awaited != null) {
                awaited.window.waitedFor();
                return false;
            }
        }
        takers.clear();
        for (int i = 0; i < matched.size(); i++) {
            Cursor<T> cursor = cursor(matched.get(i));
            if (cursor.state() == CursorState.SHARED) {
                if (record.offset() < cursor.next) {
                    continue;
                }
                if (mayTake(cursor, record)) {
                    hold(cursor, record);
                    takers.add(cursor.trigger);
                } else {
                    leave(cursor);
                }
            } else if (cursor.state() == CursorState.JOINING) {
                if (mayTake(cursor, record)) {
                    cursor.await(record);
                } else {
                    callOff(cursor);
                }
            }
        }
        // Before the delivery, in which a trigger may be paused: it has been offered this one.
        sharedNext = record.offset() + 1;
        if (!takers.isEmpty()) {
            deliveries.deliver(record, takers);
        }
        return true;
    }

    private boolean mayTake(Cursor<T> cursor, LogRecord record) {
        if (cursor.unfinished.owed() < limits.maxOwed()) {
            return cursor.window.hasRoom(record.bytes());
        }
        if (!cursor.owesTooMuch) {
            cursor.owesTooMuch = true;
            deliveries.owesTooMuch(cursor.trigger, true);
        }
        return false;
    }

    private @Nullable Cursor<T> worthWaitingFor(LogRecord record) {
        for (int i = 0; i < matched.size(); i++) {
            Cursor<T> cursor = cursors.get(matched.get(i));
            if (cursor != null
                    && cursor.state() == CursorState.SHARED
                    && record.offset() >= cursor.next
                    && !cursor.window.hasRoom(record.bytes())
                    && cursor.window.isMakingProgress()) {
                return cursor;
            }
        }
        return null;
    }

    private void leave(T trigger) {
        Cursor<T> cursor = cursor(trigger);
        if (cursor.state() == CursorState.SHARED) {
            leave(cursor);
        } else if (cursor.state() == CursorState.JOINING) {
            callOff(cursor);
        }
    }

    private void leave(Cursor<T> cursor) {
        cursor.become(CursorState.CATCHING_UP);
        cursor.next = Math.max(cursor.next, sharedNext);
        apart.add(cursor);
        list(cursor);
    }

    private void hold(Cursor<T> cursor, LogRecord record) {
        cursor.unfinished.addHeld(record.offset());
        cursor.take(record.bytes());
        list(cursor);
    }

    // ---- catching up ------------------------------------------------------------------------------------------------

    /**
     * Where a catch-up read is wanted most, or {@link #NOTHING}. Triggers take turns; those near the one whose turn it is
     * share its read.
     */
    public long nextRead() {
        if (revoked) {
            return NOTHING;
        }
        joinWhoCan();
        for (Cursor<T> cursor : apart) {
            if (wantsRead(cursor)) {
                apart.remove(cursor);
                apart.add(cursor);
                return lowestNear(cursor.need());
            }
        }
        return NOTHING;
    }

    /** Whether it is worth to read on from here in the same read. */
    public boolean isWantedFrom(long offset) {
        for (Cursor<T> cursor : apart) {
            long need = cursor.need();
            if (need >= offset && need - offset <= limits.shareWithin() && wantsRead(cursor)) {
                return true;
            }
        }
        return false;
    }

    private long lowestNear(long need) {
        long lowest = need;
        for (Cursor<T> other : apart) {
            long needed = other.need();
            if (needed < lowest && need - needed <= limits.shareWithin() && wantsRead(other)) {
                lowest = needed;
            }
        }
        return lowest;
    }

    private boolean wantsRead(Cursor<T> cursor) {
        // One that is joining reads on whatever room there is, so that it gets there or finds that it can't.
        return cursor.need() < end(cursor) && (cursor.state() == CursorState.JOINING || cursor.window.hasMuchRoom());
    }

    /** The first offset that is not for this trigger to take from a catch-up read. */
    private long end(Cursor<T> cursor) {
        return cursor.state() == CursorState.JOINING ? cursor.joinAt : sharedNext;
    }

    /**
     * Takes what a catch-up read brought.
     *
     * @param asked the offset that was asked for; where the batch begins later, the log holds nothing before it any more
     */
    public void caughtUp(long asked, LogBatch batch) {
        if (revoked) {
            return;
        }
        if (batch.from() > asked) {
            lose(batch.from());
        }
        boolean scanned = begin(batch);
        List<LogRecord> records = batch.records();
        for (int i = 0; i < records.size() && !readers.isEmpty(); i++) {
            LogRecord record = records.get(i);
            deliverOwed(record);
            if (scanned) {
                scan(record);
            }
        }
        finish(batch);
        joinWhoCan();
    }

    /** Finds who takes from this, and answers whether any of them has not looked at all of it before. */
    private boolean begin(LogBatch batch) {
        boolean scanned = false;
        readers.clear();
        owing.clear();
        for (Cursor<T> cursor : apart) {
            long need = cursor.need();
            if (need >= batch.from() && need < batch.next() && need < end(cursor)) {
                cursor.reading = true;
                cursor.stopped = false;
                cursor.tookTo = batch.next();
                cursor.passAt = cursor.neededOwed();
                readers.add(cursor);
                if (cursor.passAt < batch.next()) {
                    cursor.sweptFrom = cursor.sweepFrom;
                    cursor.sweepFrom = Unfinished.NONE;
                    owing.add(cursor);
                }
                scanned |= cursor.scansAlone() && cursor.next < batch.next();
            }
        }
        return scanned;
    }

    private void deliverOwed(LogRecord record) {
        for (int i = 0; i < owing.size(); i++) {
            Cursor<T> cursor = owing.get(i);
            if (cursor.reading && cursor.state() == CursorState.PAUSED) {
                stop(cursor, record.offset());
            }
            if (cursor.reading) {
                passOwedBelow(cursor, record.offset());
                if (cursor.passAt == record.offset()) {
                    takeOwed(cursor, record);
                }
            }
        }
    }

    /** What is owed up to here and did not come by is not there any more, with the log whole around it. */
    private void passOwedBelow(Cursor<T> cursor, long bound) {
        while (cursor.passAt < bound) {
            long gone = cursor.passAt;
            cursor.passAt = cursor.unfinished.lowestOwedFrom(gone + 1);
            if (cursor.unfinished.finishOwed(gone)) {
                deliveries.unreadable(cursor.trigger, gone);
            }
        }
    }

    private void takeOwed(Cursor<T> cursor, LogRecord record) {
        boolean takes = deliveries.takesOwed(record, cursor.trigger);
        if (takes && !cursor.window.hasRoom(record.bytes())) {
            stop(cursor, record.offset());
            return;
        }
        cursor.passAt = cursor.unfinished.lowestOwedFrom(record.offset() + 1);
        if (takes) {
            cursor.unfinished.holdOwed(record.offset());
            cursor.take(record.bytes());
            deliveries.deliverOwed(record, cursor.trigger);
        }
    }

    private void scan(LogRecord record) {
        matched.clear();
        takers.clear();
        deliveries.match(record, matched);
        for (int i = 0; i < matched.size(); i++) {
            Cursor<T> cursor = cursors.get(matched.get(i));
            if (cursor != null
                    && cursor.reading
                    && cursor.scansAlone()
                    && record.offset() >= cursor.next
                    && record.offset() < end(cursor)) {
                if (mayTake(cursor, record)) {
                    hold(cursor, record);
                    cursor.next = record.offset() + 1;
                    takers.add(cursor.trigger);
                } else {
                    cursor.next = record.offset();
                    stop(cursor, record.offset());
                }
            }
        }
        if (!takers.isEmpty()) {
            deliveries.deliver(record, takers);
        }
    }

    private static void stop(Cursor<?> cursor, long at) {
        cursor.reading = false;
        cursor.stopped = true;
        cursor.tookTo = at;
    }

    private void finish(LogBatch batch) {
        for (int i = 0; i < owing.size(); i++) {
            Cursor<T> cursor = owing.get(i);
            if (cursor.state() != CursorState.PAUSED) {
                passOwedBelow(cursor, cursor.tookTo);
                cursor.wanted = deliveries.wanted(cursor.trigger);
            }
            cursor.swept();
        }
        for (int i = 0; i < readers.size(); i++) {
            Cursor<T> cursor = readers.get(i);
            if (cursor.reading && cursor.scansAlone()) {
                cursor.next = Math.max(cursor.next, Math.min(batch.next(), end(cursor)));
            }
            cursor.reading = false;
            if (cursor.stopped && cursor.state() == CursorState.JOINING) {
                callOff(cursor);
            }
        }
        readers.clear();
        owing.clear();
    }

    /** What is below this offset is gone from the log. */
    private void lose(long earliest) {
        for (Cursor<T> cursor = listed; cursor != null; cursor = cursor.following) {
            long owed = cursor.unfinished.finishOwedBelow(earliest);
            long skipped = 0;
            if (cursor.state() != CursorState.SHARED) {
                long next = Math.min(earliest, end(cursor));
                skipped = Math.max(0, next - cursor.next);
                cursor.next = Math.max(cursor.next, next);
            }
            if (owed + skipped > 0) {
                deliveries.lost(cursor.trigger, earliest, owed, skipped);
            }
        }
    }

    // ---- joining ----------------------------------------------------------------------------------------------------

    private void joinWhoCan() {
        joining.clear();
        relieved.clear();
        for (Iterator<Cursor<T>> all = apart.iterator(); all.hasNext(); ) {
            Cursor<T> cursor = all.next();
            if (cursor.owesTooMuch && cursor.unfinished.owed() <= limits.maxOwed() / 2) {
                relieved.add(cursor);
                cursor.owesTooMuch = false;
            }
            if (mayJoin(cursor)) {
                cursor.become(CursorState.JOINING);
                cursor.joinAt = sharedNext;
            }
            if (cursor.state() == CursorState.JOINING && cursor.need() >= cursor.joinAt) {
                joining.add(cursor);
            } else if (cursor.state() == CursorState.SHARED && cursor.unfinished.owed() == 0) {
                all.remove();
            }
        }
        for (int i = 0; i < relieved.size(); i++) {
            deliveries.owesTooMuch(relieved.get(i).trigger, false);
        }
        for (int i = 0; i < joining.size(); i++) {
            join(joining.get(i));
        }
    }

    private boolean mayJoin(Cursor<T> cursor) {
        // One that stands ahead of the shared read, and owes something from before, must not be overtaken by it.
        return cursor.state() == CursorState.CATCHING_UP
                && !cursor.owesTooMuch
                && cursor.next <= sharedNext
                && sharedNext - cursor.need() <= limits.joinWithin()
                && cursor.window.hasMuchRoom();
    }

    /** Everything before J has been taken: what waits from J on queues behind it. */
    private void join(Cursor<T> cursor) {
        List<T> alone = List.of(cursor.trigger);
        for (LogRecord record = cursor.pollWaiting(); record != null; record = cursor.pollWaiting()) {
            cursor.unfinished.addHeld(record.offset());
            cursor.next = record.offset() + 1;
            deliveries.deliver(record, alone);
            if (cursor.state() != CursorState.JOINING) {
                // Paused in the middle, which has forgotten the rest.
                return;
            }
        }
        cursor.become(CursorState.SHARED);
        cursor.next = cursor.joinAt;
        if (cursor.unfinished.owed() == 0) {
            apart.remove(cursor);
        }
        unlistIfInStep(cursor);
    }

    private void callOff(Cursor<T> cursor) {
        cursor.forgetWaiting();
        cursor.become(CursorState.CATCHING_UP);
    }

    // ---- what became of events
    // ----------------------------------------------------------------------------------------

    /**
     * An event has come to an end for a trigger. Also of use for a trigger that is removed and for a partition that is
     * revoked, where it only gives back the room.
     *
     * @param bytes as the record said
     */
    public void settled(T trigger, long offset, int bytes) {
        Cursor<T> cursor = cursors.get(trigger);
        if (cursor != null && cursor.unfinished.finishHeld(offset)) {
            cursor.give(bytes);
            unlistIfInStep(cursor);
        } else {
            letGoOfLeftover(trigger, offset, bytes);
        }
    }

    private void letGoOfLeftover(T trigger, long offset, int bytes) {
        Cursor<T> leftover = leftovers.get(trigger);
        if (leftover != null && leftover.unfinished.finishHeld(offset)) {
            leftover.give(bytes);
            if (leftover.unfinished.held() == 0) {
                leftovers.remove(trigger);
            }
        }
    }

    /**
     * A trigger lets go of an event without an end: it stays in the log and is read again when the trigger {@linkplain
     * #wants wants} it, or {@linkplain #wantsAll everything} that it let go of.
     */
    public void giveBack(T trigger, long offset, int bytes) {
        Cursor<T> cursor = cursors.get(trigger);
        if (cursor != null && cursor.unfinished.oweHeld(offset)) {
            cursor.give(bytes);
            if (cursor.state() != CursorState.PAUSED) {
                apart.add(cursor);
            }
        } else {
            letGoOfLeftover(trigger, offset, bytes);
        }
    }

    /** A trigger wants to have the event at this offset again, and perhaps others behind it. */
    public void wants(T trigger, long offset) {
        Cursor<T> cursor = cursors.get(trigger);
        if (cursor != null) {
            cursor.wanted = Math.min(cursor.wanted, offset);
        }
    }

    /** A trigger wants to have all that it gave back. */
    public void wantsAll(T trigger) {
        Cursor<T> cursor = cursors.get(trigger);
        if (cursor != null) {
            cursor.sweep();
        }
    }

    /** Nothing more is taken or asked for: the partition is another's. What is held may still come to an end. */
    public void revoke() {
        revoked = true;
        for (Cursor<T> cursor : apart) {
            cursor.forgetWaiting();
            if (cursor.owesTooMuch) {
                cursor.owesTooMuch = false;
                deliveries.owesTooMuch(cursor.trigger, false);
            }
        }
    }

    /**
     * Gives up, because one of these methods has failed and nothing here can be relied on: gives back what triggers have
     * of their windows, and knows nothing of anything any more.
     */
    public void abandon() {
        revoked = true;
        for (Cursor<T> cursor : cursors.values()) {
            cursor.giveAll();
            if (cursor.owesTooMuch) {
                deliveries.owesTooMuch(cursor.trigger, false);
            }
        }
        leftovers.values().forEach(Cursor::giveAll);
        leftovers.clear();
        cursors.clear();
        strangers.clear();
        apart.clear();
        listed = null;
        awaited = null;
    }

    /** The triggers that hold something, in memory or left in the log, but for those that are removed. */
    public void forEachUnfinished(Consumer<? super T> each) {
        for (Cursor<T> cursor = listed; cursor != null; cursor = cursor.following) {
            if (!cursor.unfinished.isEmpty()) {
                each.accept(cursor.trigger);
            }
        }
        leftovers.keySet().forEach(each);
    }

    /** Takes how many offsets or events a trigger is behind the shared read. */
    @FunctionalInterface
    public interface LagSink<T> {
        void add(T trigger, long behind);
    }

    /**
     * Tells of every trigger that is behind the shared read: the offsets that it has not looked at, and the events that it
     * has left in the log. What it holds is not counted.
     */
    public void lag(LagSink<? super T> into) {
        for (Cursor<T> cursor = listed; cursor != null; cursor = cursor.following) {
            long unseen = cursor.state() == CursorState.SHARED ? 0 : Math.max(0, sharedNext - cursor.next);
            if (unseen + cursor.unfinished.owed() > 0) {
                into.add(cursor.trigger, unseen + cursor.unfinished.owed());
            }
        }
    }

    /** Takes a trigger that needs records from the log below some offset. */
    @FunctionalInterface
    public interface NeedSink<T> {
        void add(T trigger, long lowest);
    }

    /** Tells of every trigger that has not looked at a record below this offset, or has left an event there in the log. */
    public void needsBelow(long bound, NeedSink<? super T> into) {
        for (Cursor<T> cursor = listed; cursor != null; cursor = cursor.following) {
            long unseen = cursor.state() == CursorState.SHARED ? Math.max(cursor.next, sharedNext) : cursor.next;
            long lowest = Math.min(unseen, cursor.unfinished.lowestOwed());
            if (lowest < bound) {
                into.add(cursor.trigger, lowest);
            }
        }
    }

    // ---- what is committed
    // --------------------------------------------------------------------------------------------

    /**
     * How far all are. A trigger that holds something just behind the shared read would be an exception with nearly every
     * commit; instead the watermark stays back for it, by so much at most. What such triggers finished above it comes
     * twice after a crash.
     *
     * @param slack offsets that the watermark may stay back, 0 or more; 0 is exact
     */
    public Positions positions(long slack) {
        long least = Math.max(watermark, sharedNext - slack);
        long mark = sharedNext;
        for (Cursor<T> cursor = listed; cursor != null; cursor = cursor.following) {
            if (isWithin(cursor, least)) {
                mark = Math.min(mark, cursor.unfinished.lowest());
            }
        }
        Map<String, Position> exceptions = new HashMap<>(strangers);
        for (Cursor<T> cursor = listed; cursor != null; cursor = cursor.following) {
            if (!isWithin(cursor, least)) {
                exceptions.put(deliveries.uid(cursor.trigger), cursor.position(sharedNext));
            }
        }
        // Where the watermark is, for once.
        exceptions.values().removeIf(Position.at(mark)::equals);
        watermark = mark;
        unlistThoseInStep();
        return new Positions(mark, exceptions);
    }

    private void unlistThoseInStep() {
        Cursor<T> cursor = listed;
        while (cursor != null) {
            Cursor<T> following = cursor.following;
            unlistIfInStep(cursor);
            cursor = following;
        }
    }

    /** Whether a watermark of {@code least} or more, but not above what the trigger holds, tells where it is. */
    private boolean isWithin(Cursor<T> cursor, long least) {
        return cursor.state() == CursorState.SHARED
                && cursor.next <= least
                && (cursor.unfinished.isEmpty() || cursor.unfinished.lowest() >= least);
    }

    private void list(Cursor<T> cursor) {
        if (!cursor.listed) {
            cursor.listed = true;
            cursor.following = listed;
            if (listed != null) {
                listed.previous = cursor;
            }
            listed = cursor;
        }
    }

    private void unlistIfInStep(Cursor<T> cursor) {
        // One that came to the shared read a moment ago must not be set back to before that by a watermark that stays
        // back.
        if (cursor.state() == CursorState.SHARED && cursor.unfinished.isEmpty() && cursor.next <= watermark) {
            unlist(cursor);
        }
    }

    private void unlist(Cursor<T> cursor) {
        if (!cursor.listed) {
            return;
        }
        cursor.listed = false;
        if (cursor.previous == null) {
            listed = cursor.following;
        } else {
            cursor.previous.following = cursor.following;
        }
        if (cursor.following != null) {
            cursor.following.previous = cursor.previous;
        }
        cursor.previous = null;
        cursor.following = null;
    }
}
