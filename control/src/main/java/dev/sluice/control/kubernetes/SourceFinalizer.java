/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceSecrets;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Source;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the deletion of a source up until what it has set up outside is taken down, in every process that runs sources: the
 * first that has done it lets the source go, and for the others there is nothing left to do. It is never held up for longer than
 * {@link #LONGEST} while such a process runs: where the other side is gone for good, the source must be able to go too.
 *
 * <p>Everything happens on one thread, which blocks.
 */
final class SourceFinalizer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SourceFinalizer.class);

    static final String NAME = "sources.sluice.dev/outside";

    /** Since the deletion was asked for. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    /**
     * Since this process first tried it, however long ago the deletion was asked for: the other side may be slow, and a Secret
     * not looked up yet. Without its Secret nothing can be taken down, so that this is all that it is waited for.
     */
    static final Duration LEAST = Duration.ofSeconds(30);

    /** Adapters fail before that. */
    private static final Duration EACH = Duration.ofSeconds(20);

    private static final Duration AGAIN = Duration.ofSeconds(5);
    /** After the API server has refused or not answered. */
    private static final Duration WRITE_AGAIN = Duration.ofSeconds(30);

    private final Supplier<List<Reading>> present;
    private final Writes writes;
    private final Takedown takedown;
    private final Clock clock;
    private final Rounds rounds = new Rounds("sluice-source-finalizer", Duration.ZERO, this::round);
    private volatile @Nullable View view;

    // All below belongs to the thread.
    /** By UID, of those that are being deleted: what this process has tried to take it down. */
    private final Map<String, Attempts> attempts = new HashMap<>();
    /** By UID, of those that are held: what their Secrets were last, since these may be deleted before them. */
    private final Map<String, SecretValues> known = new HashMap<>();
    /** UIDs of those that the API server did not let be written, and until when they are left alone. */
    private final Map<String, Instant> refused = new HashMap<>();
    /** UIDs of those of which a failure was told. */
    private final Set<String> told = new HashSet<>();

    /**
     * @param since the first
     * @param count how many there were
     * @param next not before this
     */
    private record Attempts(Instant since, int count, Instant next) {

        /** With waits of 5 s that double up to 80 s: others ask GitHub as well, and it asks not to be asked too often. */
        Attempts another(Instant now) {
            return new Attempts(since, count + 1, now.plus(AGAIN.multipliedBy(1L << Math.min(count, 4))));
        }
    }

    /** @param present all objects that are there, also those that are being deleted; for any thread */
    SourceFinalizer(Supplier<List<Reading>> present, Writes writes, Takedown takedown, Clock clock) {
        this.present = requireNonNull(present, "present");
        this.writes = requireNonNull(writes, "writes");
        this.takedown = requireNonNull(takedown, "takedown");
        this.clock = requireNonNull(clock, "clock");
    }

    /** Takes over what was published. For any thread; does not block. */
    void publish(View published) {
        view = published;
        rounds.soon();
    }

    /** What is under way is broken off, and left to another process. */
    @Override
    public void close() {
        rounds.close();
    }

    /**
     * Whether a source goes though it was not taken down.
     *
     * @param deletedAt when the deletion was asked for
     * @param triedSince by this process
     * @param canBeDone whether another attempt could succeed at all
     */
    static boolean isTooLate(Instant deletedAt, Instant triedSince, boolean canBeDone, Instant now) {
        return now.isAfter(triedSince.plus(LEAST)) && (!canBeDone || now.isAfter(deletedAt.plus(LONGEST)));
    }

    /** What goes wrong with one source keeps no other waiting. */
    private void guarded(Reading reading, Runnable task) {
        try {
            task.run();
        } catch (KubernetesClientException e) {
            if (told.add(reading.content().uid())) {
                LOG.atWarn()
                        .addKeyValue("source", reading.key())
                        .addKeyValue("error", e.getMessage())
                        .log("the finalizer of a source could not be written; trying again");
            }
            refused.put(reading.content().uid(), clock.instant().plus(WRITE_AGAIN));
            rounds.later(WRITE_AGAIN);
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("source", reading.key())
                    .log("a source could not be finalized; trying again");
            rounds.later(WRITE_AGAIN);
        }
    }

    private void round() {
        View of = view;
        if (of == null) {
            return;
        }
        Map<Reading, Future<Void>> underway = new LinkedHashMap<>();
        Set<String> uids = new HashSet<>();
        for (Reading reading : present.get()) {
            boolean isHeld = reading.isHeldBy(NAME);
            Source source = reading.inForce().orElse(null) instanceof Source one ? one : null;
            if (source == null && !isHeld) {
                continue;
            }
            uids.add(reading.content().uid());
            if (clock.instant().isBefore(refused.getOrDefault(reading.content().uid(), Instant.MIN))) {
                // A round that was due sooner may have taken the place of the one that was asked for then.
                rounds.later(AGAIN);
                continue;
            }
            guarded(reading, () -> {
                if (reading.content().isDeleting()) {
                    if (isHeld) {
                        takenDown(reading, source, of).ifPresent(step -> underway.put(reading, step));
                    }
                } else if (source != null) {
                    if (isHeld != source.definition().leavesSomething()) {
                        write(reading, !isHeld);
                    }
                    remember(source, reading.content().uid(), of);
                }
            });
        }
        attempts.keySet().retainAll(uids);
        known.keySet().retainAll(uids);
        refused.keySet().retainAll(uids);
        told.retainAll(uids);
        // All at once: where GitHub is away, a hundred sources wait no longer than one.
        Patience patience = Patience.of(EACH);
        underway.forEach((reading, step) -> guarded(reading, () -> end(reading, patience.failureOf(step))));
    }

    private void write(Reading reading, boolean holds) {
        if (writes.finalizer(reading, NAME, holds).outcome() == Writes.Outcome.STALE) {
            rounds.later(AGAIN);
        } else {
            told.remove(reading.content().uid());
        }
    }

    private void remember(Source source, String uid, View of) {
        if (source.definition().leavesSomething()) {
            try {
                known.put(uid, SourceSecrets.of(source, of.resources().secrets()));
            } catch (SourceSecrets.MissingException e) {
                LOG.atTrace().addKeyValue("error", e.getMessage()).log("a source waits for its Secret");
            }
        }
    }

    /** Begins; empty if there is nothing to wait for. */
    private Optional<Future<Void>> takenDown(Reading reading, @Nullable Source source, View of) {
        if (source == null) {
            LOG.atWarn()
                    .addKeyValue("source", reading.key())
                    .log("a deleted source can't be read any more, and goes; what it has set up outside may be left");
            write(reading, false);
            return Optional.empty();
        }
        String uid = reading.content().uid();
        Instant now = clock.instant();
        Attempts before = attempts.getOrDefault(uid, new Attempts(now, 0, now));
        // Not past the last moment, however long it has come to wait between two attempts.
        if (now.isBefore(before.next()) && !isTooLate(reading.deletedAt(), before.since(), true, now)) {
            rounds.later(AGAIN);
            return Optional.empty();
        }
        attempts.put(uid, before.another(now));
        SecretValues secrets;
        try {
            secrets = SourceSecrets.of(source, of.resources().secrets());
        } catch (SourceSecrets.MissingException e) {
            // Most often it is deleted with the source, and a moment before it.
            secrets = known.get(uid);
            if (secrets == null) {
                failed(reading, String.valueOf(e.getMessage()), false);
                return Optional.empty();
            }
        }
        return Optional.of(takedown.takeDown(
                new SourceName(reading.key().kind(), reading.key().name()), source.definition(), secrets));
    }

    /** @param failure why it could not be taken down; null if it was */
    private void end(Reading reading, @Nullable String failure) {
        if (failure != null) {
            failed(reading, failure, true);
            return;
        }
        LOG.atInfo().addKeyValue("source", reading.key()).log("what a deleted source had set up outside is gone");
        write(reading, false);
    }

    private void failed(Reading reading, String failure, boolean canBeDone) {
        if (rounds.isClosed()) {
            return; // It was broken off, and another process goes on.
        }
        Instant now = clock.instant();
        Attempts tried = attempts.get(reading.content().uid());
        Instant since = tried == null ? now : tried.since();
        if (isTooLate(reading.deletedAt(), since, canBeDone, now)) {
            LOG.atError()
                    .addKeyValue("source", reading.key())
                    .addKeyValue("error", failure)
                    .log("what a deleted source had set up outside is left there, and the source goes");
            writes.event(
                    reading,
                    true,
                    "LeftBehind",
                    "what the source has set up outside could not be taken down and is left there: " + failure);
            write(reading, false);
            return;
        }
        if (told.add(reading.content().uid())) {
            LOG.atWarn()
                    .addKeyValue("source", reading.key())
                    .addKeyValue("error", failure)
                    .log("what a deleted source had set up outside can't be taken down; trying again");
            writes.event(
                    reading,
                    true,
                    "NotTakenDown",
                    "what the source has set up outside can't be taken down: " + failure + "; tried again for "
                            + LONGEST.toMinutes() + " minutes at most, then it is left there");
        }
        rounds.later(AGAIN);
    }
}
