/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final KubernetesStore store;
    private final Writes writes;
    private final Takedown takedown;
    private final Clock clock;
    private final ScheduledThreadPoolExecutor thread;

    private final AtomicBoolean due = new AtomicBoolean();
    private volatile @Nullable View view;

    // All below belongs to the thread.
    /** By UID, of those that are being deleted: since when this process has tried to take it down. */
    private final Map<String, Instant> tried = new HashMap<>();
    /** UIDs of those of which a failure was told. */
    private final Set<String> told = new HashSet<>();

    private boolean waiting;

    SourceFinalizer(KubernetesStore store, Writes writes, Takedown takedown, Clock clock) {
        this.store = requireNonNull(store, "store");
        this.writes = requireNonNull(writes, "writes");
        this.takedown = requireNonNull(takedown, "takedown");
        this.clock = requireNonNull(clock, "clock");
        thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, "sluice-source-finalizer");
            created.setDaemon(true);
            return created;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Takes over what was published. For any thread; does not block. */
    void publish(View published) {
        view = published;
        // Of what is published while a round waits for the other side, only the last counts.
        if (due.compareAndSet(false, true)) {
            try {
                thread.execute(() -> {
                    due.set(false);
                    guarded();
                });
            } catch (RejectedExecutionException e) {
                LOG.atDebug().log("closed; no source is finalized any more");
            }
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    static boolean isHeld(Reading reading) {
        for (JsonNode finalizer : reading.content().finalizers()) {
            if (finalizer.asText().equals(NAME)) {
                return true;
            }
        }
        return false;
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

    private void guarded() {
        try {
            round();
        } catch (RuntimeException | Error e) {
            LOG.atError().setCause(e).log("sources could not be finalized; trying again");
            later(WRITE_AGAIN);
        }
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
            later(WRITE_AGAIN);
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("source", reading.key())
                    .log("a source could not be finalized; trying again");
            later(WRITE_AGAIN);
        }
    }

    private void later(Duration after) {
        if (waiting || thread.isShutdown()) {
            return;
        }
        waiting = true;
        var unused = thread.schedule(
                () -> {
                    waiting = false;
                    guarded();
                },
                after.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void round() {
        View of = view;
        if (of == null) {
            return;
        }
        Map<Reading, Future<Void>> underway = new LinkedHashMap<>();
        Set<String> uids = new HashSet<>();
        for (Reading reading : store.all()) {
            boolean isHeld = isHeld(reading);
            Source source = reading.inForce().orElse(null) instanceof Source one ? one : null;
            if (source == null && !isHeld) {
                continue;
            }
            uids.add(reading.content().uid());
            guarded(reading, () -> {
                if (reading.content().isDeleting()) {
                    if (isHeld) {
                        takenDown(reading, source, of).ifPresent(step -> underway.put(reading, step));
                    }
                } else if (source != null && isHeld != source.definition().leavesSomething()) {
                    write(reading, !isHeld);
                }
            });
        }
        tried.keySet().retainAll(uids);
        told.retainAll(uids);
        // All at once: where GitHub is away, a hundred sources wait no longer than one.
        long deadline = System.nanoTime() + EACH.toNanos();
        underway.forEach((reading, step) -> guarded(reading, () -> end(reading, awaited(step, deadline))));
    }

    /** @param held or let go */
    private void write(Reading reading, boolean held) {
        ArrayNode finalizers = NODES.arrayNode();
        for (JsonNode finalizer : reading.content().finalizers()) {
            if (!finalizer.asText().equals(NAME)) {
                finalizers.add(finalizer);
            }
        }
        if (held) {
            finalizers.add(NAME);
        }
        ObjectNode patch = NODES.objectNode();
        patch.set("finalizers", finalizers);
        if (writes.metadata(reading, patch).outcome() == Writes.Outcome.STALE) {
            later(AGAIN);
        } else {
            told.remove(reading.content().uid());
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
        tried.putIfAbsent(reading.content().uid(), clock.instant());
        try {
            return Optional.of(takedown.takeDown(
                    new SourceName(reading.key().kind(), reading.key().name()),
                    source.definition(),
                    SourceSecrets.of(source, of.resources().secrets())));
        } catch (SourceSecrets.MissingException e) {
            failed(reading, String.valueOf(e.getMessage()), false);
            return Optional.empty();
        }
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
        if (thread.isShutdown()) {
            return; // It was broken off, and another process goes on.
        }
        Instant now = clock.instant();
        Instant since = tried.getOrDefault(reading.content().uid(), now);
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
        later(AGAIN);
    }

    /** Answers why it failed; null if it did not. */
    private static @Nullable String awaited(Future<Void> step, long deadline) {
        try {
            step.toCompletionStage()
                    .toCompletableFuture()
                    .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (TimeoutException e) {
            return "no answer within " + EACH.toSeconds() + " s";
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return String.valueOf(cause.getMessage());
        }
    }
}
