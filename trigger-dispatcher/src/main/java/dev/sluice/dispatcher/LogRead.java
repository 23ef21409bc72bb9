/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.cursor.DispatchMemory;
import dev.sluice.dispatcher.cursor.Window;
import dev.sluice.dispatcher.delivery.Share;
import dev.sluice.dispatcher.delivery.TriggerQueue;
import dev.sluice.dispatcher.match.TriggerIndex;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a broker's lane reads a log: which partitions it has, which triggers may match, and the process's budget for both.
 * Each partition is a {@link PartitionRead}. Confined to the broker's context.
 */
final class LogRead implements LogHandler {

    private static final Logger LOG = LoggerFactory.getLogger(LogRead.class);

    /** What all brokers of a process share. */
    record Budget(LogSettings settings, DispatchMemory memory, CatchUpSlots slots) {

        static Budget of(LogSettings settings) {
            return new Budget(
                    settings, new DispatchMemory(settings.memory()), new CatchUpSlots(settings.catchUpReaders()));
        }
    }

    /**
     * Events that may have ended since commits were asked for, in all partitions together since all of them are delivered
     * again if the process dies; but not so often that commits become the work.
     */
    private static final int COMMIT_AFTER_EVENTS = 25;

    private static final long COMMIT_AT_MOST_EVERY_MILLIS = 25;

    /**
     * See {@link dev.sluice.dispatcher.cursor.PartitionCursors#positions}. In all partitions together as well, and in one
     * about what is in flight of a few triggers that answer at once.
     */
    private static final int SLACK = 50;

    private static final int MOST_SLACK = 20;

    /** With less, a trigger that holds anything is an exception in nearly every commit. */
    private static final int LEAST_SLACK = 5;

    private static final long TICK_MILLIS = 250;
    private static final int TICKS_PER_LAG = 4;

    /** What goes back to the channel before its deadline for a hand-over, so that the last commit is in time. */
    private static final long COMMIT_MILLIS = 500;

    /** For the last commits and for leaving, after the requests have ended. */
    private static final long LEAVE_MILLIS = 5_000;

    /** Before a partition whose cursors failed begins anew: twice as long each time, until they have worked for a while. */
    private static final long RESTART_MILLIS = 1_000;

    private static final int MOST_DOUBLINGS = 5;
    private static final long WORKS_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** Strangers at a time, each second: every one of them is some requests to the channel. */
    private static final int MOST_FORGOTTEN = 10;

    private static final int MOST_CATCH_UP_BYTES = 1024 * 1024;

    private final ResourceName broker;
    private final Context context;
    private final LogChannel channel;
    private final TriggerIndex<TriggerQueue> index;
    private final Supplier<? extends Collection<TriggerQueue>> leaving;
    private final Predicate<String> mayBeThere;
    private final Budget budget;
    private final LogParking parking;
    private final Counter restarts;

    /** Triggers that have their start, and so may match. */
    private final Map<TriggerQueue, Window> windows = new HashMap<>();
    /** Their UIDs. */
    private final Set<String> admitted = new HashSet<>();

    /** Since when the log has been known to know triggers that are not in the routing table, by UID. */
    private final Map<String, Long> strangersSince = new HashMap<>();

    private final Map<Integer, PartitionRead> partitions = new HashMap<>();
    /** Of the limits of all triggers; a partition counts until it is handed over. */
    private Share share;

    private @Nullable LogReader reader;
    private long ticking = -1;
    private int ticks;

    /** Records that the shared reads have not come to; read by meters. */
    private final AtomicLong sharedLag = new AtomicLong();

    /** How often, and when, the cursors of a partition have failed; of those that have. */
    private final Map<Integer, Failures> failures = new HashMap<>();

    private record Failures(int count, long lastNanos) {}

    private int endedSinceCommits;
    private long commitsNanos = System.nanoTime();
    private long commitTimer = -1;

    private Set<TriggerQueue> lagging = Set.of();
    /** Those that need something which the log gives up soon. */
    private Set<TriggerQueue> endangered = Set.of();

    private boolean looksAtRetention;
    private long lookedAtRetention = System.nanoTime();
    private boolean held;
    private @Nullable Promise<Void> closing;
    private long leaveTimer = -1;
    private long leaveBy;

