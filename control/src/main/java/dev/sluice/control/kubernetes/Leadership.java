/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in the election of one process among several. Who can't renew its Lease ceases in time, before the Lease has run
 * out and another may take over, whether the API server refuses, is away or just does not answer; at once where the process
 * stops in order.
 */
final class Leadership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    private static final Duration RETRY = Duration.ofSeconds(2);

    /** Who leads looks at its watch this often, and has the rest of {@link Election#spare} to stop. */
    private static final Duration WATCH = Duration.ofMillis(250);

    /**
     * What is elected.
     *
     * @param lease name of the Lease
     * @param duration of the Lease: when its holder is killed, another takes over after this at the earliest, and two
     *     attempts later at the latest
     * @param spare how long before its end the holder ceases, if it could not renew it
     * @param task what the one process does, for the log
     */
    record Election(String lease, Duration duration, Duration spare, String task) {

        /** The process that writes statuses. */
        static final Election CONTROL =
                new Election("sluice-control", Duration.ofSeconds(15), Duration.ofSeconds(5), "writes statuses");

        /** The process that runs sources of which there must be one: a shorter Lease, since nobody does so meanwhile. */
        static final Election SOURCES = new Election(
                "sluice-sources",
                Duration.ofSeconds(8),
                Duration.ofSeconds(2),
                "runs the sources of which there must be one");

        Election {
            requireNonNull(lease, "lease");
            requireNonNull(task, "task");
            if (spare.compareTo(duration) >= 0) {
                throw new IllegalArgumentException("nothing is left of the Lease");
            }
        }

        private Duration valid() {
            return duration.minus(spare);
        }
    }

    private final KubernetesClient client;
    private final Election election;
    private final String namespace;
    private final String identity;
    private final Consumer<Boolean> leads;
    private final ScheduledThreadPoolExecutor thread;
    private final Term term;
    private volatile boolean closed;
    private volatile @Nullable CompletableFuture<?> running;

    /**
     * @param namespace of the Lease
     * @param identity unlike that of any other process
     * @param leads told true and false in turns, on threads of the election; must not block
     */
    Leadership(KubernetesClient client, Election election, String namespace, String identity, Consumer<Boolean> leads) {
        this.client = client;
        this.election = election;
        this.namespace = namespace;
        this.identity = identity;
        this.leads = leads;
        term = new Term(election.valid(), System::nanoTime, this::tell);
        thread = new ScheduledThreadPoolExecutor(3, runnable -> {
            Thread created = new Thread(runnable, "sluice-leadership");
            created.setDaemon(true);
            return created;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * How long this process leads: from its election on, as long as a renewal that has succeeded began not too long
     * ago. Safe for any thread.
     */
    static final class Term {

        private final long validNanos;
        private final LongSupplier nanos;
        private final Consumer<Boolean> leads;
        private boolean elected;
        private boolean told;
        private long renewedNanos;

        /** @param leads told true and false in turns */
        Term(Duration valid, LongSupplier nanos, Consumer<Boolean> leads) {
            validNanos = valid.toNanos();
            this.nanos = nanos;
            this.leads = leads;
        }

        /** @param sinceNanos when the renewal began that has succeeded */
        synchronized void renewed(long sinceNanos) {
            renewedNanos = sinceNanos;
            look();
        }

        synchronized void elected(boolean now) {
            elected = now;
            look();
        }

        synchronized void look() {
            boolean now = elected && nanos.getAsLong() - renewedNanos < validNanos;
            if (now != told) {
                told = now;
                leads.accept(now);
            }
        }
    }

    /** A Lease whose renewals are seen, and what they are worth. */
    private final class SeenLease implements Lock {

        private final LeaseLock lease = new LeaseLock(namespace, election.lease(), identity);

        /** The elector takes the time that it writes into the Lease before it looks at the Lease: so the term counts from then. */
        private volatile long askedNanos;

        @Override
        public LeaderElectionRecord get(KubernetesClient with) {
            askedNanos = System.nanoTime();
            return lease.get(with);
        }

        @Override
        public void create(KubernetesClient with, LeaderElectionRecord next) {
            lease.create(with, next);
            term.renewed(askedNanos);
        }

        @Override
        public void update(KubernetesClient with, LeaderElectionRecord next) {
            if (!identity.equals(next.getHolderIdentity())) {
                // It is given back, and may be another's a moment later.
                term.elected(false);
                lease.update(with, next);
                return;
            }
            lease.update(with, next);
            term.renewed(askedNanos);
        }

        @Override
        public String identity() {
            return lease.identity();
        }

        @Override
        public String describe() {
            return lease.describe();
        }
    }

    void start() {
        try {
            var unused = thread.scheduleWithFixedDelay(
                    term::look, WATCH.toMillis(), WATCH.toMillis(), TimeUnit.MILLISECONDS);
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
                .withName(election.lease())
                .withLeaseDuration(election.duration())
                .withRenewDeadline(election.valid())
                .withRetryPeriod(RETRY)
                .withReleaseOnCancel(true)
                .withLock(new SeenLease())
                .withLeaderCallbacks(
                        new LeaderCallbacks(() -> term.elected(true), () -> term.elected(false), this::noteLeader))
                .build();
        CompletableFuture<?> begun =
                client.leaderElector().withConfig(config).build().start();
        running = begun;
        var unused = begun.whenComplete((ended, failure) -> again());
        if (closed) {
            begun.cancel(true);
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

    private void tell(boolean leading) {
        if (leading) {
            LOG.atInfo()
                    .addKeyValue("lease", namespace + "/" + election.lease())
                    .addKeyValue("task", election.task())
                    .log("leads");
        } else if (!closed) {
            LOG.atWarn()
                    .addKeyValue("lease", namespace + "/" + election.lease())
                    .addKeyValue("task", election.task())
                    .log("no longer leads; another process does, or none while the API server is away");
        }
        leads.accept(leading);
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
        CompletableFuture<?> begun = running;
        if (begun != null) {
            try {
                CompletableFuture.runAsync(() -> begun.cancel(true), thread).get(3, TimeUnit.SECONDS);
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
        term.elected(false);
    }
}
