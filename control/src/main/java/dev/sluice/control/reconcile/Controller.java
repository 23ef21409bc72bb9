/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.source.SourceTable;
import dev.sluice.control.resource.KnativeStatus;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.Condition;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control loop: takes each snapshot of the store through the reconciler to the data plane, and publishes statuses
 * once the data plane has them in force, so that Ready means ready. One table is applied at a time; snapshots that come
 * meanwhile wait, and of several only the last counts.
 *
 * <p>Everything happens on one thread of the controller's own; {@link #view} and {@link #firstSync} are for any thread.
 */
public final class Controller implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(250);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ResourceStore store;
    private final Reconciler reconciler;
    private final DataPlane dataPlane;
    private final Clock clock;
    private final Consumer<View> published;
    private final ScheduledExecutorService thread;
    private final Promise<Void> firstSync = Promise.promise();

    private volatile View view = View.NOTHING;

    // All below belongs to the controller's thread.
    private @Nullable Resources latest;
    private boolean applying;
    private boolean changedMeanwhile;
    private InForce inForce = InForce.NOTHING;
    private Duration retryAfter = FIRST_RETRY;
    private @Nullable ScheduledFuture<?> retry;

    public Controller(ResourceStore store, Reconciler reconciler, DataPlane dataPlane, Clock clock) {
        this(store, reconciler, dataPlane, clock, view -> {});
    }

    /** @param published told of every view with new statuses, on the controller's thread; must not block */
    public Controller(
            ResourceStore store, Reconciler reconciler, DataPlane dataPlane, Clock clock, Consumer<View> published) {
        this.published = published;
        this.store = store;
        this.reconciler = reconciler;
        this.dataPlane = dataPlane;
        this.clock = clock;
        thread = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread created = new Thread(runnable, "sluice-control");
            created.setDaemon(true);
            return created;
        });
    }

    /** Starts the store; what it can't start with, it throws. */
    public void start() {
        store.start(resources -> post(() -> changed(resources)));
    }

    /** Completes when the first snapshot is in force and its statuses are published. */
    public Future<Void> firstSync() {
        return firstSync.future();
    }

    /** The resources with the statuses published last. */
    public View view() {
        return view;
    }

    /** Stops watching, within seconds; what is in force stays in force. Idempotent. Blocks, so not on an event loop. */
    @Override
    public void close() {
        store.close();
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.atWarn().log("the data plane does not give the control thread back; going on without");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        firstSync.tryFail("the controller was closed");
    }

    private void post(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("closed; nothing more is put in force");
        }
    }

    /** An executor would keep to itself what is thrown here, and the loop would stand still without a word. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.atError().setCause(e).log("the control loop failed; what is in force stays, and it is tried again");
            applying = false;
            retryLater();
        }
    }

    private void changed(Resources resources) {
        latest = resources;
        view = view(resources);
        retryAfter = FIRST_RETRY;
        if (applying) {
            changedMeanwhile = true;
        } else {
            reconcile();
        }
    }

    private View view(Resources resources) {
        Reconciliation reconciliation = inForce.reconciliation();
        return new View(
                resources,
                inForce.statuses().stillOf(reconciliation.resources(), resources),
                reconciliation.table(),
                reconciliation.bound());
    }

    private void reconcile() {
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
        Resources resources = Objects.requireNonNull(latest, "latest");
        applying = true;
        changedMeanwhile = false;
        Reconciliation reconciliation;
        Future<DataPlaneReport> applied;
        try {
            reconciliation = reconciler.reconcile(resources, inForce.reconciliation());
            SourceTable sources = reconciliation.sources();
            applied = dataPlane
                    .apply(reconciliation.table())
                    .compose(report -> dataPlane.applySources(sources).map(report));
        } catch (RuntimeException | Error e) {
            // An Error too: without an end of this attempt no other would ever begin.
            finished(resources, null, Future.failedFuture(e));
            return;
        }
        ScheduledFuture<?> watch = thread.schedule(
                () -> LOG.atError()
                        .addKeyValue("seconds", PATIENCE.toSeconds())
                        .log("the data plane has not put a change in force yet; changes of resources wait for it"),
                PATIENCE.toMillis(),
                TimeUnit.MILLISECONDS);
        applied.onComplete(report -> {
            watch.cancel(false);
            post(() -> finished(resources, reconciliation, report));
        });
    }

    private void finished(
            Resources resources, @Nullable Reconciliation reconciliation, AsyncResult<DataPlaneReport> applied) {
        applying = false;
        boolean again = true;
        if (applied.failed() || reconciliation == null) {
            LOG.atError()
                    .setCause(applied.cause())
                    .log("a change could not be put in force; what was in force stays, and it is tried again");
        } else {
            Statuses before =
                    inForce.statuses().stillOf(inForce.reconciliation().resources(), resources);
            Statuses statuses = reconciliation.statuses(applied.result(), inForce.with(before), clock.instant());
            inForce = new InForce(reconciliation, applied.result(), statuses);
            view = view(Objects.requireNonNull(latest, "latest"));
            published.accept(view);
            logTransitions("Broker", before.brokers(), statuses.brokers());
            logTransitions("Trigger", before.triggers(), statuses.triggers());
            logTransitions("", before.sources(), statuses.sources());
            again = applied.result().isIncomplete();
            if (!again) {
                retryAfter = FIRST_RETRY;
            }
            firstSync.tryComplete();
        }
        if (changedMeanwhile) {
            reconcile();
        } else if (again) {
            retryLater();
        }
    }

    private void retryLater() {
        retry = thread.schedule(() -> guarded(this::retry), retryAfter.toMillis(), TimeUnit.MILLISECONDS);
        Duration doubled = retryAfter.multipliedBy(2);
        retryAfter = doubled.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : doubled;
    }

    private void retry() {
        if (!applying && latest != null) {
            reconcile();
        }
    }

    private static <N, S extends KnativeStatus> void logTransitions(String kind, Map<N, S> before, Map<N, S> after) {
        after.forEach((name, status) -> {
            S earlier = before.get(name);
            if (status == earlier) {
                return;
            }
            Condition now = ready(status);
            Condition then = ready(earlier);
            boolean isReady = now != null && "True".equals(now.getStatus());
            boolean wasReady = then == null || "True".equals(then.getStatus());
            if (isReady && !wasReady) {
                LOG.atInfo()
                        .addKeyValue("resource", (kind + " " + name).strip())
                        .log("ready again");
            } else if (!isReady && now != null && !isKnownElsewhere(now) && !sameReason(now, then)) {
                LOG.atWarn()
                        .addKeyValue("resource", (kind + " " + name).strip())
                        .addKeyValue("reason", now.getReason())
                        .addKeyValue("error", now.getMessage())
                        .log("not ready");
            }
        });
    }

    /** Nothing that is wrong: an ingress would say it of each of thousands of triggers, and could never say otherwise. */
    private static boolean isKnownElsewhere(Condition condition) {
        return Reconciler.ELSEWHERE.equals(condition.getReason());
    }

    private static boolean sameReason(Condition now, @Nullable Condition then) {
        return then != null
                && Objects.equals(now.getReason(), then.getReason())
                && Objects.equals(now.getMessage(), then.getMessage());
    }

    private static @Nullable Condition ready(@Nullable KnativeStatus status) {
        if (status == null || status.getConditions() == null) {
            return null;
        }
        for (Condition condition : status.getConditions()) {
            if (condition.getType().equals(Conditions.READY)) {
                return condition;
            }
        }
        return null;
    }
}
