/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in the election of the one process that writes. Who can't renew its Lease for {@link #RENEW} ceases to write;
 * another takes over once the Lease has run out, after {@link #LEASE} at most, or at once where the leader stopped in order.
 */
final class Leadership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    static final String LEASE_NAME = "sluice-control";
    static final Duration LEASE = Duration.ofSeconds(15);
    static final Duration RENEW = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final String namespace;
    private final String identity;
    private final Consumer<Boolean> leads;
    private final ScheduledThreadPoolExecutor thread;
    private volatile boolean closed;
    private volatile @Nullable CompletableFuture<?> running;

    /**
     * @param namespace of the Lease
     * @param identity unlike that of any other process
     * @param leads told true and false in turns, on threads of the election; must not block
     */
    Leadership(KubernetesClient client, String namespace, String identity, Consumer<Boolean> leads) {
        this.client = client;
        this.namespace = namespace;
        this.identity = identity;
        this.leads = leads;
        thread = new ScheduledThreadPoolExecutor(2, runnable -> {
            Thread created = new Thread(runnable, "sluice-leadership");
            created.setDaemon(true);
            return created;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    void start() {
        try {
            thread.execute(this::run);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("closed; no longer a candidate");
        }
    }

    private void run() {
        try {
            elect();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("the election did not begin; trying again");
            again();
        }
    }

    private void elect() {
        if (closed) {
            return;
        }
        LeaderElectionConfig config = new LeaderElectionConfigBuilder()
                .withName(LEASE_NAME)
                .withLeaseDuration(LEASE)
                .withRenewDeadline(RENEW)
                .withRetryPeriod(RETRY)
                .withReleaseOnCancel(true)
                .withLock(new LeaseLock(namespace, LEASE_NAME, identity))
                .withLeaderCallbacks(new LeaderCallbacks(this::begin, this::cease, this::noteLeader))
                .build();
        CompletableFuture<?> election =
                client.leaderElector().withConfig(config).build().start();
        running = election;
        var unused = election.whenComplete((ended, failure) -> again());
        if (closed) {
            election.cancel(true);
        }
    }

    /** An election ends when its leader has lost the Lease; then it is a candidate again. */
    private void again() {
        if (closed) {
            return;
        }
        try {
            var unused = thread.schedule(this::run, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("closed; no longer a candidate");
        }
    }

    private void begin() {
        LOG.atInfo()
                .addKeyValue("lease", namespace + "/" + LEASE_NAME)
                .log("leads: statuses are written by this process");
        leads.accept(true);
    }

    private void cease() {
        leads.accept(false);
        if (!closed) {
            LOG.atWarn()
                    .addKeyValue("lease", namespace + "/" + LEASE_NAME)
                    .log("no longer leads: another process writes statuses, or none while the API server is away");
        }
    }

    private void noteLeader(String leader) {
        LOG.atDebug().addKeyValue("leader", leader).log("a leader was elected");
    }

    /** Gives the Lease back, so that another process need not wait for its end. Blocks for seconds at most. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        CompletableFuture<?> election = running;
        if (election != null) {
            try {
                CompletableFuture.runAsync(() -> election.cancel(true), thread).get(3, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (TimeoutException e) {
                LOG.atWarn().log("the Lease could not be given back; another process takes it when it has run out");
            } catch (ExecutionException e) {
                LOG.atWarn()
                        .addKeyValue("error", String.valueOf(e.getCause()))
                        .log("the election did not end in order");
            }
        }
        thread.shutdownNow();
    }
}