    /**
     * @param leaving triggers that are deleted and have requests that run
     * @param mayBeThere tells by the UID of a trigger; false if it is known to be deleted
     * @param restarts counts partitions that had to begin anew
     */
    LogRead(
            ResourceName broker,
            Context context,
            LogChannel channel,
            TriggerIndex<TriggerQueue> index,
            Supplier<? extends Collection<TriggerQueue>> leaving,
            Predicate<String> mayBeThere,
            Budget budget,
            LogParking parking,
            Counter restarts) {
        this.broker = broker;
        this.context = context;
        this.channel = channel;
        this.index = index;
        this.leaving = leaving;
        this.mayBeThere = mayBeThere;
        this.budget = budget;
        this.parking = parking;
        this.restarts = restarts;
        share = Share.ofPartitions(0, channel.partitions());
    }

    // ---- what the broker's lane asks for ----------------------------------------------------------------------------

    /**
     * Begins to read, with these triggers.
     *
     * @return fails if one of them has no start, which keeps it alone from being read for, or if others keep this from reading
     */
    Future<Void> open(Collection<TriggerQueue> triggers) {
        // First the triggers, so that none of them has to catch up with what the others are given in the meantime.
        Future<Void> starts = admit(triggers);
        return starts.transform(started -> reader != null ? Future.succeededFuture() : parking.open())
                .compose(parked -> closing != null || reader != null
                        ? Future.succeededFuture()
                        : channel.subscribe(context, this).compose(this::opened))
                .compose(reading -> reader == null ? Future.succeededFuture() : reader.admitted())
                .compose(reading -> starts);
    }

    private Future<Void> opened(LogReader opened) {
        if (closing != null) {
            return opened.close();
        }
        reader = opened;
        ticking = context.owner().setPeriodic(TICK_MILLIS, tick -> soon(this::tick));
        return Future.succeededFuture();
    }

    /**
     * Lets triggers match from their starts on. Does nothing for those that do.
     *
     * @return completes when an event that is appended from now on is matched by them
     */
    Future<Void> admit(Collection<TriggerQueue> triggers) {
        List<Future<Void>> starting = new ArrayList<>();
        for (TriggerQueue trigger : triggers) {
            if (!windows.containsKey(trigger)) {
                index.remove(trigger);
                starting.add(start(trigger));
            }
        }
        return Future.join(starting).mapEmpty();
    }

    private Future<Void> start(TriggerQueue trigger) {
        Promise<Void> entered = Promise.promise();
        TriggerRoute route = trigger.route();
        channel.start(route.name(), route.uid(), route.startFrom())
                .onComplete(started -> soon(() -> {
                    if (started.succeeded() && !trigger.isDiscarding() && !windows.containsKey(trigger)) {
                        windows.put(
                                trigger,
                                new Window(budget.memory(), budget.settings().window()));
                        admitted.add(trigger.route().uid());
                        trigger.share(share);
                        partitions.values().forEach(partition -> partition.add(trigger));
                        trigger.sharesLag(sharedLag::get);
                        index.put(trigger, trigger.route().filter());
                    }
                    entered.handle(started);
                }));
        return entered.future();
    }

    /** Whether the trigger has its start and the log is being read. */
    boolean reads(TriggerQueue trigger) {
        return reader != null && reader.admitted().succeeded() && windows.containsKey(trigger);
    }

    /** The trigger's route has changed. Answers whether it may match. */
    boolean changed(TriggerQueue trigger) {
        boolean admitted = windows.containsKey(trigger);
        if (admitted) {
            boolean paused = isPaused(trigger);
            partitions.values().forEach(partition -> partition.pause(trigger, paused));
        }
        return admitted;
    }

    /** The trigger is deleted. */
    void remove(TriggerQueue trigger) {
        windows.remove(trigger);
        admitted.remove(trigger.route().uid());
        partitions.values().forEach(partition -> partition.remove(trigger));
        forget(trigger.route().uid(), trigger.route().name());
    }

