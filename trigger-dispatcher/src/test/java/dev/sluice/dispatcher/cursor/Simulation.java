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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A run of {@link PartitionCursors} through everything that may happen to it, in an order that the seed decides, against a
 * model that knows for each trigger and record what has become of it. Throws at the first wrong delivery.
 */
final class Simulation implements Deliveries<Simulation.Trigger> {

    private static final int MOST_TRIGGERS = 6;
    private static final int STEPS = 90;
    private static final int MOST_DRAIN_STEPS = 20_000;

    /** A trigger, and what the model knows of it across all owners of the partition. */
    static final class Trigger {
        final String uid;
        final int bit;
        final long start;
        final int maxWindow;
        Window window;
        boolean paused;

        /** What has come to an end, and what of that a commit has said, so that it must never come again. */
        final BitSet settled = new BitSet();

        final BitSet settledForGood = new BitSet();

        /** With the present owner: what is in memory, in the order of delivery. */
        final List<LogRecord> held = new ArrayList<>();

        final BitSet heldOffsets = new BitSet();
        /** With the present owner: what has come to an end or was taken back. */
        final BitSet settledHere = new BitSet();

        /** What it gave back to have it later, and what of that it has asked for. */
        final TreeSet<Long> postponed = new TreeSet<>();

        final TreeSet<Long> wanted = new TreeSet<>();
        boolean owesTooMuch;

        long lastNew = -1;
        long last = -1;
        long lost;

        Trigger(String uid, int bit, long start, int maxWindow, DispatchMemory memory) {
            this.uid = uid;
            this.bit = bit;
            this.start = start;
            this.maxWindow = maxWindow;
            window = new Window(memory, maxWindow);
        }

        boolean matches(LogRecord record) {
            return (((SimulatedLog.Entry) record).matches() & 1 << bit) != 0;
        }

        void newOwner(DispatchMemory memory) {
            window = new Window(memory, maxWindow);
            held.clear();
            heldOffsets.clear();
            settledHere.clear();
            postponed.clear();
            wanted.clear();
            owesTooMuch = false;
            lastNew = -1;
            last = -1;
        }
    }

    private final Random random;
    private final SimulatedLog log = new SimulatedLog();
    private final boolean givesBack;
    private final boolean truncates;
    private final boolean spoils;
    private final long memoryCapacity;

    /** The routing table, and triggers that exist but have not reached it. */
    private final List<Trigger> table = new ArrayList<>();

    private final List<Trigger> notYetSeen = new ArrayList<>();
    private int made;
    private boolean draining;

    // What is durable.
    private Positions committed = Positions.at(0);
    private Set<String> startsCommitted = new HashSet<>();
    private final Map<String, Long> starts = new HashMap<>();

    // The present owner of the partition.
    private DispatchMemory memory;
    private PartitionCursors<Trigger> cursors;
    private final Map<Long, Integer> holders = new HashMap<>();
    private long readerAt;
    private @Nullable LogBatch stopped;
    private int stoppedAt;
    private final Deque<Long> catchUpReads = new ArrayDeque<>();

    // How often what happened, so that a simulation that never gets anywhere shows.
    long deliveries;
    long again;
    long joins;
    long waits;
    long full;

    Simulation(long seed) {
        random = new Random(seed * 0x9E3779B97F4A7C15L);
        givesBack = random.nextInt(4) == 0;
        truncates = random.nextInt(4) == 0;
        spoils = random.nextInt(4) == 0;
        memoryCapacity = random.nextInt(3) == 0 ? 6 + random.nextInt(20) : 1_000_000;
        int first = 1 + random.nextInt(3);
        takeOver();
        for (int i = 0; i < first; i++) {
            create();
        }
    }

    void run() {
        for (int i = 0; i < STEPS; i++) {
            step();
        }
        drain();
    }

