/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.CatchUpReader;
import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.ChannelException.Kind;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.channel.LogRecord;
import dev.sluice.api.channel.Move;
import dev.sluice.api.channel.ParkingLog;
import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A partitioned log in memory, as durable as its object: any number of {@linkplain #open channels} of it may be open at
 * once, each like a process of its own, and share its partitions. It deals them out evenly when readers come and go; a
 * test may also move one, take one away without a word, freeze a reader, or let retention overtake. Safe for any thread.
 *
 * <p>Events go to the partition that the hash of their extension {@code partitionkey} names, or in turns without one.
 */
public final class InProcessLog {

    /** How long a reader that loses a partition is waited for. */
    private static final Duration HAND_OVER = Duration.ofSeconds(10);

    private static final int MOST_IN_A_BATCH = 100;
    private static final int OVERHEAD_BYTES = 100;

    private final Object lock = new Object();

    // Guarded by lock.
    private final List<Partition> partitions = new ArrayList<>();
    private final Map<String, Start> starts = new TreeMap<>();
    private final List<Member> members = new ArrayList<>();
    private long startSequence;
    private int turn;
    private boolean refusesCommits;
    private boolean holdsCommits;
    private final List<Runnable> heldAnswers = new ArrayList<>();
    private long refusedCommits;
    private boolean failsLeaving;
    private @Nullable String refusesStartOf;
    private final Map<String, byte[]> parked = new TreeMap<>();
    private final List<Parking> parkings = new ArrayList<>();
    private @Nullable Kind refusesParking;
    private boolean refusesRemoving;
    private int refusals;

    private final AtomicLong recordsRead = new AtomicLong();
    private final AtomicLong commits = new AtomicLong();

    /** @param partitions 1 or more */
    public InProcessLog(int partitions) {
        for (int i = 0; i < partitions; i++) {
            this.partitions.add(new Partition(i));
        }
    }

    /** Opens a channel that shares this log with all others. */
    public LogChannel open(ChannelSpec spec) {
        return new Open(requireNonNull(spec, "spec"));
    }

    // ---- what a test may do and see ---------------------------------------------------------------------------------

    /** Forgets the records below this offset, as retention would. */
    public void truncate(int partition, long offset) {
        synchronized (lock) {
            Partition of = partitions.get(partition);
            of.earliest = Math.max(of.earliest, Math.min(offset, of.end));
            of.records.headMap(of.earliest).clear();
        }
    }

    /** Takes one record out of the middle, as if it could not be read any more. */
    public void spoil(int partition, long offset) {
        synchronized (lock) {
            partitions.get(partition).records.remove(offset);
        }
    }

    /** Lets readers leave and then fail to say so, or works again. */
    public void failLeaving(boolean fails) {
        synchronized (lock) {
            failsLeaving = fails;
        }
    }

    /** Tells every reader of all starts once more, as a channel may that hears of them from two sides. */
    public void tellStartsAgain() {
        synchronized (lock) {
            for (Partition partition : partitions) {
                Member owner = partition.owner;
                if (owner != null) {
                    starts.forEach((uid, start) -> tell(partition, owner, uid, start));
                }
            }
        }
    }

    /** Under the lock, so that a reader is told of starts in the order in which they were made. */
    private void tell(Partition partition, Member owner, String triggerUid, Start start) {
        long generation = partition.generation;
        owner.context.runOnContext(told -> {
            if (isOwned(partition, owner, generation)) {
                owner.handler.started(
                        partition.number, triggerUid, requireNonNull(start.offsets.get(partition.number)));
                synchronized (lock) {
                    partition.startsTold = Math.max(partition.startsTold, start.sequence);
                }
            }
        });
    }

    /** Under the lock. */
    private void tellMove(Partition partition, Member owner, String triggerUid, Start moved) {
        long generation = partition.generation;
        owner.context.runOnContext(told -> {
            if (isOwned(partition, owner, generation)) {
                owner.handler.moved(partition.number, triggerUid, requireNonNull(moved.offsets.get(partition.number)));
                synchronized (lock) {
                    partition.startsTold = Math.max(partition.startsTold, moved.sequence);
                }
            }
        });
    }

    /** Says of the records below this offset that they have lived through most of what they are given. */
    public void soonGone(int partition, long below) {
        synchronized (lock) {
            partitions.get(partition).soonGone = below;
        }
    }

    /** Lets the starts of triggers with this UID fail, or those of all be kept again if it is null. */
    public void refuseStartOf(@Nullable String triggerUid) {
        synchronized (lock) {
            refusesStartOf = triggerUid;
        }
    }

    /** Where the catch-up reads of a partition began so far, batch by batch. */
    public List<Long> catchUpReads(int partition) {
        synchronized (lock) {
            return List.copyOf(partitions.get(partition).catchUpReads);
        }
    }

    /** Takes a partition from its reader in good order, and gives it to the reader of this channel. */
    public Future<Void> move(int partition, LogChannel to) {
        Partition of;
        Member next;
        synchronized (lock) {
            of = partitions.get(partition);
            next = requireNonNull(((Open) to).member, "the channel has no reader");
        }
        return revoke(of).onSuccess(revoked -> assign(of, next));
    }

    /** Takes all partitions of this channel's reader away without asking, as from a process that was thought dead. */
    public void expel(LogChannel channel) {
        Member member;
        List<Partition> taken = new ArrayList<>();
        synchronized (lock) {
            member = requireNonNull(((Open) channel).member, "the channel has no reader");
            members.remove(member);
            for (Partition partition : partitions) {
                if (partition.owner == member) {
                    partition.owner = null;
                    partition.generation++;
                    taken.add(partition);
                }
            }
        }
        for (Partition partition : taken) {
            member.context.runOnContext(lost -> member.handler.lost(partition.number));
        }
        deal();
    }

    /** From now on the reader of this channel has not heard from the others for too long; it does not know yet. */
    public void freeze(LogChannel channel, boolean frozen) {
        requireNonNull(((Open) channel).member, "the channel has no reader").frozen = frozen;
    }

    /**
     * The same once the reader of this channel has been asked so many more times whether it may act, and has said yes: so
     * comes what can come between two looks.
     *
     * @param looks 1 or more
     */
    public void freezeAfter(LogChannel channel, int looks) {
        Member member = requireNonNull(((Open) channel).member, "the channel has no reader");
        synchronized (lock) {
            member.looksUntilFrozen = looks;
        }
    }

    /** Lets the next commits fail, or work again. */
    public void refuseCommits(boolean refused) {
        synchronized (lock) {
            refusesCommits = refused;
        }
    }

    /** Lets the next commits be made without an answer, or answers them, those too that are held. */
    public void holdCommits(boolean held) {
        synchronized (lock) {
            holdsCommits = held;
            if (!held) {
                heldAnswers.forEach(Runnable::run);
                heldAnswers.clear();
            }
        }
    }

    /** Commits that were refused because a test had said so. */
    public long refusedCommits() {
        synchronized (lock) {
            return refusedCommits;
        }
    }

    /** Lets the next values fail to be kept, as this kind, or be kept again with null. */
    public void refuseParking(@Nullable Kind as) {
        synchronized (lock) {
            refusesParking = as;
        }
    }

    /** Lets what is parked fail to be removed, or be removed again. */
    public void refuseRemoving(boolean refused) {
        synchronized (lock) {
            refusesRemoving = refused;
        }
    }

    /** Values that were to be kept, and removed, and were not, because a test had said so. */
    public int parkingRefusals() {
        synchronized (lock) {
            return refusals;
        }
    }

    /** The ids of what is parked. */
    public Set<String> parked() {
        synchronized (lock) {
            return Set.copyOf(parked.keySet());
        }
    }

    public Positions committed(int partition) {
        synchronized (lock) {
            return PositionsCodec.decode(partitions.get(partition).committed);
        }
    }

    /** How many there are. */
    public int partitions() {
        synchronized (lock) {
            return partitions.size();
        }
    }

    /** The offset that the next record of this partition gets. */
    public long end(int partition) {
        synchronized (lock) {
            return partitions.get(partition).end;
        }
    }

    /** Records handed to readers, by whatever read. */
    public long recordsRead() {
        return recordsRead.get();
    }

    public long commits() {
        return commits.get();
    }

    // ---- dealing out ------------------------------------------------------------------------------------------------

    /** Deals the partitions out evenly; who keeps one notices nothing. */
    private void deal() {
        List<Future<Void>> moves = new ArrayList<>();
        Map<Partition, Member> next = new HashMap<>();
        synchronized (lock) {
            for (int i = 0; i < partitions.size(); i++) {
                Partition partition = partitions.get(i);
                Member to = members.isEmpty() ? null : members.get(i % members.size());
                if (to != null && partition.owner != to) {
                    next.put(partition, to);
                }
            }
        }
        next.forEach((partition, to) -> moves.add(revoke(partition).onSuccess(revoked -> assign(partition, to))));
        Future.join(moves).onFailure(failure -> {
            throw new IllegalStateException(failure);
        });
    }

    private Future<Void> revoke(Partition partition) {
        Member from;
        long generation;
        synchronized (lock) {
            from = partition.owner;
            generation = partition.generation;
            partition.announced = false;
        }
        if (from == null) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        from.context.runOnContext(
                turn -> from.handler.revoked(partition.number, HAND_OVER).onComplete(done));
        from.context.owner().setTimer(HAND_OVER.toMillis(), late -> done.tryComplete());
        return done.future().eventually(() -> {
            synchronized (lock) {
                if (partition.generation == generation) {
                    partition.owner = null;
                    partition.generation++;
                }
            }
            return Future.succeededFuture();
        });
    }

    private void assign(Partition partition, Member to) {
        synchronized (lock) {
            if (partition.owner != null || !members.contains(to)) {
                return;
            }
            partition.owner = to;
            partition.announced = false;
            partition.paused = false;
            partition.generation++;
            Positions positions = positionsOf(partition);
            Assignment assignment = new Assignment(partition.number, positions, new HashSet<>(starts.keySet()));
            partition.readAt = positions.watermark();
            partition.startsTold = startSequence;
            long generation = partition.generation;
            to.context.runOnContext(turn -> {
                if (isOwned(partition, to, generation)) {
                    to.handler.assigned(assignment);
                    announced(partition);
                }
            });
        }
    }

    /** Where all are, as the next owner finds it. Under the lock. */
    private Positions positionsOf(Partition partition) {
        Positions positions = PositionsCodec.decode(partition.committed);
        Map<String, Position> exceptions = new HashMap<>(positions.exceptions());
        exceptions.keySet().retainAll(starts.keySet());
        starts.forEach((uid, start) -> {
            if (start.sequence > partition.startsCommitted) {
                exceptions.put(uid, Position.at(requireNonNull(start.offsets.get(partition.number))));
            }
        });
        return new Positions(positions.watermark(), exceptions);
    }

    private void announced(Partition partition) {
        synchronized (lock) {
            partition.announced = true;
        }
        wake(partition);
    }

    private boolean isOwned(Partition partition, Member by, long generation) {
        synchronized (lock) {
            return partition.owner == by && partition.generation == generation;
        }
    }

    /** Makes the owner of the partition read on. */
    private void wake(Partition partition) {
        synchronized (lock) {
            Member owner = partition.owner;
            if (owner == null || partition.awake || !partition.mayBeRead()) {
                return;
            }
            partition.awake = true;
            owner.context.runOnContext(turn -> readOn(partition, owner));
        }
    }

    private void readOn(Partition partition, Member by) {
        LogBatch batch = null;
        synchronized (lock) {
            partition.awake = false;
            if (partition.owner == by && !by.closed && partition.mayBeRead()) {
                batch = partition.read(partition.readAt, Integer.MAX_VALUE);
                partition.readAt = batch.next();
            }
        }
        if (batch != null) {
            recordsRead.addAndGet(batch.records().size());
            by.handler.read(batch);
        }
        wake(partition);
    }

    // ---- the log ----------------------------------------------------------------------------------------------------

    /** Where a trigger starts, or was moved to. */
    private record Start(long sequence, Map<Integer, Long> offsets) {}

    private record Kept(int partition, long offset, CloudEvent event, int bytes, Instant appended)
            implements LogRecord {}

    /** All of it guarded by the lock. */
    private static final class Partition {
        final int number;
        final TreeMap<Long, Kept> records = new TreeMap<>();
        final List<Long> catchUpReads = new ArrayList<>();
        long earliest;
        long end;
        long soonGone;

        byte[] committed = PositionsCodec.encode(Positions.at(0));
        /** The commit covers the starts up to this one; the owner has been told of those up to the other. */
        long startsCommitted;

        long startsTold;

        @Nullable
        Member owner;

        long generation;
        long readAt;
        boolean awake;
        boolean paused;
        /** Whether the owner knows that it is the owner, and has not been asked to let go. */
        boolean announced;

        Partition(int number) {
            this.number = number;
        }

        boolean mayBeRead() {
            return !paused && announced && readAt < end;
        }

        long startOf(StartFrom from) {
            if (from instanceof StartFrom.Time since) {
                for (Kept record : records.values()) {
                    if (!record.appended().isBefore(since.time())) {
                        return record.offset();
                    }
                }
            }
            return from == StartFrom.Place.EARLIEST ? earliest : end;
        }

        LogBatch read(long asked, int maxBytes) {
            long from = Math.max(asked, earliest);
            List<LogRecord> batch = new ArrayList<>();
            long bytes = 0;
            for (Kept record : records.tailMap(from).values()) {
                bytes += record.bytes();
                if (batch.size() == MOST_IN_A_BATCH || (bytes > maxBytes && !batch.isEmpty())) {
                    return new LogBatch(number, from, record.offset(), end, batch);
                }
                batch.add(record);
            }
            return new LogBatch(number, from, Math.max(from, end), Math.max(from, end), batch);
        }
    }

    private static int bytes(CloudEvent event) {
        CloudEventData data = event.getData();
        return OVERHEAD_BYTES + (data == null ? 0 : data.toBytes().length);
    }

    // ---- a process's view of it -------------------------------------------------------------------------------------

    private final class Open implements LogChannel {
        private final ChannelSpec spec;
        private volatile boolean closed;
        private volatile @Nullable Member member;

        Open(ChannelSpec spec) {
            this.spec = spec;
        }

        @Override
        public ChannelSpec spec() {
            return spec;
        }

        @Override
        public Future<Void> append(List<CloudEvent> events, Admission admission) {
            requireNonNull(admission, "admission");
            if (events.isEmpty()) {
                throw new IllegalArgumentException("events is empty, must hold at least one");
            }
            if (closed) {
                return Future.failedFuture(refusal(Kind.CLOSED, "its channel is closed"));
            }
            Set<Partition> grown = new HashSet<>();
            Instant now = Instant.now();
            synchronized (lock) {
                for (CloudEvent event : events) {
                    Object key = event.getExtension("partitionkey");
                    int number = Math.floorMod(key == null ? turn++ : key.hashCode(), partitions.size());
                    Partition partition = partitions.get(number);
                    partition.records.put(partition.end, new Kept(number, partition.end, event, bytes(event), now));
                    partition.end++;
                    grown.add(partition);
                }
            }
            grown.forEach(InProcessLog.this::wake);
            return Future.succeededFuture();
        }

        @Override
        public int partitions() {
            synchronized (lock) {
                return partitions.size();
            }
        }

        @Override
        public Future<LogReader> subscribe(Context context, LogHandler handler) {
            Member joined;
            synchronized (lock) {
                if (closed) {
                    return Future.failedFuture(refusal(Kind.CLOSED, "its channel is closed"));
                }
                if (member != null) {
                    return Future.failedFuture(refusal(Kind.ALREADY_READ, "its channel has a reader already"));
                }
                joined = new Member(this, context, handler);
                member = joined;
                members.add(joined);
            }
            // Behind the caller's own turn, so that it knows its reader before that is given anything.
            context.runOnContext(turn -> deal());
            return Future.succeededFuture(joined);
        }

        @Override
        public Future<Void> start(ResourceName trigger, String triggerUid, StartFrom from) {
            requireNonNull(trigger, "trigger");
            synchronized (lock) {
                if (triggerUid.equals(refusesStartOf)) {
                    return Future.failedFuture(refusal(Kind.UNAVAILABLE, "told to refuse the start of " + trigger));
                }
            }
            return tell(() -> {
                if (starts.containsKey(triggerUid)) {
                    return List.of();
                }
                Map<Integer, Long> offsets = new HashMap<>();
                for (Partition partition : partitions) {
                    offsets.put(partition.number, partition.startOf(from));
                }
                Start start = new Start(++startSequence, offsets);
                starts.put(triggerUid, start);
                List<Runnable> telling = new ArrayList<>();
                for (Partition partition : partitions) {
                    Member owner = partition.owner;
                    if (owner != null) {
                        telling.add(() -> InProcessLog.this.tell(partition, owner, triggerUid, start));
                    }
                }
                return telling;
            });
        }

        @Override
        public Future<List<Move>> previewMove(String triggerUid, StartFrom to) {
            synchronized (lock) {
                return starts.containsKey(triggerUid)
                        ? Future.succeededFuture(moves(triggerUid, to))
                        : Future.failedFuture(refusal(Kind.UNAVAILABLE, "trigger " + triggerUid + " has no start"));
            }
        }

        @Override
        public Future<List<Move>> move(String triggerUid, StartFrom to) {
            List<Move> moves = new ArrayList<>();
            synchronized (lock) {
                if (!starts.containsKey(triggerUid)) {
                    return previewMove(triggerUid, to);
                }
            }
            return tell(() -> {
                        moves.addAll(moves(triggerUid, to));
                        Map<Integer, Long> offsets = new HashMap<>();
                        moves.forEach(move -> offsets.put(move.partition(), move.to()));
                        Start moved = new Start(++startSequence, offsets);
                        starts.put(triggerUid, moved);
                        List<Runnable> telling = new ArrayList<>();
                        for (Partition partition : partitions) {
                            Member owner = partition.owner;
                            if (owner != null) {
                                telling.add(() -> tellMove(partition, owner, triggerUid, moved));
                            }
                        }
                        return telling;
                    })
                    .map(told -> List.copyOf(moves));
        }

        /** Under the lock. */
        private List<Move> moves(String triggerUid, StartFrom to) {
            List<Move> moves = new ArrayList<>();
            for (Partition partition : partitions) {
                long from = Math.max(
                        partition.earliest,
                        positionsOf(partition).of(triggerUid).lowest());
                moves.add(new Move(partition.number, from, partition.startOf(to), Optional.empty(), Optional.empty()));
            }
            return moves;
        }

        @Override
        public Future<Map<Integer, Long>> soonGone() {
            synchronized (lock) {
                Map<Integer, Long> soon = new HashMap<>();
                partitions.forEach(partition -> soon.put(partition.number, partition.soonGone));
                return Future.succeededFuture(soon);
            }
        }

        @Override
        public Future<Void> forget(String triggerUid) {
            return tell(() -> {
                List<Runnable> telling = new ArrayList<>();
                if (starts.remove(triggerUid) != null) {
                    for (Member one : members) {
                        telling.add(() -> one.context.runOnContext(told -> one.handler.forgotten(triggerUid)));
                    }
                }
                return telling;
            });
        }

        private Future<Void> tell(Supplier<List<Runnable>> change) {
            if (closed) {
                return Future.failedFuture(refusal(Kind.CLOSED, "its channel is closed"));
            }
            Promise<Void> done = Promise.promise();
            // Under the lock, so that a reader is told of starts in the order in which they were made.
            synchronized (lock) {
                change.get().forEach(Runnable::run);
                Member own = member;
                if (own == null) {
                    done.complete();
                } else {
                    own.context.runOnContext(told -> done.complete());
                }
            }
            return done.future();
        }

        @Override
        public Future<ParkingLog> parking(Context context, ParkingLog.Listener listener) {
            if (closed) {
                return Future.failedFuture(refusal(Kind.CLOSED, "its channel is closed"));
            }
            Parking opened = new Parking(context, listener);
            Promise<ParkingLog> heard = Promise.promise();
            synchronized (lock) {
                parkings.add(opened);
                parked.forEach((id, value) -> context.runOnContext(turn -> listener.kept(id, value)));
                context.runOnContext(turn -> heard.complete(opened));
            }
            return heard.future();
        }

        @Override
        public Fill fill() {
            synchronized (lock) {
                long events = 0;
                for (Partition partition : partitions) {
                    events += partition.records.size();
                }
                return new Fill(events, 0, Long.MAX_VALUE);
            }
        }

        @Override
        public Future<Void> close() {
            closed = true;
            Member last = member;
            return last == null ? Future.succeededFuture() : last.close();
        }

        ChannelException refusal(Kind kind, String why) {
            return new ChannelException(kind, "Broker " + spec.broker() + ": " + why);
        }
    }

    private final class Parking implements ParkingLog {
        private final Context context;
        private final Listener listener;

        Parking(Context context, Listener listener) {
            this.context = context;
            this.listener = listener;
        }

        @Override
        public Future<Void> keep(String id, byte[] value) {
            synchronized (lock) {
                if (refusesParking != null) {
                    refusals++;
                    return Future.failedFuture(new ChannelException(refusesParking, "told to refuse parking"));
                }
                parked.put(id, value.clone());
                parkings.forEach(open -> open.context.runOnContext(turn -> open.listener.kept(id, value.clone())));
            }
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> remove(String id) {
            synchronized (lock) {
                if (refusesRemoving) {
                    refusals++;
                    return Future.failedFuture(new ChannelException(Kind.UNAVAILABLE, "told to refuse removing"));
                }
                parked.remove(id);
                parkings.forEach(open -> open.context.runOnContext(turn -> open.listener.removed(id)));
            }
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            Promise<Void> over = Promise.promise();
            synchronized (lock) {
                parkings.remove(this);
            }
            context.runOnContext(turn -> over.complete());
            return over.future();
        }
    }

    private final class Member implements LogReader {
        private final Open channel;
        private final Context context;
        private final LogHandler handler;
        private volatile boolean closed;
        private volatile boolean frozen;
        /** Guarded by the lock; 0 while it is not to be frozen by itself. */
        private int looksUntilFrozen;

        Member(Open channel, Context context, LogHandler handler) {
            this.channel = channel;
            this.context = context;
            this.handler = handler;
        }

        @Override
        public void pause(int partition) {
            synchronized (lock) {
                partitions.get(partition).paused |= partitions.get(partition).owner == this;
            }
        }

        @Override
        public void resume(int partition) {
            synchronized (lock) {
                partitions.get(partition).paused &= partitions.get(partition).owner != this;
            }
            wake(partitions.get(partition));
        }

        @Override
        public Future<Void> commit(int number, Positions positions) {
            Promise<Void> done = Promise.promise();
            ChannelException refusal = null;
            synchronized (lock) {
                Partition partition = partitions.get(number);
                if (partition.owner != this) {
                    refusal = channel.refusal(Kind.NOT_ASSIGNED, "partition " + number + " is another reader's");
                } else if (refusesCommits) {
                    refusedCommits++;
                    refusal = channel.refusal(Kind.UNAVAILABLE, "told to refuse commits");
                } else {
                    partition.committed = PositionsCodec.encode(positions);
                    partition.startsCommitted = partition.startsTold;
                    commits.incrementAndGet();
                }
            }
            ChannelException failure = refusal;
            Runnable answer = () -> context.runOnContext(turn -> {
                if (failure == null) {
                    done.complete();
                } else {
                    done.fail(failure);
                }
            });
            synchronized (lock) {
                if (holdsCommits) {
                    heldAnswers.add(answer);
                } else {
                    answer.run();
                }
            }
            return done.future();
        }

        @Override
        public boolean mayActOn(int partition) {
            synchronized (lock) {
                boolean may = !frozen && partitions.get(partition).owner == this;
                if (may && looksUntilFrozen > 0 && --looksUntilFrozen == 0) {
                    frozen = true;
                }
                return may;
            }
        }

        @Override
        public void restart(int number) {
            Partition partition = partitions.get(number);
            synchronized (lock) {
                if (partition.owner != this || !partition.announced) {
                    return;
                }
                partition.owner = null;
                partition.generation++;
            }
            context.runOnContext(turn -> handler.lost(number));
            assign(partition, this);
        }

        @Override
        public CatchUpReader catchUp() {
            return new CatchUp(this);
        }

        @Override
        public Future<Void> close() {
            boolean fails;
            synchronized (lock) {
                fails = failsLeaving;
                if (closed) {
                    return Future.succeededFuture();
                }
                closed = true;
                channel.member = null;
                members.remove(this);
                for (Partition partition : partitions) {
                    if (partition.owner == this) {
                        partition.owner = null;
                        partition.generation++;
                    }
                }
            }
            Promise<Void> done = Promise.promise();
            // Behind what may be on its way to the handler.
            context.runOnContext(turn -> {
                if (fails) {
                    done.fail(channel.refusal(Kind.UNAVAILABLE, "told to fail when it is left"));
                } else {
                    done.complete();
                }
            });
            deal();
            return done.future();
        }
    }

    private final class CatchUp implements CatchUpReader {
        private final Member member;
        private boolean closed;

        CatchUp(Member member) {
            this.member = member;
        }

        @Override
        public Future<LogBatch> read(int number, long from, int maxBytes) {
            Promise<LogBatch> done = Promise.promise();
            member.context.runOnContext(turn -> {
                LogBatch batch = null;
                synchronized (lock) {
                    if (partitions.get(number).owner == member && !closed) {
                        batch = partitions.get(number).read(from, maxBytes);
                        partitions.get(number).catchUpReads.add(from);
                    }
                }
                if (batch == null) {
                    done.fail(member.channel.refusal(
                            closed ? Kind.CLOSED : Kind.NOT_ASSIGNED, "partition " + number + " can't be read here"));
                } else {
                    recordsRead.addAndGet(batch.records().size());
                    done.complete(batch);
                }
            });
            return done.future();
        }

        @Override
        public Future<Void> close() {
            closed = true;
            return Future.succeededFuture();
        }
    }

    static boolean isOpen(Channel channel) {
        return channel instanceof Open open && !open.closed;
    }
}
