/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceName;
import dev.sluice.control.kubernetes.Leadership.Election;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes cluster: where resources come from, and where their statuses go. Nothing of it is asked before something is
 * started; that it is away is no failure, ever.
 */
public final class Cluster implements AutoCloseable {

    /** A request that is not answered for as long as this has failed. */
    private static final int REQUEST_MILLIS = 10_000;

    private static final int CONNECT_MILLIS = 5_000;

    /** Between two attempts to watch again, at first; doubled five times. */
    private static final int WATCH_AGAIN_MILLIS = 250;

    private final KubernetesClient client;
    private final KubernetesStore store;
    private volatile @Nullable StatusWriter writer;
    private @Nullable Finalizer finalizer;
    private volatile @Nullable Binder binder;
    private @Nullable SourceFinalizer sourceFinalizer;
    private @Nullable Leadership leadership;
    private @Nullable Leadership sourcesLeadership;
    private boolean watching = true;

    private Cluster(KubernetesClient client, KubernetesSettings settings) {
        this.client = client;
        store = new KubernetesStore(client, settings);
    }

    /**
     * Finds the cluster as kubectl does: by {@code KUBECONFIG}, else {@code ~/.kube/config}, else the service account of a
     * pod. Does not talk to it.
     *
     * @throws IllegalArgumentException if none is named, or what names it can't be read; the message says what to do
     */
    public static Cluster of(KubernetesSettings settings) {
        requireNonNull(settings, "settings");
        Config config;
        try {
            config = Config.autoConfigure(null);
        } catch (KubernetesClientException | IllegalArgumentException e) {
            throw new IllegalArgumentException("the kubeconfig can't be read: " + e.getMessage(), e);
        }
        if (config.getFile() == null && config.getAutoOAuthToken() == null && config.getOauthTokenProvider() == null) {
            throw new IllegalArgumentException(
                    "there is neither a kubeconfig nor the service account of a pod here; set"
                            + " KUBECONFIG to a file that kubectl can use");
        }
        config.setRequestTimeout(REQUEST_MILLIS);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setWatchReconnectInterval(WATCH_AGAIN_MILLIS);
        // Who writes has waits of his own, and a watch is begun again anyhow.
        config.setRequestRetryBackoffLimit(0);
        config.setUserAgent("sluice");
        return new Cluster(new KubernetesClientBuilder().withConfig(config).build(), settings);
    }

    /** Its resources. Who closes this does not lead any more either: what he does not see he can't tell. */
    public ResourceStore store() {
        return new ResourceStore() {
            @Override
            public void start(Consumer<Resources> listener) {
                store.start(listener);
            }

            @Override
            public void close() {
                stopWatching();
            }
        };
    }

    /** Where the API server is, for people to read. */
    public String address() {
        return String.valueOf(client.getMasterUrl());
    }

    /**
     * Of sources: adds to what is observed of those that run in this process what is known of those that the cluster runs. That
     * is a matter of processes that {@linkplain #writeStatuses take part in writing statuses}.
     */
    public SourceObserver observing(SourceObserver running) {
        return new SourceObserver() {
            @Override
            public Optional<SourceObservation> observe(SourceName name) {
                return observerOf(name, running).observe(name);
            }

            @Override
            public boolean isKnown(SourceName name) {
                return observerOf(name, running).isKnown(name);
            }
        };
    }

    private SourceObserver observerOf(SourceName name, SourceObserver running) {
        Binder ofWorkloads = binder;
        return ofWorkloads == null || !Binder.isWorkload(name.kind()) ? running : ofWorkloads;
    }

    /**
     * Takes part in the election of the process that writes statuses, and holds the deletion of a Broker up until what its
     * channel keeps is removed, and that of a SinkBinding until its workloads are free. To be called before the store is started, once.
     *
     * @param disposal of what deleted Brokers leave; empty: it is left
     * @param ofTriggers what is known of their deliveries
     * @param ofSources what is known of those that processes run
     * @return takes what is published; for any thread
     */
    public Consumer<View> writeStatuses(
            Optional<Disposal> disposal, TriggerObserver ofTriggers, SourceObserver ofSources) {
        if (writer != null) {
            throw new IllegalStateException("statuses are written already");
        }
        Writes writes = new Writes(client);
        StatusWriter statuses = new StatusWriter(store, writes, ofTriggers, observing(ofSources));
        Binder workloads = new Binder(client, store::all, writes, Clock.systemUTC(), statuses::observed);
        binder = workloads;
        Finalizer ends = disposal.map(how -> new Finalizer(store::all, writes, how, Clock.systemUTC()))
                .orElse(null);
        store.observe(statuses::changed);
        Leadership election = election(Election.CONTROL, leads -> {
            statuses.lead(leads);
            workloads.lead(leads);
            if (ends != null) {
                ends.lead(leads);
            }
        });
        writer = statuses;
        finalizer = ends;
        leadership = election;
        election.start();
        return view -> {
            workloads.publish(view);
            statuses.publish(view);
            if (ends != null) {
                ends.publish(view);
            }
        };
    }

    /** Something else may be known of Triggers or sources. Of effect where statuses are written; for any thread, does not block. */
    public void observed() {
        StatusWriter statuses = writer;
        if (statuses != null) {
            statuses.observed();
        }
    }

    /**
     * Holds the deletion of sources up until what they have set up outside is taken down. For processes that run sources; to be
     * called before the store is started, once.
     *
     * @return takes what is published; for any thread
     */
    public Consumer<View> finalizeSources(Takedown takedown) {
        if (sourceFinalizer != null) {
            throw new IllegalStateException("sources are finalized already");
        }
        SourceFinalizer ends =
                new SourceFinalizer(store::all, new Writes(client, "sluice-sources"), takedown, Clock.systemUTC());
        sourceFinalizer = ends;
        return ends::publish;
    }

    private Leadership election(Election election, Consumer<Boolean> leads) {
        String namespace = client.getNamespace() == null ? "default" : client.getNamespace();
        return new Leadership(client, election, namespace, "sluice-" + UUID.randomUUID(), leads);
    }

    /**
     * Takes part in the election of the process that runs the sources of which there must be one. Once; of no effect when
     * this is closed already.
     *
     * @param leads told true and false in turns, on threads of the election; must not block
     */
    public synchronized void electForSources(Consumer<Boolean> leads) {
        if (sourcesLeadership != null) {
            throw new IllegalStateException("a candidate already");
        }
        if (watching) {
            sourcesLeadership = election(Election.SOURCES, leads);
            sourcesLeadership.start();
        }
    }

    /** Gives the lead to another process, if it has it, and closes all connections. Blocks for seconds at most. */
    @Override
    public void close() {
        stopWatching();
        client.close();
    }

    private void stopWatching() {
        store.close();
        Leadership ofSources;
        synchronized (this) {
            watching = false;
            ofSources = sourcesLeadership;
        }
        if (ofSources != null) {
            ofSources.close();
        }
        StatusWriter statuses = writer;
        if (statuses != null) {
            statuses.close();
        }
        if (finalizer != null) {
            finalizer.close();
        }
        Binder ofWorkloads = binder;
        if (ofWorkloads != null) {
            ofWorkloads.close();
        }
        if (sourceFinalizer != null) {
            sourceFinalizer.close();
        }
        if (leadership != null) {
            leadership.close();
        }
    }
}
