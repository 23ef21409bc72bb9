/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches kinds that a cluster may have or not, each from when its definition is there, in the best of the versions that are
 * served then. A kind that is missing or forbidden keeps nothing else from being served. For the store's thread.
 */
final class InstalledKinds implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(InstalledKinds.class);

    /** How long a kind may be installed before it is noticed. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    /** Where there was no answer: nothing is served meanwhile at a start. */
    private static final Duration ASK_SOON = Duration.ofSeconds(1);

    private static final int TOO_MANY_REQUESTS = 429;

    private final KubernetesClient client;
    private final Consumer<Runnable> thread;
    private final Function<WatchedKind, Watch<GenericKubernetesResource>> watches;
    private final Runnable changed;
    /** Asks the API server for its kinds, which blocks. */
    private final ScheduledThreadPoolExecutor asking;

    private final Map<String, One> kinds = new LinkedHashMap<>();
    private boolean closed;

    /**
     * @param watches makes one that has not been started
     * @param changed told when more is known than before
     */
    InstalledKinds(
            KubernetesClient client,
            Consumer<Runnable> thread,
            Function<WatchedKind, Watch<GenericKubernetesResource>> watches,
            Runnable changed) {
        this.client = client;
        this.thread = thread;
        this.watches = watches;
        this.changed = changed;
        asking = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, "sluice-kubernetes-sources");
            created.setDaemon(true);
            return created;
        });
        asking.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** One kind, in the versions that it may have. */
    private final class One {

        private final List<WatchedKind> versions;
        private @Nullable Watch<GenericKubernetesResource> watch;
        private boolean isAnswered;
        private boolean isWarned;

        One(List<WatchedKind> versions) {
            this.versions = versions;
        }

        /** On the thread that may block. */
        void ask() {
            Optional<WatchedKind> found = Optional.empty();
            RuntimeException failed = null;
            try {
                for (WatchedKind version : versions) {
                    if (found.isEmpty()
                            && Discovery.find(client, version.apiVersion(), version.kind())
                                    .isPresent()) {
                        found = Optional.of(version);
                    }
                }
            } catch (RuntimeException e) {
                // Whatever it is: an executor would keep it to itself, and the kind would never be asked for again.
                failed = e;
            }
            Optional<WatchedKind> version = found;
            RuntimeException failure = failed;
            thread.accept(() -> asked(version, failure));
        }

        private void asked(Optional<WatchedKind> version, @Nullable RuntimeException failure) {
            if (closed) {
                return;
            }
            if (version.isPresent()) {
                watch = watches.apply(version.get());
                watch.start();
                return; // It says itself when it has seen everything.
            }
            boolean answered = failure == null || isRefusal(failure);
            if (failure != null && !isWarned) {
                isWarned = true;
                LOG.atWarn()
                        .addKeyValue("kind", versions.get(0).kind())
                        .setCause(failure)
                        .log(
                                "the API server can't be asked for a kind; trying again, and its sources are not served until then");
            }
            if (answered && !isAnswered) {
                isAnswered = true;
                if (failure == null) {
                    LOG.atInfo()
                            .addKeyValue("kind", versions.get(0).kind())
                            .log(
                                    "is not known to the API server; its sources are served once its definition is installed");
                }
                changed.run();
            }
            later(this, answered ? ASK_AGAIN : ASK_SOON);
        }

        /** That is an answer: nobody waits for what may never come. */
        private static boolean isRefusal(RuntimeException failure) {
            int code = failure instanceof KubernetesClientException answer ? answer.getCode() : 0;
            return code >= 400 && code < 500 && code != TOO_MANY_REQUESTS;
        }

        boolean isSettled() {
            return watch == null ? isAnswered : watch.state() != Watch.State.STARTING;
        }
    }

    /** @param kinds each in the versions that it may have, the one to prefer first */
    void start(List<List<WatchedKind>> kinds) {
        for (List<WatchedKind> versions : kinds) {
            One one = new One(List.copyOf(versions));
            this.kinds.put(versions.get(0).kind(), one);
            later(one, Duration.ZERO);
        }
    }

    private void later(One one, Duration wait) {
        try {
            var unused = asking.schedule(one::ask, wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("closed; no more kinds are asked for");
        }
    }

    /** Whether of each it is known what there is, or that nothing of it is to be had for now. */
    boolean allSettled() {
        return kinds.values().stream().allMatch(One::isSettled);
    }

    @Override
    public void close() {
        closed = true;
        asking.shutdownNow();
        for (One one : kinds.values()) {
            if (one.watch != null) {
                one.watch.close();
            }
        }
    }
}