    private void forget(String uid, Object name) {
        channel.forget(uid)
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("trigger", name)
                        .addKeyValue("error", failure.getMessage())
                        .log("the position of a deleted trigger could not be removed from the channel"));
    }

    /** Reads no further for now, or goes on. */
    void hold(boolean hold) {
        if (held != hold) {
            held = hold;
            partitions.values().forEach(partition -> partition.hold(hold));
        }
    }

    /**
     * Hands every partition over and leaves. Asked again it is in more of a hurry, if that is sooner.
     *
     * @param within how long requests may still take
     * @return completes soon after that at the latest and never fails: what could not be committed comes again, at worst
     */
    Future<Void> close(Duration within) {
        List<Future<Void>> handing = new ArrayList<>();
        partitions.values().forEach(partition -> handing.add(partition.handOver(within.toMillis())));
        Promise<Void> done = closing;
        if (done == null) {
            if (ticking >= 0) {
                context.owner().cancelTimer(ticking);
            }
            done = Promise.promise();
            closing = done;
            // Whoever reads next knows nothing of what was shown here, and would leave it standing.
            showRetention(Map.of());
            lagging.forEach(trigger -> trigger.showBehind(0));
            lagging = Set.of();
            Future.join(handing)
                    .compose(handed -> reader == null ? Future.succeededFuture() : reader.close())
                    .onComplete(left -> soon(() -> left(left.cause())));
        }
        long by = nanoTime() + TimeUnit.MILLISECONDS.toNanos(within.toMillis() + LEAVE_MILLIS);
        if (!done.future().isComplete() && (leaveTimer < 0 || by - leaveBy < 0)) {
            context.owner().cancelTimer(leaveTimer);
            leaveBy = by;
            leaveTimer = setTimer(
                    within.toMillis() + LEAVE_MILLIS,
                    () -> left(new TimeoutException("it takes longer than " + LEAVE_MILLIS + " ms")));
        }
        return done.future();
    }

    private void left(@Nullable Throwable failure) {
        if (requireNonNull(closing, "closing").tryComplete()) {
            context.owner().cancelTimer(leaveTimer);
            if (failure != null) {
                LOG.atWarn()
                        .addKeyValue("broker", broker)
                        .addKeyValue("error", failure.getMessage())
                        .log("the channel was not left well; what was not committed is delivered again");
            }
        }
    }

    Future<Void> close() {
        return close(budget.settings().handoverTimeout());
    }

    /**
     * Ends what outlives {@link #close}: an event that is sent again from where it is parked may be delivered behind the
     * hand-over, and is removed from there then. Never fails.
     */
    Future<Void> end() {
        return close(Duration.ZERO).eventually(parking::close);
    }

    LogChannel channel() {
        return channel;
    }

    // ---- what the channel tells -------------------------------------------------------------------------------------

    @Override
    public void assigned(Assignment assignment) {
        PartitionRead partition = new PartitionRead(this, requireNonNull(reader, "reader"), assignment);
        partitions.put(assignment.partition(), partition);
        shareLimits();
        windows.keySet().forEach(partition::add);
        assignment.triggers().forEach(this::noteStranger);
        if (held) {
            partition.hold(true);
        }
    }

    @Override
    public void read(LogBatch batch) {
        PartitionRead partition = partitions.get(batch.partition());
        if (partition != null) {
            partition.read(batch);
        }
    }

    @Override
    public void started(int partition, String triggerUid, long offset) {
        PartitionRead read = partitions.get(partition);
        // A trigger in force stands where its cursor is; of its start the channel may tell more than once.
        if (read != null && !admitted.contains(triggerUid)) {
            read.started(triggerUid, offset);
            noteStranger(triggerUid);
        }
    }

    /** Whether this is the read of the partition, and not one of an assignment before. */
    boolean has(int number, PartitionRead partition) {
        return partitions.get(number) == partition;
    }

    private void noteStranger(String uid) {
        if (!admitted.contains(uid)) {
            strangersSince.putIfAbsent(uid, nanoTime());
        }
    }

    /** A trigger that was deleted while nobody was there to hear of it would be kept a place for, for good. */
    private void forgetStrangers() {
        if (channel.hasOtherReaders()) {
            return;
        }
        long now = nanoTime();
        long patience = budget.settings().forgetAfter().toNanos();
        List<String> gone = new ArrayList<>();
        for (Iterator<Map.Entry<String, Long>> all = strangersSince.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Long> stranger = all.next();
            String uid = stranger.getKey();
            if (admitted.contains(uid)) {
                all.remove();
            } else if (mayBeThere.test(uid)) {
                stranger.setValue(now);
            } else if (now - stranger.getValue() >= patience && gone.size() < MOST_FORGOTTEN) {
                // Should that fail, it is tried again after as long.
                stranger.setValue(now);
                gone.add(uid);
            }
        }
        gone.forEach(this::forgetStranger);
    }

    private void forgetStranger(String uid) {
        LOG.atInfo()
                .addKeyValue("broker", broker)
                .addKeyValue("trigger", uid)
                .log("the log keeps a place for a trigger that was deleted while nobody looked; it is removed");
        forget(uid, uid);
    }

    @Override
    public void moved(int partition, String triggerUid, long offset) {
        PartitionRead read = partitions.get(partition);
        if (read == null) {
            return;
        }
        for (TriggerQueue trigger : windows.keySet()) {
            if (trigger.route().uid().equals(triggerUid)) {
                read.moved(trigger, offset);
                return;
            }
        }
        read.movedStranger(triggerUid, offset);
    }

    @Override
    public void forgotten(String triggerUid) {
        strangersSince.remove(triggerUid);
        partitions.values().forEach(partition -> partition.forgotten(triggerUid));
    }

    @Override
    public Future<Void> revoked(int number, Duration within) {
        PartitionRead partition = partitions.get(number);
        if (partition == null) {
            return Future.succeededFuture();
        }
        long millis = Math.min(
                budget.settings().handoverTimeout().toMillis(), Math.max(0, within.toMillis() - COMMIT_MILLIS));
        return partition.handOver(millis).onComplete(handed -> {
            partitions.remove(number, partition);
            shareLimits();
        });
    }

    @Override
    public void lost(int number) {
        PartitionRead partition = partitions.remove(number);
        if (partition != null) {
            LOG.atWarn()
                    .addKeyValue("broker", broker)
                    .addKeyValue("partition", number)
                    .log("the partition went to another process; what was in flight may be delivered twice");
            partition.lose();
            shareLimits();
        }
    }

    /** Applies the limits of all triggers by the partitions that are here, if these are not as many as they were. */
    private void shareLimits() {
        Share now = Share.ofPartitions(partitions.size(), channel.partitions());
        if (!now.equals(share)) {
            share = now;
            windows.keySet().forEach(trigger -> trigger.share(now));
        }
    }

    private void tick() {
        if (closing != null) {
            return;
        }
        partitions.values().forEach(PartitionRead::tick);
        // The log may have got more of them.
        shareLimits();
        if (++ticks % TICKS_PER_LAG == 0) {
            showLag();
            forgetStrangers();
            if (nanoTime() - lookedAtRetention
                    >= budget.settings().lookAtRetention().toNanos()) {
                lookAtRetention();
            }
        }
    }

    /** By what all are behind, once, and what some are behind beside that: of thousands of triggers few are. */
    private void showLag() {
        long unread = 0;
        Map<TriggerQueue, Long> behind = new HashMap<>();
        for (PartitionRead partition : partitions.values()) {
            unread += partition.unread();
            partition.lag((trigger, more) -> behind.merge(trigger, more, Long::sum));
        }
        sharedLag.set(unread);
        for (TriggerQueue trigger : lagging) {
            if (!behind.containsKey(trigger)) {
                trigger.showBehind(0);
            }
        }
        behind.forEach(TriggerQueue::showBehind);
        lagging = behind.keySet();
    }

    // ---- a partition that begins anew -------------------------------------------------------------------------------

    /**
     * The cursors of a partition have failed, which is a defect of ours. To go on with them could lose events, and to stop
     * would hold the partition up for good: it begins anew, where it was committed last.
     *
     * @param again whether the partition stays here
     */
    void failed(PartitionRead partition, int number, RuntimeException defect, boolean again) {
        LOG.atError()
                .setCause(defect)
                .addKeyValue("broker", broker)
                .addKeyValue("partition", number)
                .log(
                        "the cursors of a partition failed, please report this; it begins anew where it was committed last,"
                                + " and what ended since then is delivered again");
        restarts.increment();
        // Not in the middle of whatever has called the cursors, which may be one of the triggers.
        soon(() -> {
            partition.lose();
            if (again && partitions.remove(number, partition)) {
                shareLimits();
                requireNonNull(reader, "reader").pause(number);
                setTimer(nextRestartMillis(number), () -> restart(number));
            }
        });
    }

    private long nextRestartMillis(int number) {
        Failures before = failures.get(number);
        int count = before == null || nanoTime() - before.lastNanos() > WORKS_NANOS ? 0 : before.count();
        failures.put(number, new Failures(Math.min(count + 1, MOST_DOUBLINGS), nanoTime()));
        return RESTART_MILLIS << count;
    }

    private void restart(int number) {
        // It may have gone meanwhile, and even have come back.
        if (reader != null && closing == null && !partitions.containsKey(number)) {
            reader.restart(number);
        }
    }

    private void lookAtRetention() {
        if (looksAtRetention) {
            return;
        }
        if (partitions.isEmpty()) {
            // Another process has what they need now, and says so.
            showRetention(Map.of());
            return;
        }
        looksAtRetention = true;
        channel.soonGone()
                .onComplete(asked -> soon(() -> {
                    looksAtRetention = false;
                    lookedAtRetention = nanoTime();
                    if (closing != null) {
                        return;
                    }
                    if (asked.succeeded()) {
                        showRetention(asked.result());
                    } else {
                        LOG.atDebug()
                                .addKeyValue("broker", broker)
                                .addKeyValue("error", asked.cause().getMessage())
                                .log("what the log gives up soon can't be known now");
                    }
                }));
    }

    private void showRetention(Map<Integer, Long> soonGone) {
        Map<TriggerQueue, String> now = new HashMap<>();
        partitions.forEach((number, partition) -> {
            Long below = soonGone.get(number);
            if (below != null) {
                partition.needsBelow(
                        below,
                        (trigger, lowest) -> now.putIfAbsent(
                                trigger,
                                "in partition " + number + " it goes on at offset " + lowest + ", and what is below "
                                        + below
                                        + " has lived through four fifths of the time or room that it is given"));
            }
        });
        for (TriggerQueue trigger : endangered) {
            if (!now.containsKey(trigger)) {
                trigger.isWithinRetention();
            }
        }
        now.forEach(TriggerQueue::nearsRetention);
        endangered = Set.copyOf(now.keySet());
    }

    // ---- what partitions ask for ------------------------------------------------------------------------------------

    /** Whether the trigger is to keep its position and get nothing. */
    static boolean isPaused(TriggerQueue trigger) {
        return trigger.route().pacing().paused();
    }

    void ended() {
        endedSinceCommits++;
    }

    /** Of all partitions at once, so that they go to the channel together. */
    void commitIfManyEnded() {
        if (endedSinceCommits < COMMIT_AFTER_EVENTS || commitTimer >= 0) {
            return;
        }
        long since = TimeUnit.NANOSECONDS.toMillis(nanoTime() - commitsNanos);
        if (since < COMMIT_AT_MOST_EVERY_MILLIS) {
            commitTimer = setTimer(COMMIT_AT_MOST_EVERY_MILLIS - since, () -> {
                commitTimer = -1;
                commitIfManyEnded();
            });
            return;
        }
        boolean asked = false;
        int left = 0;
        for (PartitionRead partition : partitions.values()) {
            asked |= partition.commitIfChanged();
            // Of one with a commit under way, which goes on here when that is answered.
            left += partition.endedSinceCommit();
        }
        endedSinceCommits = left;
        if (asked) {
            commitsNanos = nanoTime();
        }
    }

    /**
     * A commit of a partition has been answered. Those of others that went with it are answered in turns of their own, and all go
     * together again.
     */
    void commitAnswered() {
        if (partitions.values().stream().noneMatch(PartitionRead::isCommitting)) {
            commitIfManyEnded();
        }
    }

    /** How long something may have ended without a commit, however little it is. */
    long commitAfterNanos() {
        return budget.settings().commitAfter().toNanos();
    }

    /** Offsets that the watermark of each partition may stay back. */
    int slack() {
        return Math.max(LEAST_SLACK, Math.min(MOST_SLACK, SLACK / Math.max(1, partitions.size())));
    }

    ResourceName broker() {
        return broker;
    }

    Context context() {
        return context;
    }

    TriggerIndex<TriggerQueue> index() {
        return index;
    }

    DispatchMemory memory() {
        return budget.memory();
    }

    CatchUpSlots slots() {
        return budget.slots();
    }

    Duration handoverTimeout() {
        return budget.settings().handoverTimeout();
    }

    /** Events of a trigger that each partition may leave in the log behind others of their keys. */
    int mostPostponed() {
        return budget.settings().mostPostponed();
    }

    /** The most that one batch of a catch-up read may take: an eighth of the memory for all that run at once. */
    int catchUpBytes() {
        return (int) Math.max(1, Math.min(MOST_CATCH_UP_BYTES, budget.memory().capacity() / 8 / slots().all()));
    }

    Collection<TriggerQueue> triggers() {
        return windows.keySet();
    }

    /** Triggers that are deleted and have requests that run. */
    Collection<TriggerQueue> leaving() {
        return leaving.get();
    }

    boolean isHeld() {
        return held;
    }

    Window window(TriggerQueue trigger) {
        return requireNonNull(windows.get(trigger), "a trigger without a window");
    }

    void soon(Runnable action) {
        context.runOnContext(turn -> action.run());
    }

    long setTimer(long millis, Runnable action) {
        return context.owner().setTimer(millis, timer -> soon(action));
    }

    void cancelTimer(long timer) {
        context.owner().cancelTimer(timer);
    }

    long nanoTime() {
        return System.nanoTime();
    }

    void warn(int partition, Throwable failure, String message) {
        LOG.atWarn()
                .addKeyValue("broker", broker)
                .addKeyValue("partition", partition)
                .addKeyValue("error", failure.getMessage())
                .log(message);
    }
}