    private void step() {
        switch (random.nextInt(24)) {
            case 0, 1, 2, 3 -> append();
            case 4, 5, 6, 7 -> sharedRead();
            case 8, 9 -> startCatchUp();
            case 10, 11, 12 -> endCatchUp();
            case 13, 14, 15 -> settleSome();
            case 16, 17 -> {
                if (givesBack) {
                    giveBackOrWant();
                } else {
                    settleSome();
                }
            }
            case 18 -> commit(random.nextInt(4));
            case 19 -> change();
            case 20 -> {
                switch (random.nextInt(4)) {
                    case 0 -> crash();
                    case 1 -> handOver();
                    default -> {}
                }
            }
            case 21 -> disturbSharedRead();
            case 22 -> giveBackOrWant();
            default -> {
                if (truncates && random.nextInt(3) == 0) {
                    log.truncate(log.earliest + random.nextInt(6));
                }
                if (spoils && random.nextInt(2) == 0) {
                    log.spoil(random);
                }
            }
        }
    }

    private void append() {
        for (int i = random.nextInt(4); i >= 0; i--) {
            log.append(random);
        }
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    private void sharedRead() {
        LogBatch batch = stopped;
        int from = stoppedAt;
        if (batch == null) {
            batch = log.read(readerAt, 1 + random.nextInt(6));
            from = 0;
            readerAt = batch.next();
        } else if (!cursors.mayGoOn() && random.nextBoolean()) {
            return;
        }
        int most = random.nextInt(4) > 0 ? Integer.MAX_VALUE : 1 + random.nextInt(3);
        int taken = cursors.shared(batch, from, most, stopped == null && random.nextBoolean(), table);
        if (taken < batch.records().size()) {
            waits += cursors.isWaiting() ? 1 : 0;
            stopped = batch;
            stoppedAt = taken;
        } else {
            stopped = null;
        }
    }

    /** The shared read is set back, or skips something: both may happen to it, and neither may do harm. */
    private void disturbSharedRead() {
        if (stopped == null && random.nextInt(6) == 0) {
            readerAt = Math.max(0, Math.min(log.end, readerAt + random.nextInt(9) - 4));
        }
    }

    private void startCatchUp() {
        if (catchUpReads.size() < 2) {
            long from = cursors.nextRead();
            if (from != PartitionCursors.NOTHING) {
                catchUpReads.add(from);
            }
        }
    }

    private void endCatchUp() {
        Long asked = random.nextBoolean() ? catchUpReads.pollFirst() : catchUpReads.pollLast();
        if (asked != null) {
            LogBatch batch = log.read(asked, 1 + random.nextInt(6));
            cursors.caughtUp(asked, batch);
            if (random.nextBoolean() && cursors.isWantedFrom(batch.next())) {
                catchUpReads.addFirst(batch.next());
            }
        }
    }

    // ---- delivering -------------------------------------------------------------------------------------------------

    @Override
    public void match(LogRecord record, List<? super Trigger> into) {
        for (Trigger trigger : table) {
            if (trigger.matches(record)) {
                into.add(trigger);
            }
        }
    }

    @Override
    public String uid(Trigger trigger) {
        return trigger.uid;
    }

    @Override
    public Window window(Trigger trigger) {
        return trigger.window;
    }

    @Override
    public void deliver(LogRecord record, List<? extends Trigger> to) {
        require(!to.isEmpty(), () -> "delivered to nobody");
        for (Trigger trigger : to) {
            long offset = record.offset();
            if (offset <= trigger.lastNew || (offset <= trigger.last && !givesBack)) {
                throw new AssertionError(trigger.uid + " got " + offset + " after " + trigger.last);
            }
            trigger.lastNew = offset;
            arrived(record, trigger);
        }
        take(record, to.size());
        settleAtOnce(record, List.copyOf(to));
    }

    @Override
    public void deliverOwed(LogRecord record, Trigger to) {
        require(
                givesBack || record.offset() > to.last,
                () -> to.uid + " got the owed " + record.offset() + " after " + to.last);
        arrived(record, to);
        take(record, 1);
    }

    private void arrived(LogRecord record, Trigger trigger) {
        int offset = (int) record.offset();
        String wrong = wrong(record, offset, trigger);
        if (wrong != null) {
            throw new AssertionError(trigger.uid + " got " + offset + wrong);
        }
        if (trigger.settled.get(offset)) {
            again++;
        }
        deliveries++;
        require(
                !trigger.postponed.contains((long) offset) || trigger.wanted.contains((long) offset),
                () -> trigger.uid + " got " + offset + ", which it wants later");
        trigger.postponed.remove((long) offset);
        trigger.wanted.remove((long) offset);
        trigger.last = Math.max(trigger.last, offset);
        trigger.held.add(record);
        trigger.heldOffsets.set(offset);
    }

    private @Nullable String wrong(LogRecord record, int offset, Trigger trigger) {
        if (!trigger.matches(record)) {
            return ", which it does not match";
        }
        if (offset < trigger.start) {
            return ", which was there before it";
        }
        if (trigger.paused) {
            return " while it was paused";
        }
        if (!table.contains(trigger)) {
            return " when it was deleted";
        }
        if (trigger.heldOffsets.get(offset)) {
            return " twice at once";
        }
        if (trigger.settledHere.get(offset)) {
            return " again after it had ended";
        }
        if (trigger.settledForGood.get(offset)) {
            return " again though a commit had said that it had ended";
        }
        return trigger.held.size() < trigger.maxWindow ? null : " beyond its window of " + trigger.maxWindow;
    }

    private void take(LogRecord record, int times) {
        memory.take(record.bytes());
        holders.merge(record.offset(), times, Integer::sum);
        extra.merge(record.offset(), 1, Integer::sum);
    }

    /** Deliveries of one record, each of which takes memory. */
    private final Map<Long, Integer> extra = new HashMap<>();

    private void give(LogRecord record) {
        int left = requireNonNull(holders.merge(record.offset(), -1, Integer::sum));
        if (left == 0) {
            memory.give((long) record.bytes() * requireNonNull(extra.remove(record.offset())));
            holders.remove(record.offset());
        }
    }

    /** Some events end, or are given back by a trigger that pauses, before the call that delivers them has returned. */
    private void settleAtOnce(LogRecord record, List<Trigger> to) {
        for (Trigger trigger : to) {
            int which = random.nextInt(24);
            if (which < 4) {
                settle(trigger, trigger.held.indexOf(record));
            } else if (which == 4 && givesBack && !draining) {
                giveBack(trigger, trigger.held.indexOf(record));
                trigger.paused = true;
                cursors.pause(trigger);
            }
        }
    }

    @Override
    public boolean takesOwed(LogRecord record, Trigger trigger) {
        return !trigger.postponed.contains(record.offset()) || trigger.wanted.contains(record.offset());
    }

    @Override
    public long wanted(Trigger trigger) {
        return trigger.wanted.isEmpty() ? PartitionCursors.NOTHING : trigger.wanted.first();
    }

    @Override
    public void lost(Trigger trigger, long earliest, long owed, long skipped) {
        require(log.earliest > 0, () -> trigger.uid + " lost something of a whole log");
        trigger.lost += owed + skipped;
        trigger.postponed.headSet(earliest).clear();
        trigger.wanted.headSet(earliest).clear();
    }

    @Override
    public void unreadable(Trigger trigger, long offset) {
        require(log.isUnreadable(offset), () -> trigger.uid + " was told that " + offset + " can't be read");
        require(!trigger.settledHere.get((int) offset), () -> trigger.uid + " has had " + offset);
        trigger.lost++;
        trigger.postponed.remove(offset);
        trigger.wanted.remove(offset);
    }

    @Override
    public void owesTooMuch(Trigger trigger, boolean tooMuch) {
        require(
                trigger.owesTooMuch != tooMuch,
                () -> trigger.uid + " was told twice that it owes too much: " + tooMuch);
        trigger.owesTooMuch = tooMuch;
        full++;
    }

    private void settleSome() {
        if (!table.isEmpty()) {
            Trigger trigger = table.get(random.nextInt(table.size()));
            for (int i = random.nextInt(3); i >= 0 && !trigger.held.isEmpty(); i--) {
                settle(trigger, random.nextInt(trigger.held.size()));
            }
        }
    }

    private void settle(Trigger trigger, int index) {
        LogRecord record = trigger.held.remove(index);
        int offset = (int) record.offset();
        trigger.heldOffsets.clear(offset);
        trigger.settled.set(offset);
        trigger.settledHere.set(offset);
        give(record);
        cursors.settled(trigger, offset, record.bytes());
    }

    private void giveBackOrWant() {
        if (!givesBack || table.isEmpty()) {
            return;
        }
        Trigger trigger = table.get(random.nextInt(table.size()));
        switch (random.nextInt(5)) {
            case 0 -> wantAll(trigger);
            case 1 -> {
                if (!trigger.postponed.isEmpty()) {
                    long wanted = new ArrayList<>(trigger.postponed).get(random.nextInt(trigger.postponed.size()));
                    trigger.wanted.add(wanted);
                    cursors.wants(trigger, wanted);
                }
            }
            default -> {
                if (!trigger.held.isEmpty()) {
                    int index = random.nextInt(trigger.held.size());
                    long offset = trigger.held.get(index).offset();
                    giveBack(trigger, index);
                    if (random.nextInt(4) > 0) {
                        trigger.postponed.add(offset);
                    }
                }
            }
        }
    }

    private void wantAll(Trigger trigger) {
        trigger.postponed.clear();
        trigger.wanted.clear();
        cursors.wantsAll(trigger);
    }

    private void giveBack(Trigger trigger, int index) {
        LogRecord record = trigger.held.remove(index);
        trigger.heldOffsets.clear((int) record.offset());
        give(record);
        cursors.giveBack(trigger, record.offset(), record.bytes());
    }

    // ---- changes ----------------------------------------------------------------------------------------------------

    private void change() {
        int which = random.nextInt(6);
        if (which == 0 && made < MOST_TRIGGERS) {
            create();
        } else if (which == 1 && !notYetSeen.isEmpty()) {
            enter(notYetSeen.remove(0));
        } else if (which == 2 && !table.isEmpty() && random.nextInt(3) == 0) {
            Trigger gone = table.remove(random.nextInt(table.size()));
            gone.held.forEach(this::give);
            cursors.remove(gone);
            starts.remove(gone.uid);
        } else if (!table.isEmpty()) {
            Trigger trigger = table.get(random.nextInt(table.size()));
            trigger.paused = !trigger.paused;
            if (trigger.paused) {
                cursors.pause(trigger);
            } else {
                cursors.resume(trigger);
            }
        }
    }

    private void create() {
        Trigger trigger = new Trigger("t" + made, made, log.end, 1 + random.nextInt(6), memory);
        made++;
        starts.put(trigger.uid, trigger.start);
        cursors.stranger(trigger.uid, Position.at(trigger.start));
        if (random.nextInt(4) == 0) {
            notYetSeen.add(trigger);
        } else {
            enter(trigger);
        }
    }

    private void enter(Trigger trigger) {
        table.add(trigger);
        cursors.add(trigger, trigger.paused);
    }

    // ---- owners -----------------------------------------------------------------------------------------------------

    private void commit(int slack) {
        long shared = cursors.sharedNext();
        long before = committed.watermark();
        committed = cursors.positions(slack);
        startsCommitted = new HashSet<>(starts.keySet());
        require(committed.watermark() >= before, () -> "the watermark went back to " + committed.watermark());
        List<Trigger> all = new ArrayList<>(table);
        all.addAll(notYetSeen);
        for (Trigger trigger : all) {
            Position position = committed.of(trigger.uid);
            BitSet unfinished = new BitSet();
            for (int i = 0; i < position.unfinishedCount(); i++) {
                unfinished.set((int) position.unfinished(i));
            }
            for (SimulatedLog.Entry entry : log.entries) {
                int offset = (int) entry.offset();
                boolean finished = offset < position.next() && !unfinished.get(offset);
                boolean owes = offset >= trigger.start
                        && offset >= log.earliest
                        && trigger.matches(entry)
                        && !log.isUnreadable(offset);
                if (finished && owes && !trigger.settled.get(offset) && trigger.lost == 0) {
                    throw new AssertionError(trigger.uid + " has not finished " + offset + " and the commit says so");
                }
                boolean ended = trigger.settledHere.get(offset) || trigger.settledForGood.get(offset);
                if (!finished && ended && offset < shared - slack) {
                    throw new AssertionError(
                            trigger.uid + " has finished " + offset + " long ago and the commit does not say so");
                }
                // A commit may take back what one before it said, of the last few offsets, for a trigger that is in
                // step now.
                trigger.settledForGood.set(offset, finished && trigger.settled.get(offset));
            }
        }
    }

    private void crash() {
        takeOver();
    }

    /** The partition is taken away: some of what is held ends, nothing new begins, and the next owner goes on exactly there. */
    private void handOver() {
        cursors.revoke();
        require(cursors.nextRead() == PartitionCursors.NOTHING, () -> "a revoked partition is read");
        for (int i = random.nextInt(4); i >= 0; i--) {
            settleSome();
        }
        long before = deliveries;
        endCatchUp();
        sharedRead();
        require(deliveries == before, () -> "a revoked partition delivers");
        commit(0);
        takeOver();
    }

    private void takeOver() {
        memory = new DispatchMemory(memoryCapacity);
        holders.clear();
        extra.clear();
        catchUpReads.clear();
        stopped = null;
        cursors = new PartitionCursors<>(committed, this, limits());
        readerAt = committed.watermark();
        // Deleted since the commit.
        committed.exceptions().keySet().stream()
                .filter(uid -> !starts.containsKey(uid))
                .forEach(cursors::forget);
        starts.forEach((uid, start) -> {
            if (!startsCommitted.contains(uid)) {
                cursors.stranger(uid, Position.at(start));
            } else {
                // Known to the log, whether or not it is in the table yet.
                notYetSeen.stream()
                        .filter(trigger -> trigger.uid.equals(uid))
                        .forEach(trigger -> cursors.stranger(uid, Position.at(committed.watermark())));
            }
        });
        for (Trigger trigger : table) {
            trigger.newOwner(memory);
            cursors.add(trigger, trigger.paused);
        }
        notYetSeen.forEach(trigger -> trigger.newOwner(memory));
    }

    private CursorLimits limits() {
        return new CursorLimits(random.nextInt(5), random.nextInt(5), 2, 2 + random.nextInt(5));
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** Nothing disturbs any more: everything must come to its end, in a bounded number of steps. */
    private void drain() {
        draining = true;
        while (!notYetSeen.isEmpty()) {
            enter(notYetSeen.remove(0));
        }
        for (Trigger trigger : table) {
            if (trigger.paused) {
                trigger.paused = false;
                cursors.resume(trigger);
            }
        }
        for (int i = 0; !isDone(); i++) {
            require(i < MOST_DRAIN_STEPS, () -> "it does not come to an end: " + cursors.positions(0));
            if (i % 20 == 0) {
                table.forEach(this::wantAll);
            }
            switch (random.nextInt(4)) {
                case 0 -> sharedRead();
                case 1 -> startCatchUp();
                case 2 -> endCatchUp();
                default -> settleSome();
            }
        }
        require(memory.held() == 0, () -> memory.held() + " bytes are held by nobody");
        for (Trigger trigger : table) {
            require(
                    trigger.window.events() == 0 && trigger.window.bytes() == 0,
                    () -> trigger.uid + " holds " + trigger.window.events());
            long missing = missing(trigger);
            require(missing <= trigger.lost, () -> trigger.uid + " lost " + missing + " and said " + trigger.lost);
        }
    }

    /** How much has come to no end, all of which has to be gone from the log. */
    private long missing(Trigger trigger) {
        long missing = 0;
        for (SimulatedLog.Entry entry : log.entries) {
            int offset = (int) entry.offset();
            if (offset >= trigger.start && trigger.matches(entry) && !trigger.settled.get(offset)) {
                require(offset < log.earliest || log.isUnreadable(offset), () -> trigger.uid + " never got " + offset);
                missing += offset < log.earliest && !log.isUnreadable(offset) ? 1 : 0;
            }
        }
        return missing;
    }

    private boolean isDone() {
        for (Trigger trigger : table) {
            if (!trigger.held.isEmpty()) {
                return false;
            }
        }
        if (stopped != null || cursors.sharedNext() < log.end || cursors.nextRead() != PartitionCursors.NOTHING) {
            return false;
        }
        Positions positions = cursors.positions(0);
        return positions.exceptions().isEmpty() && positions.watermark() == log.end;
    }

    private static void require(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise.get());
        }
    }
}
