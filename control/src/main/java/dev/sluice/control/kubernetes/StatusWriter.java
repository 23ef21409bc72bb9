/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.kubernetes.Writes.Outcome;
import dev.sluice.control.kubernetes.Writes.Result;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.KnativeStatus;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Writes the statuses that were published into the cluster, while this process leads. An object is written only where its
 * status says something else than it should; then nothing is written of it again before the cluster has shown the outcome,
 * so that neither a slow watch nor somebody else who writes the same status makes a hot loop.
 *
 * <p>All state belongs to one thread; the requests, which block, run on a few others, one at a time for each object.
 */
final class StatusWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

    /** Requests at a time: what an API server answers in ten milliseconds each, thousands of times, without being flooded. */
    private static final int WRITERS = 4;

    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    /** Somebody else who writes another status each time gets his way after as many rounds as this. */
    private static final int ROUNDS_AT_ONCE = 5;

    /** What sources say of themselves is looked at this often. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    /** The same of the deliveries of Triggers, which are more, and more to count. */
    private static final Duration LOOK_AT_TRIGGERS = Duration.ofSeconds(5);

    private final KubernetesStore store;
    private final Writes writes;
    private final TriggerStatuses triggers;
    private final SourceStatuses sources;
    private final ScheduledThreadPoolExecutor thread;
    private final ExecutorService writers;

    // All below belongs to the thread.
    private final Map<ResourceKey, Wanted> desired = new HashMap<>();
    private final Set<ResourceKey> queue = new LinkedHashSet<>();
    private final Set<ResourceKey> underWay = new HashSet<>();
    /** The version that was written over, until the cluster shows another. */
    private final Map<ResourceKey, String> writtenOver = new HashMap<>();

    private final Map<ResourceKey, Attempts> attempts = new HashMap<>();
    private boolean leads;
    private @Nullable View view;

    /** @param uid of the object that the status is about: another of its name has nothing of it */
    private record Wanted(String uid, KnativeStatus status) {}

    /** @param status that all of them were for */
    private record Attempts(KnativeStatus status, int count) {}

    /**
     * @param ofTriggers what is known of their deliveries
     * @param ofSources what is known of those that run
     */
    StatusWriter(KubernetesStore store, Writes writes, TriggerObserver ofTriggers, SourceObserver ofSources) {
        this.store = requireNonNull(store, "store");
        this.writes = requireNonNull(writes, "writes");
        triggers = new TriggerStatuses(ofTriggers, System::nanoTime);
        sources = new SourceStatuses(ofSources);
        thread = new ScheduledThreadPoolExecutor(1, runnable -> daemon(runnable, "sluice-status"));
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        AtomicInteger number = new AtomicInteger();
        writers = Executors.newFixedThreadPool(
                WRITERS, runnable -> daemon(runnable, "sluice-status-write-" + number.incrementAndGet()));
        if (ofSources != SourceObserver.NONE) {
            every(LOOK, () -> lookAt(latest -> sources.look(latest.statuses().sources())));
        }
        if (ofTriggers != TriggerObserver.NONE) {
            every(LOOK_AT_TRIGGERS, () -> lookAt(this::lookAtTriggers));
        }
    }

    private void every(Duration period, Runnable task) {
        var unused = thread.scheduleWithFixedDelay(
                () -> guarded(task), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable runnable, String name) {
        Thread created = new Thread(runnable, name);
        created.setDaemon(true);
        return created;
    }

    /** Takes over what was published. For any thread; does not block. */
    void publish(View published) {
        post(() -> {
            view = published;
            triggers.decided(published.statuses().triggers(), uidsOfTriggers(published.resources()));
            var unused = sources.look(published.statuses().sources());
            take(published);
        });
    }

    /** Of Triggers or sources something else may be known. For any thread; does not block. */
    void observed() {
        post(() -> lookAt(this::lookAtAll));
    }

    private void lookAt(Predicate<View> isOther) {
        View latest = view;
        if (latest != null && isOther.test(latest)) {
            take(latest);
        }
    }

    private boolean lookAtAll(View latest) {
        boolean changed = lookAtTriggers(latest);
        return sources.look(latest.statuses().sources()) || changed;
    }

    private boolean lookAtTriggers(View latest) {
        return triggers.look(latest.statuses().triggers(), uidsOfTriggers(latest.resources()));
    }

    private static Function<ResourceName, String> uidsOfTriggers(Resources resources) {
        return name -> {
            String uid =
                    uid(new ResourceKey("Trigger", name), resources.triggers().get(name), resources);
            return uid == null ? "" : uid;
        };
    }

    private void take(View published) {
        Map<ResourceKey, Wanted> next = new HashMap<>();
        Resources resources = published.resources();
        published.statuses().brokers().forEach((name, status) -> {
            ResourceKey key = new ResourceKey("Broker", name);
            want(key, uid(key, resources.brokers().get(name), resources), status, next);
        });
        triggers.statuses().forEach((name, status) -> {
            ResourceKey key = new ResourceKey("Trigger", name);
            want(key, uid(key, resources.triggers().get(name), resources), status, next);
        });
        sources.statuses().forEach((name, status) -> {
            ResourceKey key = new ResourceKey(name.kind(), name.name());
            want(key, uid(key, resources.sources().get(name), resources), status, next);
        });
        desired.clear();
        desired.putAll(next);
        pump();
    }

    private void want(ResourceKey key, @Nullable String uid, KnativeStatus status, Map<ResourceKey, Wanted> next) {
        if (uid == null) {
            return; // It is gone, and its status with it in a moment.
        }
        Wanted wanted = new Wanted(uid, status);
        next.put(key, wanted);
        Wanted before = desired.get(key);
        if (before == null || before.status() != status || !before.uid().equals(uid)) {
            queue.add(key);
        }
    }

    private static @Nullable String uid(ResourceKey key, @Nullable HasMetadata inForce, Resources resources) {
        if (inForce != null) {
            return inForce.getMetadata().getUid();
        }
        Rejected rejected = resources.rejected().get(key);
        return rejected == null ? null : rejected.uid();
    }

    /** Something of the object has changed in the cluster. For any thread; does not block. */
    void changed(ResourceKey key) {
        post(() -> {
            if (leads && desired.containsKey(key)) {
                queue.add(key);
                pump();
            }
        });
    }

    /** Begins or ceases to write. For any thread; does not block. What is under way when it ceases is the last. */
    void lead(boolean leading) {
        post(() -> {
            leads = leading;
            queue.clear();
            attempts.clear();
            if (leading) {
                queue.addAll(desired.keySet());
                pump();
            }
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
        writers.shutdownNow();
        try {
            if (!writers.awaitTermination(2, TimeUnit.SECONDS)) {
                LOG.atDebug().log("a status is still being written; going on without its answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void post(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("closed; nothing more is written");
        }
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.atError().setCause(e).log("a status could not be dealt with");
        }
    }

    private void pump() {
        if (!leads) {
            return;
        }
        Iterator<ResourceKey> waiting = queue.iterator();
        Set<ResourceKey> later = new HashSet<>();
        while (waiting.hasNext() && underWay.size() < WRITERS) {
            ResourceKey key = waiting.next();
            waiting.remove();
            if (underWay.contains(key)) {
                later.add(key);
            } else {
                consider(key);
            }
        }
        queue.addAll(later);
    }

    private void consider(ResourceKey key) {
        Wanted wanted = desired.get(key);
        Reading read = store.current(key).orElse(null);
        if (wanted == null || read == null || read.isForeign() || read.content().isDeleting()) {
            forget(key);
            return;
        }
        KnativeStatus status = wanted.status();
        if (!wanted.uid().equals(read.content().uid())) {
            return; // It was created anew, and what becomes of that is published in a moment.
        }
        Long observed = status.getObservedGeneration();
        if (observed == null || observed < read.content().generation()) {
            return; // What is being put in force now is published in a moment.
        }
        if (read.resourceVersion().equals(writtenOver.get(key))) {
            return; // The cluster has not shown yet what became of the last one, and tells when it does.
        }
        writtenOver.remove(key);
        Optional<ObjectNode> patch = StatusPatch.of(read.status(), status, read.accepted());
        if (patch.isEmpty()) {
            attempts.remove(key);
            return;
        }
        Attempts before = attempts.get(key);
        int count = before != null && before.status() == status ? before.count() + 1 : 1;
        attempts.put(key, new Attempts(status, count));
        if (count > ROUNDS_AT_ONCE) {
            // Somebody else does not agree; a status that goes to and fro is of no use to anybody.
            attempts.put(key, new Attempts(status, 1));
            later(key, LONGEST_RETRY);
            return;
        }
        underWay.add(key);
        writtenOver.put(key, read.resourceVersion());
        writers.execute(() -> write(read, patch.get(), status));
    }

    /** On a thread that may block. */
    private void write(Reading read, ObjectNode patch, KnativeStatus status) {
        @Nullable Result result = null;
        @Nullable RuntimeException failure = null;
        try {
            result = writes.status(read, patch);
            if (result.outcome() == Outcome.WRITTEN && patch.has("conditions")) {
                writes.readyEvent(read, patch);
            }
        } catch (KubernetesClientException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            LOG.atError().setCause(e).addKeyValue("resource", read.key()).log("a status could not be written");
            failure = new IllegalStateException(e);
        }
        Result outcome = result;
        RuntimeException failed = failure;
        post(() -> written(read, status, outcome, failed));
    }

    private void written(
            Reading read, KnativeStatus status, @Nullable Result result, @Nullable RuntimeException failure) {
        ResourceKey key = read.key();
        underWay.remove(key);
        if (failure != null) {
            writtenOver.remove(key);
            Attempts tried = attempts.getOrDefault(key, new Attempts(status, 1));
            Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(6, tried.count() - 1));
            LOG.atLevel(tried.count() == 1 ? Level.WARN : Level.DEBUG)
                    .addKeyValue("resource", key)
                    .addKeyValue("error", failure.getMessage())
                    .log("a status could not be written; trying again");
            later(key, wait.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : wait);
        } else if (result != null && result.outcome() == Outcome.GONE) {
            forget(key);
        } else if (result != null && result.resourceVersion().equals(read.resourceVersion())) {
            // Nothing changed, and so nothing will be shown.
            writtenOver.remove(key);
        } else {
            // The cluster may have shown the outcome before this.
            queue.add(key);
        }
        pump();
    }

    private void later(ResourceKey key, Duration wait) {
        var unused = thread.schedule(
                () -> guarded(() -> {
                    queue.add(key);
                    pump();
                }),
                wait.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void forget(ResourceKey key) {
        attempts.remove(key);
        writtenOver.remove(key);
    }
}
