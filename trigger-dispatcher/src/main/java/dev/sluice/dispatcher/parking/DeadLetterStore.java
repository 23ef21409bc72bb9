/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.meters.Meters;
import dev.sluice.api.routing.ResourceName;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every parked event of the process, bounded by bytes. Safe for any thread.
 *
 * <p>Brokers share the capacity as they share that of the in-memory channels: one half is guaranteed to them in even parts,
 * the other half goes to whoever needs it first. A broker that comes gets its part at once, even if others fill everything
 * just then; until these have shrunk, the store may hold up to one and a half times its capacity.
 *
 * <p>A parked event stays when its trigger is deleted, and when its broker is: only a delivery or a person takes it away.
 */
public final class DeadLetterStore {

    /** Removals that wait for their broker; each takes about a hundred bytes. */
    private static final int MOST_LEFT_BEHIND = 100_000;

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterStore.class);

    private final long capacity;
    private final MeterRegistry registry;
    private final Object lock = new Object();

    /** In the order of ids, which is that of time. Written under the lock, read by anybody. */
    private final ConcurrentNavigableMap<String, Entry> entries = new ConcurrentSkipListMap<>();

    // Guarded by lock.
    private final DeadLetterIds ids;
    private final Map<String, Shelf> shelves = new HashMap<>();
    private final Map<ResourceName, List<Meter>> meters = new HashMap<>();
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    /** What was taken away here and its keeper, which is closed, still has; by broker. */
    private final Map<ResourceName, Set<String>> leftBehind = new HashMap<>();

    private int leftBehindInAll;
    private long total;

    /**
     * Keeps what a broker has parked beyond the life of this process. Its methods are called under no lock, on any thread,
     * and must not block. What is said of one id by several threads may come in any order; a removal that has come last of
     * all is always the last word.
     */
    public interface Keeper {

        /**
         * Completes when the event is durable in this form: what can't be kept now is kept later. Fails once the keeper is
         * closed, and then the event stays in its channel.
         */
        Future<Void> keep(ParkedEvent parked);

        /** The event has left the store here, and has to leave what is kept as well. May be called again. */
        void remove(String id);
    }

    /** One parked event. All but the newest version of it is guarded by the lock. */
    private static final class Entry {
        final Shelf shelf;
        private final List<Runnable> whenGone = new ArrayList<>(1);
        /** The last one that says to have it: a broker that is deleted and created again has another. */
        volatile @Nullable Keeper keeper;

        volatile ParkedEvent parked;
        long bytes;
        boolean redriven;
        /** Its keeper has it no more, while it is being sent again here: it goes when that has ended. */
        boolean removed;

        Entry(Shelf shelf, ParkedEvent parked, long bytes, @Nullable Keeper keeper, Runnable whenGone) {
            this.shelf = shelf;
            this.keeper = keeper;
            this.parked = parked;
            this.bytes = bytes;
            this.whenGone.add(whenGone);
        }

        /** Under the lock. */
        void alsoWhenGone(Runnable tell) {
            whenGone.add(tell);
        }

        /** Under no lock, once it is gone. */
        void tellGone() {
            whenGone.forEach(Runnable::run);
        }

        /** Under no lock, once it is gone by what was done here. */
        void tellGoneAndKeeper() {
            tellGone();
            Keeper by = keeper;
            if (by != null) {
                by.remove(parked.id());
            }
        }
    }

    /** Guarded by the lock. */
    private boolean frozen;

    /**
     * @param capacityBytes what all parked events may take together, above zero
     * @param epochMillis the clock that ids are made by
     */
    public DeadLetterStore(long capacityBytes, LongSupplier epochMillis, MeterRegistry registry) {
        if (capacityBytes < 1) {
            throw new IllegalArgumentException("capacityBytes=" + capacityBytes + " must be at least 1");
        }
        capacity = capacityBytes;
        ids = new DeadLetterIds(requireNonNull(epochMillis, "epochMillis"));
        this.registry = requireNonNull(registry, "registry");
    }

    // ---- the brokers ------------------------------------------------------------------------------------------------

    /** The part of the store that belongs to one broker, for as long as the broker is there. */
    public final class Shelf {
        private final ResourceName broker;
        private final String brokerUid;

        // Guarded by lock.
        private long bytes;
        private long events;
        private boolean inForce = true;

        private volatile @Nullable Keeper keeper;
        /** Written and read by whoever parks. */
        private volatile Future<Void> kept = Future.succeededFuture();

        private Shelf(ResourceName broker, String brokerUid) {
            this.broker = broker;
            this.brokerUid = brokerUid;
        }

        /** Has what is parked from now on kept there as well. */
        public void keepIn(Keeper where) {
            keeper = requireNonNull(where, "where");
        }

        /**
         * Completes when the event that was parked last is as durable as it gets, at once where nobody keeps it; until
         * then it must not leave its channel, and if this fails it has to stay there. To be asked by whoever parked it, before the next one.
         */
        public Future<Void> kept() {
            return kept;
        }

        /**
         * Keeps an event that one of the broker's triggers could not deliver.
         *
         * @param firstAttemptMillis when its first attempt began, in milliseconds since 1970
         * @param whenGone called once when the event has left the store, under no lock, on any thread
         * @param whenRoom called once if there is no room now and there may be, under no lock, on any thread; the same
         *     object is remembered once however often it is given
         * @return false if there is no room; then nothing is kept
         */
        public boolean park(
                ResourceName trigger,
                String triggerUid,
                CloudEvent event,
                Cause cause,
                int attempts,
                long firstAttemptMillis,
                long lastAttemptMillis,
                Runnable whenGone,
                Runnable whenRoom) {
            Keeper where = keeper;
            ParkedEvent parked;
            synchronized (lock) {
                parked = new ParkedEvent(
                        ids.next(),
                        broker,
                        brokerUid,
                        trigger,
                        triggerUid,
                        event,
                        cause,
                        attempts,
                        firstAttemptMillis,
                        lastAttemptMillis);
                long size = parked.bytes();
                if (!fits(this, size)) {
                    waiting.add(whenRoom);
                    return false;
                }
                put(this, parked, size, where, whenGone);
            }
            kept = where == null ? Future.succeededFuture() : tell(where, parked);
            return true;
        }

        /** Nobody waits for room with this any more. */
        public void forget(Runnable whenRoom) {
            synchronized (lock) {
                waiting.remove(whenRoom);
            }
        }

        /** The broker is gone. What it has parked stays. */
        public void close() {
            List<Runnable> wake;
            synchronized (lock) {
                inForce = false;
                dropIfEmpty(this);
                // The others' shares grow by its part.
                wake = wake();
            }
            wake.forEach(Runnable::run);
        }
    }

    /** Under no lock. */
    private Future<Void> tell(Keeper keeper, ParkedEvent parked) {
        Future<Void> kept = keeper.keep(parked);
        if (!entries.containsKey(parked.id())) {
            // Taken away before the keeper had heard of it, or of this form of it, and told so then.
            keeper.remove(parked.id());
        }
        return kept;
    }

    /** Opens the part of a broker that is in force. */
    public Shelf open(ResourceName broker, String brokerUid) {
        synchronized (lock) {
            Shelf shelf = shelf(broker, brokerUid);
            shelf.inForce = true;
            return shelf;
        }
    }

    private Shelf shelf(ResourceName broker, String brokerUid) {
        Shelf shelf = shelves.computeIfAbsent(brokerUid, uid -> new Shelf(broker, uid));
        meters.computeIfAbsent(broker, this::register);
        return shelf;
    }

    private void dropIfEmpty(Shelf shelf) {
        if (shelf.inForce || shelf.events > 0) {
            return;
        }
        shelves.remove(shelf.brokerUid);
        if (shelves.values().stream().noneMatch(other -> other.broker.equals(shelf.broker))) {
            List<Meter> gone = meters.remove(shelf.broker);
            if (gone != null) {
                gone.forEach(registry::remove);
            }
        }
    }

    /** Called under the lock. */
    private boolean fits(Shelf shelf, long size) {
        long most = capacity + capacity / 2;
        if (total + size > most) {
            return false;
        }
        long guarantee = capacity / 2 / shelves.size();
        long after = shelf.bytes + size;
        // A broker with nothing here may always park one event, however small its part has become.
        if (after <= guarantee || shelf.bytes == 0) {
            return true;
        }
        long borrowed = after - guarantee;
        for (Shelf other : shelves.values()) {
            if (other != shelf) {
                borrowed += Math.max(0, other.bytes - guarantee);
            }
        }
        return borrowed <= capacity - capacity / 2;
    }

    /** What a broker of this name could hold now. */
    private long limit(ResourceName broker) {
        synchronized (lock) {
            long guarantee = capacity / 2 / Math.max(1, shelves.size());
            long borrowed = 0;
            for (Shelf other : shelves.values()) {
                if (!other.broker.equals(broker)) {
                    borrowed += Math.max(0, other.bytes - guarantee);
                }
            }
            return guarantee + Math.max(0, capacity - capacity / 2 - borrowed);
        }
    }

    // ---- what is in it ----------------------------------------------------------------------------------------------

    private void put(Shelf shelf, ParkedEvent parked, long size, @Nullable Keeper keeper, Runnable whenGone) {
        entries.put(parked.id(), new Entry(shelf, parked, size, keeper, whenGone));
        charge(shelf, size);
        shelf.events++;
    }

    private void charge(Shelf shelf, long bytes) {
        shelf.bytes += bytes;
        total += bytes;
    }

    /**
     * Takes back an event that was parked in an earlier life of the process, whether there is room or not: refusing it
     * would lose it.
     */
    public void restore(ParkedEvent parked, Runnable whenGone) {
        synchronized (lock) {
            Entry present = entries.get(parked.id());
            if (present == null) {
                put(shelfOf(parked), parked, parked.bytes(), null, whenGone);
            } else {
                // A stop that was cut off may have left it in two files; it goes from both.
                present.alsoWhenGone(whenGone);
            }
        }
    }

    private Shelf shelfOf(ParkedEvent parked) {
        Shelf shelf = shelves.get(parked.brokerUid());
        if (shelf == null) {
            shelf = shelf(parked.broker(), parked.brokerUid());
            shelf.inForce = false;
        }
        return shelf;
    }

    /** A keeper has this, from an earlier process, another one, or this one. Taken in whether there is room or not. */
    public void kept(ParkedEvent parked, Keeper by) {
        synchronized (lock) {
            if (!isLeftBehind(parked)) {
                takeIn(parked, by);
                return;
            }
        }
        by.remove(parked.id());
    }

    private void takeIn(ParkedEvent parked, Keeper by) {
        Entry present = entries.get(parked.id());
        if (present == null) {
            put(shelfOf(parked), parked, parked.bytes(), by, () -> {});
            return;
        }
        present.keeper = by;
        present.removed = false;
        if (!present.redriven && parked.attempts() > present.parked.attempts()) {
            replace(present, parked);
        }
    }

    /** Whether it was taken away here while nobody could tell its keeper; who asks tells it now. */
    private boolean isLeftBehind(ParkedEvent parked) {
        Set<String> left = leftBehind.get(parked.broker());
        if (left == null || !left.remove(parked.id())) {
            return false;
        }
        leftBehindInAll--;
        return true;
    }

    /**
     * These were taken away here, and their keeper is closed and has them still. The next one of the broker is told to remove
     * them, if that is in this life of the process.
     */
    public void leftBehind(ResourceName broker, Collection<String> ids) {
        List<Entry> there = new ArrayList<>();
        List<Runnable> wake = List.of();
        int tooMany = 0;
        synchronized (lock) {
            for (String id : ids) {
                Entry again = entries.get(id);
                if (again != null && !again.redriven) {
                    // The next keeper is there and has named it before this was said.
                    take(again);
                    there.add(again);
                } else if (leftBehindInAll < MOST_LEFT_BEHIND) {
                    leftBehindInAll += leftBehind
                                    .computeIfAbsent(broker, name -> new HashSet<>())
                                    .add(id)
                            ? 1
                            : 0;
                } else {
                    tooMany++;
                }
            }
            wake = there.isEmpty() ? wake : wake();
        }
        if (tooMany > 0) {
            LOG.atWarn()
                    .addKeyValue("broker", broker)
                    .addKeyValue("deadLetters", tooMany)
                    .log("dead letters that were discarded while their broker was gone will be listed again when it is"
                            + " back");
        }
        there.forEach(Entry::tellGoneAndKeeper);
        wake.forEach(Runnable::run);
    }

    /** A keeper of this broker is open and has named all that it has. */
    public void nothingLeftOf(ResourceName broker) {
        synchronized (lock) {
            Set<String> never = leftBehind.remove(broker);
            leftBehindInAll -= never == null ? 0 : never.size();
        }
    }

    /** A keeper has this no more. What is being sent again here just now stays until that has ended. */
    public void removedElsewhere(String id) {
        Entry entry;
        List<Runnable> wake;
        synchronized (lock) {
            entry = entries.get(id);
            if (entry == null) {
                return;
            }
            if (entry.redriven) {
                entry.removed = true;
                return;
            }
            take(entry);
            wake = wake();
        }
        entry.tellGone();
        wake.forEach(Runnable::run);
    }

    public Optional<ParkedEvent> get(String id) {
        Entry entry = entries.get(id);
        return entry == null ? Optional.empty() : Optional.of(entry.parked);
    }

    /**
     * Some of the events in the order of their ids.
     *
     * @param next the id to go on after; empty when there are no more
     */
    public record Page(List<ParkedEvent> items, Optional<String> next) {}

    /**
     * Looks at one after the other, so not on an event loop.
     *
     * @param after an id to begin behind, whether it is still there or not; empty for the beginning
     * @param limit how many at most, 1 or more
     */
    public Page find(Selection selection, Optional<String> after, int limit) {
        List<ParkedEvent> items = new ArrayList<>();
        for (Entry entry : behind(after).values()) {
            ParkedEvent parked = entry.parked;
            if (selection.matches(parked)) {
                if (items.size() == limit) {
                    return new Page(items, Optional.of(items.get(limit - 1).id()));
                }
                items.add(parked);
            }
        }
        return new Page(items, Optional.empty());
    }

    private ConcurrentNavigableMap<String, Entry> behind(Optional<String> after) {
        return after.isEmpty() ? entries : entries.tailMap(after.get(), false);
    }

    /** How many events are meant. Looks at all of them, so not on an event loop. */
    public long count(Selection selection) {
        long count = 0;
        for (Entry entry : entries.values()) {
            if (selection.matches(entry.parked)) {
                count++;
            }
        }
        return count;
    }

    /** Whether any event is here that this says of. Looks at one after the other. */
    public boolean contains(Predicate<ParkedEvent> condition) {
        for (Entry entry : entries.values()) {
            if (condition.test(entry.parked)) {
                return true;
            }
        }
        return false;
    }

    /** The names of the brokers that are in force or have something parked. */
    public Set<ResourceName> brokers() {
        synchronized (lock) {
            Set<ResourceName> names = new TreeSet<>();
            shelves.values().forEach(shelf -> names.add(shelf.broker));
            return names;
        }
    }

    /** The names of the triggers that have something parked. Looks at all events. */
    Set<ResourceName> triggers() {
        Set<ResourceName> names = new TreeSet<>();
        entries.values().forEach(entry -> names.add(entry.parked.trigger()));
        return names;
    }

    /** The UIDs of the brokers that have something parked that no keeper has. Looks at all events. */
    public Set<String> brokerUids() {
        Set<String> uids = new HashSet<>();
        for (Entry entry : entries.values()) {
            if (entry.keeper == null) {
                uids.add(entry.parked.brokerUid());
            }
        }
        return uids;
    }

    /** Everything that one broker has parked and that no keeper has, in the order of ids. */
    public List<ParkedEvent> ofBroker(String brokerUid) {
        List<ParkedEvent> parked = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.keeper == null && entry.parked.brokerUid().equals(brokerUid)) {
                parked.add(entry.parked);
            }
        }
        return parked;
    }

    /** The id of the newest event, if there is any. */
    Optional<String> newest() {
        Map.Entry<String, Entry> last = entries.lastEntry();
        return last == null ? Optional.empty() : Optional.of(last.getKey());
    }

    /** What is parked is about to be written down: from now on nobody can send it again or discard it. */
    public void freeze() {
        synchronized (lock) {
            frozen = true;
        }
    }

    /**
     * Whether events can be sent again and discarded.
     *
     * @throws FrozenException if not
     */
    void requireOpen() {
        synchronized (lock) {
            if (frozen) {
                throw new FrozenException();
            }
        }
    }

    /** The process is stopping, and what is parked is on its way to the disk as it is. */
    public static final class FrozenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private FrozenException() {
            super("the process is stopping and writes down what is parked");
        }
    }

    // ---- taking away ------------------------------------------------------------------------------------------------

    /**
     * Takes events away for good; those that are being sent again stay.
     *
     * @return those that are gone
     */
    public List<ParkedEvent> discard(Collection<String> idsToDiscard) {
        List<Entry> gone = new ArrayList<>();
        List<Runnable> wake;
        synchronized (lock) {
            requireOpen();
            for (String id : idsToDiscard) {
                Entry entry = entries.get(id);
                if (entry != null && !entry.redriven) {
                    take(entry);
                    gone.add(entry);
                }
            }
            wake = gone.isEmpty() ? List.of() : wake();
        }
        List<ParkedEvent> discarded = new ArrayList<>(gone.size());
        for (Entry entry : gone) {
            entry.tellGoneAndKeeper();
            discarded.add(entry.parked);
        }
        wake.forEach(Runnable::run);
        return discarded;
    }

    /**
     * Begins to send an event again. Until the answer is ended, nobody else can, and nobody can discard it.
     *
     * @return null if it is gone, or somebody else has begun
     */
    public @Nullable Redriven redrive(String id) {
        synchronized (lock) {
            if (frozen) {
                return null;
            }
            Entry entry = entries.get(id);
            if (entry == null || entry.redriven) {
                return null;
            }
            entry.redriven = true;
            return new Redriven(this, entry.parked);
        }
    }

    /** It was delivered, or has ended otherwise. */
    void ended(String id) {
        Entry gone;
        List<Runnable> wake;
        synchronized (lock) {
            gone = requireNonNull(entries.get(id), "entry");
            take(gone);
            wake = wake();
        }
        gone.tellGoneAndKeeper();
        wake.forEach(Runnable::run);
    }

    /** It failed again: the same entry with what is new. It has its room already. */
    void failedAgain(String id, Cause cause, int attempts, long atMillis) {
        Entry entry;
        ParkedEvent newest;
        boolean removed;
        synchronized (lock) {
            entry = requireNonNull(entries.get(id), "entry");
            newest = entry.parked.failedAgain(cause, attempts, atMillis);
            replace(entry, newest);
            entry.redriven = false;
            removed = entry.removed;
        }
        Keeper by = entry.keeper;
        if (removed) {
            removedElsewhere(id);
        } else if (by != null) {
            // What is kept already is as good, but for what it says of the failure: nobody has to wait.
            Future<Void> unused = tell(by, newest);
        }
    }

    private void replace(Entry entry, ParkedEvent by) {
        entry.parked = by;
        charge(entry.shelf, by.bytes() - entry.bytes);
        entry.bytes = by.bytes();
    }

    /** It was not sent after all. */
    void putBack(String id) {
        boolean removed;
        synchronized (lock) {
            Entry entry = requireNonNull(entries.get(id), "entry");
            entry.redriven = false;
            removed = entry.removed;
        }
        if (removed) {
            removedElsewhere(id);
        }
    }

    private void take(Entry entry) {
        entries.remove(entry.parked.id());
        charge(entry.shelf, -entry.bytes);
        entry.shelf.events--;
        dropIfEmpty(entry.shelf);
    }

    private List<Runnable> wake() {
        List<Runnable> woken = List.copyOf(waiting);
        waiting.clear();
        return woken;
    }

    // ---- what is there to see ---------------------------------------------------------------------------------------

    private List<Meter> register(ResourceName broker) {
        Tags tags = Tags.of(Meters.NAMESPACE, broker.namespace(), Meters.BROKER, broker.name());
        return List.of(
                gauge(Meters.DEAD_LETTERS, tags, store -> store.sum(broker, shelf -> shelf.events)),
                gauge(Meters.DEAD_LETTERS_BYTES, tags, store -> store.sum(broker, shelf -> shelf.bytes)),
                gauge(Meters.DEAD_LETTERS_CAPACITY, tags, store -> store.limit(broker)));
    }

    private Meter gauge(String name, Tags tags, ToDoubleFunction<DeadLetterStore> value) {
        return Gauge.builder(name, this, value).tags(tags).register(registry);
    }

    /** Over all brokers of the name: one that was deleted may have left something behind. */
    private double sum(ResourceName broker, ToDoubleFunction<Shelf> value) {
        double sum = 0;
        synchronized (lock) {
            for (Shelf shelf : shelves.values()) {
                if (shelf.broker.equals(broker)) {
                    sum += value.applyAsDouble(shelf);
                }
            }
        }
        return sum;
    }
}
