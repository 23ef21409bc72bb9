/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.Target.Address;
import dev.sluice.control.store.Target.Readiness;
import dev.sluice.control.store.TargetKey;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the objects that references name: one watch for each kind among them, of which only what stands in the way of an
 * address is kept. A kind that the cluster does not have is asked for again now and then. For the store's thread.
 */
final class Lookups implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Lookups.class);

    /** How long a kind may be installed before it is noticed. */
    private static final long ASK_AGAIN_SECONDS = 10;

    /** Of a status. */
    private static final List<String> ASKED_FOR = List.of("address", "addresses", "conditions", "observedGeneration");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Target ABSENT = new Target.Absent();
    private static final Target UNSEEN = new Target.Unseen();
    private static final Target FORBIDDEN = new Target.Forbidden();
    private static final Target UNKNOWN_KIND = new Target.UnknownKind();

    private record KindKey(String apiVersion, String kind) {
        static KindKey of(TargetKey key) {
            return new KindKey(key.apiVersion(), key.kind());
        }
    }

    private final KubernetesClient client;
    private final Consumer<Runnable> thread;
    private final Runnable changed;
    /** Asks the API server for its kinds, which blocks. */
    private final ScheduledThreadPoolExecutor asking;

    private final Map<KindKey, Followed> followed = new HashMap<>();
    private Set<KindKey> wanted = Set.of();

    /** All objects of a kind, or that there is no such kind. */
    private final class Followed implements Watch.Observer<GenericKubernetesResource> {

        private final KindKey kind;
        private final Map<ResourceName, Target> objects = new HashMap<>();
        private @Nullable Watch<GenericKubernetesResource> watch;
        private boolean isUnknown;
        private boolean isForbidden;
        private boolean isClosed;

        Followed(KindKey kind) {
            this.kind = kind;
        }

        void begin() {
            try {
                asking.execute(this::ask);
            } catch (RejectedExecutionException e) {
                LOG.atDebug().log("closed; nothing more is looked up");
            }
        }

        private void ask() {
            Optional<ResourceDefinitionContext> definition;
            int failure = 0;
            try {
                definition = Discovery.find(client, kind.apiVersion(), kind.kind());
            } catch (KubernetesClientException e) {
                definition = Optional.empty();
                failure = e.getCode() == 0 ? -1 : e.getCode();
            } catch (RuntimeException e) {
                // An apiVersion that makes no path, for one: whatever it is, nobody may wait for it without being told.
                LOG.atWarn().setCause(e).addKeyValue("kind", kind).log("can't ask the API server for a kind");
                definition = Optional.empty();
                failure = 0;
            }
            boolean isAnswered = failure == 0;
            boolean isRefused = failure == HttpURLConnection.HTTP_FORBIDDEN;
            Optional<ResourceDefinitionContext> found = definition;
            thread.accept(() -> asked(found, isAnswered, isRefused));
        }

        private void asked(Optional<ResourceDefinitionContext> definition, boolean isAnswered, boolean isRefused) {
            if (isClosed) {
                return;
            }
            boolean wasUnknown = isUnknown;
            boolean wasForbidden = isForbidden;
            isForbidden = isRefused;
            isUnknown = isAnswered && definition.isEmpty();
            if (definition.isPresent()) {
                var informer = client.genericKubernetesResources(definition.get())
                        .inAnyNamespace()
                        .runnableInformer(0);
                watch = new Watch<>(
                        kind.kind() + " of " + kind.apiVersion(), informer, this, thread, Lookups::keepAddresses);
                watch.start();
            } else {
                try {
                    var unused = asking.schedule(this::ask, ASK_AGAIN_SECONDS, TimeUnit.SECONDS);
                } catch (RejectedExecutionException e) {
                    LOG.atDebug().log("closed; nothing more is looked up");
                }
            }
            if (isUnknown != wasUnknown || isForbidden != wasForbidden) {
                changed.run();
            }
        }

        @Override
        public void seen(GenericKubernetesResource object) {
            Target now = targetOf(object);
            if (!now.equals(objects.put(ResourceKey.nameOf(object), now))) {
                changed.run();
            }
        }

        @Override
        public void gone(GenericKubernetesResource object) {
            objects.remove(ResourceKey.nameOf(object));
            changed.run();
        }

        @Override
        public void changed() {
            changed.run();
        }

        Target target(ResourceName name) {
            if (isUnknown) {
                return UNKNOWN_KIND;
            }
            if (isForbidden) {
                return FORBIDDEN;
            }
            if (watch == null) {
                return UNSEEN;
            }
            return switch (watch.state()) {
                case STARTING -> UNSEEN;
                case FORBIDDEN -> FORBIDDEN;
                case UNKNOWN_KIND -> UNKNOWN_KIND;
                case SEEN -> objects.getOrDefault(name, ABSENT);
            };
        }

        boolean isSettled() {
            return isUnknown || isForbidden || (watch != null && watch.state() != Watch.State.STARTING);
        }

        void close() {
            isClosed = true;
            if (watch != null) {
                watch.close();
            }
        }
    }

    Lookups(KubernetesClient client, Consumer<Runnable> thread, Runnable changed) {
        this.client = client;
        this.thread = thread;
        this.changed = changed;
        asking = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, "sluice-kubernetes-kinds");
            created.setDaemon(true);
            return created;
        });
        asking.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Begins to follow what is not followed yet. */
    void want(Set<TargetKey> keys) {
        Set<KindKey> now = new HashSet<>();
        for (TargetKey key : keys) {
            now.add(KindKey.of(key));
        }
        for (KindKey kind : now) {
            if (!followed.containsKey(kind)) {
                Followed one = new Followed(kind);
                followed.put(kind, one);
                one.begin();
            }
        }
        wanted = now;
    }

    boolean allSeen() {
        for (KindKey kind : wanted) {
            Followed one = followed.get(kind);
            if (one == null || !one.isSettled()) {
                return false;
            }
        }
        return true;
    }

    /** What is known of these. */
    Map<TargetKey, Target> targets(Set<TargetKey> keys) {
        Map<TargetKey, Target> targets = new HashMap<>();
        for (TargetKey key : keys) {
            Followed one = followed.get(KindKey.of(key));
            targets.put(key, one == null ? UNSEEN : one.target(key.name()));
        }
        return targets;
    }

    /** Ends the watches of kinds that nobody refers to any more. */
    void sweep() {
        followed.entrySet().removeIf(entry -> {
            boolean unwanted = !wanted.contains(entry.getKey());
            if (unwanted) {
                entry.getValue().close();
            }
            return unwanted;
        });
    }

    @Override
    public void close() {
        asking.shutdownNow();
        followed.values().forEach(Followed::close);
        followed.clear();
    }

    /**
     * Takes out of an object everything but what {@link #targetOf} asks for: a cluster may have thousands of a kind, of which
     * a few are referred to. The properties are put in place at one stroke, since they may be read meanwhile.
     */
    static void keepAddresses(GenericKubernetesResource object) {
        Map<String, Object> kept = new HashMap<>();
        if (object.getAdditionalProperties().get("status") instanceof Map<?, ?> status) {
            for (String field : ASKED_FOR) {
                Object value = status.get(field);
                if (value != null) {
                    kept.put(field, value);
                }
            }
        }
        object.setAdditionalProperties(kept.isEmpty() ? Map.of() : Map.of("status", Map.copyOf(kept)));
        object.getMetadata().setLabels(null);
        object.getMetadata().setAnnotations(null);
    }

    static Target targetOf(GenericKubernetesResource object) {
        JsonNode status = JSON.valueToTree(object.getAdditionalProperties().get("status"));
        return targetOf(status, object.getMetadata().getGeneration());
    }

    /** @param generation null where the kind has none */
    static Target targetOf(JsonNode status, @Nullable Long generation) {
        List<Address> addresses = new ArrayList<>();
        for (JsonNode each : status.path("addresses")) {
            addresses.add(addressable(each));
        }
        if (addresses.isEmpty() && status.path("address").isObject()) {
            addresses.add(addressable(status.path("address")));
        }
        Optional<String> ready = Optional.empty();
        String reason = "";
        String message = "";
        for (JsonNode condition : status.path("conditions")) {
            if (condition.path("type").asText().equals("Ready")) {
                ready = Optional.of(condition.path("status").asText());
                reason = condition.path("reason").asText();
                message = condition.path("message").asText();
            }
        }
        boolean isCurrent = generation == null
                || !status.hasNonNull("observedGeneration")
                || status.path("observedGeneration").asLong() == generation;
        return new Target.Found(addresses, new Readiness(ready, reason, message, isCurrent));
    }

    private static Address addressable(JsonNode node) {
        return new Address(text(node, "name"), text(node, "url"), text(node, "CACerts"), text(node, "audience"));
    }

    private static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isTextual() && !value.textValue().isEmpty() ? value.textValue() : null;
    }
}
