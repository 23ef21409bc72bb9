/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows workloads, by kind and namespace: who opens one namespace to Sluice need not open any other. Also the labels of
 * namespaces. All calls, and all that is told, on one thread.
 */
final class Workloads implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Workloads.class);

    /** How long a kind may be installed before it is noticed. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    /** Where there was no answer. */
    private static final Duration ASK_SOON = Duration.ofSeconds(1);

    private final KubernetesClient client;
    /** The one thread; a request to the API server for its kinds blocks it, ten seconds at most. */
    private final ScheduledExecutorService thread;

    private final Consumer<Runnable> post;
    private final Runnable changed;
    private final Map<WorkloadSet, Followed> followed = new HashMap<>();
    private final Map<String, Map<String, String>> labels = new HashMap<>();
    private @Nullable Watch<Namespace> namespaces;

    /** What is known of a set of workloads. */
    record Sight(Watch.State state, Collection<Workload> workloads) {

        static final Sight NOTHING = new Sight(Watch.State.STARTING, List.of());

        Sight {
            requireNonNull(state, "state");
            workloads = List.copyOf(workloads);
        }
    }

    /**
     * @param thread on which kinds are asked for again
     * @param post runs tasks on that thread
     * @param changed told when something is to be seen that was not
     */
    Workloads(KubernetesClient client, ScheduledExecutorService thread, Consumer<Runnable> post, Runnable changed) {
        this.client = client;
        this.thread = thread;
        this.post = post;
        this.changed = changed;
    }

    private final class Followed implements Watch.Observer<GenericKubernetesResource> {

        private final WorkloadSet set;
        private final Map<String, Workload> byName = new HashMap<>();
        private @Nullable ResourceDefinitionContext definition;
        private @Nullable Watch<GenericKubernetesResource> watch;
        private boolean isUnknown;
        private boolean isClosed;

        Followed(WorkloadSet set) {
            this.set = set;
        }

        void ask() {
            if (isClosed) {
                return;
            }
            Optional<ResourceDefinitionContext> found;
            try {
                found = Discovery.find(client, set.apiVersion(), set.kind());
            } catch (RuntimeException e) {
                // Whatever it is: a kind that is never asked for again would never be bound.
                LOG.atWarn()
                        .addKeyValue("kind", set.kind())
                        .addKeyValue("error", e.getMessage())
                        .log("the API server can't be asked for a kind of workloads; trying again");
                later(ASK_SOON);
                return;
            }
            isUnknown = found.isEmpty();
            if (found.isEmpty()) {
                later(ASK_AGAIN);
            } else {
                definition = found.get();
                watch = new Watch<>(
                        set.toString(),
                        client.genericKubernetesResources(found.get())
                                .inNamespace(set.namespace())
                                .runnableInformer(0),
                        this,
                        post);
                watch.start();
            }
            changed.run();
        }

        private void later(Duration wait) {
            try {
                var unused = thread.schedule(() -> post.accept(this::ask), wait.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.atDebug().log("closed; no more kinds are asked for");
            }
        }

        @Override
        public void seen(GenericKubernetesResource object) {
            take(object);
        }

        void take(GenericKubernetesResource object) {
            String name = object.getMetadata().getName();
            Workload before = byName.get(name);
            Workload now = Workload.of(set, object);
            // What was written is known before the watch comes to it, and to what was there before.
            if (before == null || !before.uid().equals(now.uid()) || now.isNewerThan(before)) {
                byName.put(name, now);
                changed.run();
            }
        }

        @Override
        public void gone(GenericKubernetesResource object) {
            Workload before = byName.get(object.getMetadata().getName());
            // The end of one that was replaced may be told after the beginning of the other.
            if (before != null && before.uid().equals(object.getMetadata().getUid())) {
                byName.remove(before.name());
                changed.run();
            }
        }

        @Override
        public void changed() {
            changed.run();
        }

        Sight sight() {
            if (isUnknown) {
                return new Sight(Watch.State.UNKNOWN_KIND, List.of());
            }
            return watch == null ? Sight.NOTHING : new Sight(watch.state(), byName.values());
        }

        void close() {
            isClosed = true;
            if (watch != null) {
                watch.close();
            }
        }
    }

    private final class Labels implements Watch.Observer<Namespace> {

        @Override
        public void seen(Namespace object) {
            Map<String, String> now = object.getMetadata().getLabels();
            Map<String, String> next = now == null ? Map.of() : Map.copyOf(now);
            if (!next.equals(labels.put(object.getMetadata().getName(), next))) {
                changed.run();
            }
        }

        @Override
        public void gone(Namespace object) {
            labels.remove(object.getMetadata().getName());
        }

        @Override
        public void changed() {
            changed.run();
        }
    }

    /** Follows these, and no others any more. */
    void want(Set<WorkloadSet> sets) {
        followed.entrySet().removeIf(entry -> {
            boolean unwanted = !sets.contains(entry.getKey());
            if (unwanted) {
                entry.getValue().close();
            }
            return unwanted;
        });
        for (WorkloadSet set : sets) {
            if (!followed.containsKey(set)) {
                Followed one = new Followed(set);
                followed.put(set, one);
                one.ask();
            }
        }
        if (!sets.isEmpty() && namespaces == null) {
            namespaces = new Watch<>("namespaces", client.namespaces().runnableInformer(0), new Labels(), post);
            namespaces.start();
        }
    }

    Sight sight(WorkloadSet set) {
        Followed one = followed.get(set);
        return one == null ? Sight.NOTHING : one.sight();
    }

    /** Whether the labels of namespaces are known, or are not to be had. */
    Watch.State namespaces() {
        return namespaces == null ? Watch.State.STARTING : namespaces.state();
    }

    Map<String, String> labelsOf(String namespace) {
        return labels.getOrDefault(namespace, Map.of());
    }

    /** How requests name the kind of a set that is followed; empty while that is not known. */
    Optional<ResourceDefinitionContext> definition(WorkloadSet set) {
        Followed one = followed.get(set);
        return one == null ? Optional.empty() : Optional.ofNullable(one.definition);
    }

    /** Takes over what the API server answered to a write, which the watch shows a little later. */
    void written(WorkloadSet set, GenericKubernetesResource object) {
        Followed one = followed.get(set);
        if (one != null) {
            one.take(object);
        }
    }

    @Override
    public void close() {
        List.copyOf(new ArrayList<>(followed.values())).forEach(Followed::close);
        followed.clear();
        if (namespaces != null) {
            namespaces.close();
        }
    }
}
