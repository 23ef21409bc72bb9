/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.parking;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * What a person can do with parked events: look at them, send them again, discard them. Safe for any thread; methods that
 * look through the store take a while when it is large, so they are not for an event loop.
 */
public final class DeadLetters {

    /** Redrives that may run at a time. */
    private static final int MAX_RUNNING = 16;

    /** Redrives that are over and whose progress can still be asked for. */
    private static final int MAX_REMEMBERED = 100;

    /** As many events are discarded in one go, so that nobody waits for the store's lock for long. */
    private static final int DISCARDED_AT_ONCE = 1_000;

    private final Vertx vertx;
    private final DeadLetterStore store;
    private final Redriver redriver;
    private final Consumer<List<ParkedEvent>> whenDiscarded;

    // Guarded by itself.
    private final Map<String, Redrive> redrives = new LinkedHashMap<>();

    /** @param whenDiscarded told of what a person has discarded; must not block */
    public DeadLetters(
            Vertx vertx, DeadLetterStore store, Redriver redriver, Consumer<List<ParkedEvent>> whenDiscarded) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.store = requireNonNull(store, "store");
        this.redriver = requireNonNull(redriver, "redriver");
        this.whenDiscarded = requireNonNull(whenDiscarded, "whenDiscarded");
    }

    public DeadLetterStore store() {
        return store;
    }

    /** Whether the very trigger that failed is there, so that the event can be sent again. */
    public boolean canRedrive(ParkedEvent parked) {
        return redriver.canRedrive(parked);
    }

    /**
     * Discards what is selected; what is being sent again stays.
     *
     * @return how many are gone
     * @throws DeadLetterStore.FrozenException if the process is stopping; what was not discarded by then stays
     */
    public long discard(Selection selection) {
        long discarded = 0;
        Optional<String> after = Optional.empty();
        do {
            DeadLetterStore.Page page = store.find(selection, after, DISCARDED_AT_ONCE);
            List<String> ids = new ArrayList<>(page.items().size());
            page.items().forEach(parked -> ids.add(parked.id()));
            List<ParkedEvent> gone = store.discard(ids);
            if (!gone.isEmpty()) {
                whenDiscarded.accept(gone);
            }
            discarded += gone.size();
            after = page.next();
        } while (after.isPresent());
        return discarded;
    }

    /**
     * Begins to send again what is selected.
     *
     * @param perSecond events that may be begun in a second; 0 for as many as their triggers take
     * @param attended whether it is to stop when nobody asks for its progress for {@link Redrive#ATTENTION}
     * @return empty if too many redrives run
     * @throws DeadLetterStore.FrozenException if the process is stopping
     */
    public Optional<Redrive> redrive(Selection selection, double perSecond, boolean attended) {
        store.requireOpen();
        long selected = store.count(selection);
        Redrive redrive;
        synchronized (redrives) {
            if (redrives.values().stream().filter(other -> !other.isOver()).count() >= MAX_RUNNING) {
                return Optional.empty();
            }
            redrive = new Redrive(
                    vertx,
                    UUID.randomUUID().toString(),
                    store,
                    redriver,
                    selection,
                    selected,
                    perSecond,
                    attended ? Optional.of(Redrive.ATTENTION) : Optional.empty(),
                    over -> forgetOldest());
            redrives.put(redrive.id(), redrive);
        }
        redrive.start();
        return Optional.of(redrive);
    }

    private void forgetOldest() {
        synchronized (redrives) {
            Iterator<Redrive> oldest = redrives.values().iterator();
            while (redrives.size() > MAX_REMEMBERED && oldest.hasNext()) {
                if (oldest.next().isOver()) {
                    oldest.remove();
                }
            }
        }
    }

    public Optional<Redrive> redrive(String id) {
        synchronized (redrives) {
            return Optional.ofNullable(redrives.get(id));
        }
    }

    /** Every redrive that runs, or was over not long ago, the oldest first. */
    public List<Redrive> redrives() {
        synchronized (redrives) {
            return List.copyOf(redrives.values());
        }
    }

    /** Lets no redrive begin anything any more: the process stops. */
    public void stopRedrives() {
        redrives().forEach(Redrive::stop);
    }

    /** The names of the brokers that are in force or have something parked. */
    public Set<ResourceName> brokers() {
        return store.brokers();
    }

    /** The names of the triggers that are in force or have something parked. Looks through the store. */
    public Set<ResourceName> triggers() {
        Set<ResourceName> names = store.triggers();
        names.addAll(redriver.triggers());
        return names;
    }
}
