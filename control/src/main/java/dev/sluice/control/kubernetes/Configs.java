/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ConfigMaps that Brokers name, the Secrets that those name, and the Secrets that sources name. Each is watched by its name: who lists the Secrets of
 * a cluster knows them all. For the store's thread.
 */
final class Configs implements AutoCloseable {

    /** The key under which Knative's Kafka broker names its Secret. */
    private static final String SECRET_KEY = "auth.secret.ref.name";

    private static final String SECRET = "Secret";

    private final KubernetesClient client;
    private final Consumer<Runnable> thread;
    private final Runnable changed;
    private final Map<ResourceKey, One> watched = new HashMap<>();
    private Set<ResourceKey> wanted = Set.of();
    /** Those of them that Brokers come with. */
    private Set<ResourceKey> needed = Set.of();

    /** One object, which may be there or not. */
    private final class One implements Watch.Observer<HasMetadata> {

        private @Nullable HasMetadata object;
        private final Watch<?> watch;

        One(ResourceKey key) {
            String namespace = key.name().namespace();
            String name = key.name().name();
            watch = key.kind().equals(SECRET)
                    ? new Watch<>(
                            key.toString(),
                            client.secrets()
                                    .inNamespace(namespace)
                                    .withName(name)
                                    .runnableInformer(0),
                            this,
                            thread)
                    : new Watch<>(
                            key.toString(),
                            client.configMaps()
                                    .inNamespace(namespace)
                                    .withName(name)
                                    .runnableInformer(0),
                            this,
                            thread);
        }

        @Override
        public void seen(HasMetadata seen) {
            HasMetadata before = object;
            object = seen;
            if (before == null
                    || !before.getMetadata()
                            .getResourceVersion()
                            .equals(seen.getMetadata().getResourceVersion())) {
                changed.run();
            }
        }

        @Override
        public void gone(HasMetadata last) {
            object = null;
            changed.run();
        }

        @Override
        public void changed() {
            changed.run();
        }
    }

    Configs(KubernetesClient client, Consumer<Runnable> thread, Runnable changed) {
        this.client = client;
        this.thread = thread;
        this.changed = changed;
    }

    /**
     * Begins to watch what is not watched yet.
     *
     * @param secrets beside those that the ConfigMaps name
     */
    void want(Set<ResourceName> configMaps, Set<ResourceName> secrets) {
        Set<ResourceKey> ofBrokers = new HashSet<>();
        for (ResourceName name : configMaps) {
            ResourceKey key = new ResourceKey("ConfigMap", name);
            ofBrokers.add(key);
            secretOf(watch(key)).ifPresent(secret -> {
                ofBrokers.add(secret);
                watch(secret);
            });
        }
        Set<ResourceKey> now = new HashSet<>(ofBrokers);
        for (ResourceName name : secrets) {
            ResourceKey key = new ResourceKey(SECRET, name);
            now.add(key);
            watch(key);
        }
        wanted = now;
        needed = ofBrokers;
    }

    private One watch(ResourceKey key) {
        One present = watched.get(key);
        if (present != null) {
            return present;
        }
        One one = new One(key);
        watched.put(key, one);
        one.watch.start();
        return one;
    }

    /** Whether that is so of all that Brokers come with. The Secrets of sources don't count: who names one waits for it alone. */
    boolean allSeen() {
        for (ResourceKey key : needed) {
            if (!isSeen(key)) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is known of a ConfigMap, and of the Secret that it names, what they hold or that they are not there. */
    boolean isSeen(ResourceName configMap) {
        ResourceKey key = new ResourceKey("ConfigMap", configMap);
        One one = watched.get(key);
        return isSeen(key) && (one == null || secretOf(one).map(this::isSeen).orElse(true));
    }

    private boolean isSeen(ResourceKey key) {
        One one = watched.get(key);
        return one != null && one.watch.state() != Watch.State.STARTING;
    }

    private static Optional<ResourceKey> secretOf(One one) {
        if (!(one.object instanceof ConfigMap map) || map.getData() == null) {
            return Optional.empty();
        }
        String secret = map.getData().get(SECRET_KEY);
        return secret == null || secret.isBlank()
                ? Optional.empty()
                : Optional.of(new ResourceKey(
                        SECRET, new ResourceName(map.getMetadata().getNamespace(), secret.strip())));
    }

    /** Why these Secrets can't be had, of those that can't. */
    Map<TargetKey, Target> missing(Set<ResourceName> secrets) {
        Map<TargetKey, Target> missing = new HashMap<>();
        for (ResourceName name : secrets) {
            One one = watched.get(new ResourceKey(SECRET, name));
            Watch.State state = one == null ? Watch.State.STARTING : one.watch.state();
            if (one == null || one.object == null) {
                missing.put(
                        TargetKey.secret(name),
                        switch (state) {
                            case STARTING -> new Target.Unseen();
                            case FORBIDDEN -> new Target.Forbidden();
                            case SEEN, UNKNOWN_KIND -> new Target.Absent();
                        });
            }
        }
        return missing;
    }

    /** Those that are there of what is wanted. */
    List<HasMetadata> all() {
        List<HasMetadata> all = new ArrayList<>();
        for (ResourceKey key : wanted) {
            One one = watched.get(key);
            if (one != null && one.object instanceof ConfigMap map) {
                all.add(map);
            } else if (one != null && one.object instanceof Secret secret) {
                all.add(secret);
            }
        }
        return all;
    }

    /** Ends the watches of what nobody names any more. */
    void sweep() {
        watched.entrySet().removeIf(entry -> {
            boolean unwanted = !wanted.contains(entry.getKey());
            if (unwanted) {
                entry.getValue().watch.close();
            }
            return unwanted;
        });
    }

    @Override
    public void close() {
        watched.values().forEach(one -> one.watch.close());
        watched.clear();
    }
}
