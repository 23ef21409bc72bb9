/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.store.References;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import dev.sluice.control.store.Targets;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Resources from the API server of a Kubernetes cluster, watched; with them what they refer to: ConfigMaps, Secrets, and
 * whatever a destination names.
 *
 * <p>The first snapshot waits until everything has been seen once that it is made of, so that nothing looks deleted that
 * only was not listed yet. While the API server is away the last snapshot stays.
 *
 * <p>Everything, the listener's calls included, happens on one thread of the store's own; {@link #current} is for any.
 */
public final class KubernetesStore implements ResourceStore {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesStore.class);

    /** What changes together, such as a file that was applied, is taken together. */
    private static final Duration GATHERING = Duration.ofMillis(15);

    /** For what nobody refers to any more: an edit and its revision need no new list. */
    private static final Duration SWEEP = Duration.ofMinutes(2);

    /** How long the first snapshot waits for the objects that resources refer to. */
    private static final Duration LOOKUP_PATIENCE = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofSeconds(5);

    private final KubernetesClient client;
    private final KubernetesSettings settings;
    private final ScheduledThreadPoolExecutor thread;
    /** Changed by the store's thread, read by any. */
    private final Map<ResourceKey, Reading> readings = new ConcurrentHashMap<>();

    private @Nullable Consumer<Resources> listener;
    private volatile Consumer<ResourceKey> observer = key -> {};

    // All below belongs to the store's thread.
    private final Map<WatchedKind, Watch<GenericKubernetesResource>> kinds = new LinkedHashMap<>();
    private final Configs configs;
    private final Lookups lookups;
    /** The kinds of sources. */
    private final InstalledKinds sources;
    /** UIDs of what was in the last snapshot. */
    private final Set<String> published = new HashSet<>();

    private final ApiAnswers answers;
    /** Whether what was published last was known to be what is there. */
    private boolean current = true;

    private boolean publishing;
    private boolean synced;
    /** When it was first waited for what others refer to; 0 before. */
    private long lookupsAsked;

    private Set<Problem> reported = Set.of();

    /** @param client stays the caller's, to be closed after this */
    public KubernetesStore(KubernetesClient client, KubernetesSettings settings) {
        this.client = requireNonNull(client, "client");
        this.settings = requireNonNull(settings, "settings");
        thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread created = new Thread(runnable, "sluice-kubernetes");
            created.setDaemon(true);
            return created;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        configs = new Configs(client, this::post, this::publishSoon);
        lookups = new Lookups(client, this::post, this::publishSoon);
        sources = new InstalledKinds(client, this::post, this::sourceWatch, this::publishSoon);
        answers = new ApiAnswers(this::askForOneTrigger, System::nanoTime);
    }

    /**
     * Has changes of objects told, those too that make no new snapshot: somebody else wrote a status. Called on the store's
     * thread. To be set before the start.
     */
    void observe(Consumer<ResourceKey> changes) {
        observer = changes;
    }

    /** What the API server showed of an object last. */
    Optional<Reading> current(ResourceKey key) {
        return Optional.ofNullable(readings.get(key));
    }

    /** All objects that are there, also those that are being deleted. */
    List<Reading> all() {
        return List.copyOf(readings.values());
    }

    @Override
    public void start(Consumer<Resources> resources) {
        if (listener != null) {
            throw new IllegalStateException("the store has been started");
        }
        listener = resources;
        post(() -> {
            for (WatchedKind kind : WatchedKind.NEEDED) {
                Reader reader = new Reader(kind, "nothing is served");
                kinds.put(kind, reader.watch);
                reader.watch.start();
            }
            sources.start(settings.sourceKinds().stream().map(WatchedKind::of).toList());
        });
        answers.start();
        var unusedLook = thread.scheduleWithFixedDelay(
                () -> guarded(this::lookWhetherCurrent), LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        var unused = thread.scheduleWithFixedDelay(
                () -> guarded(this::sweep), SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        answers.close();
        post(() -> {
            kinds.values().forEach(Watch::close);
            sources.close();
            configs.close();
            lookups.close();
        });
        thread.shutdown();
        try {
            if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.atWarn().log("the watches of the Kubernetes API do not end; going on without");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void post(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("closed; nothing more is observed");
        }
    }

    /** An executor would keep to itself what is thrown here. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.atError().setCause(e).log("an observation of the Kubernetes API could not be taken");
        }
    }

    private final class Reader implements Watch.Observer<GenericKubernetesResource> {

        private final WatchedKind kind;
        private final String without;
        private final Watch<GenericKubernetesResource> watch;

        /** @param without what comes of it that the kind can't be watched */
        Reader(WatchedKind kind, String without) {
            this.kind = kind;
            this.without = without;
            watch = new Watch<>(
                    kind.plural() + "." + kind.group(),
                    client.genericKubernetesResources(kind.definition())
                            .inAnyNamespace()
                            .runnableInformer(0),
                    this,
                    KubernetesStore.this::post);
        }

        @Override
        public void seen(GenericKubernetesResource object) {
            ResourceKey key = new ResourceKey(kind.kind(), ResourceKey.nameOf(object));
            Reading before = readings.get(key);
            if (before != null
                    && before.resourceVersion().equals(object.getMetadata().getResourceVersion())) {
                return;
            }
            Reading now = Reading.of(kind, object, before, settings.defaultBrokerClass());
            readings.put(key, now);
            if (before == null || !before.content().equals(now.content())) {
                publishSoon();
            } else if (now.isForeign() && !before.status().equals(now.status())) {
                publishSoon(); // Its address may be what something of ours refers to.
            }
            observer.accept(key);
        }

        @Override
        public void gone(GenericKubernetesResource object) {
            ResourceKey key = new ResourceKey(kind.kind(), ResourceKey.nameOf(object));
            Reading before = readings.get(key);
            // The end of one that was replaced may be told after the beginning of the other.
            if (before != null
                    && before.content().uid().equals(object.getMetadata().getUid())) {
                readings.remove(key);
                publishSoon();
                observer.accept(key);
            }
        }

        @Override
        public void changed() {
            if (watch.state() != Watch.State.SEEN) {
                LOG.atError()
                        .addKeyValue("kind", kind.kind())
                        .addKeyValue("effect", without)
                        .log(
                                watch.state() == Watch.State.FORBIDDEN
                                        ? "may not be listed and watched by the service account"
                                        : "is not known to the API server; its CRD is not installed");
            }
            publishSoon();
        }
    }

    private Watch<GenericKubernetesResource> sourceWatch(WatchedKind kind) {
        return new Reader(kind, "its sources are not served").watch;
    }

    private void publishSoon() {
        if (!publishing && !thread.isShutdown()) {
            publishing = true;
            var unused = thread.schedule(
                    () -> {
                        publishing = false;
                        guarded(this::publish);
                    },
                    GATHERING.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void publish() {
        for (Watch<GenericKubernetesResource> watch : kinds.values()) {
            if (watch.state() != Watch.State.SEEN) {
                return;
            }
        }
        Set<ResourceName> secrets = wantedSecrets();
        configs.want(wantedConfigs(), secrets);
        Snapshot snapshot = new Snapshot();
        readings.values().forEach(snapshot::add);
        lookups.want(snapshot.wanted);
        // Later on, what is new is waited for by those alone who refer to it.
        Map<TargetKey, Target> missingSecrets = configs.missing(secrets);
        if (!synced && !(configs.allSeen() && (isAllSeen(missingSecrets) || isPastPatience()))) {
            return;
        }
        synced = true;
        published.clear();
        snapshot.inForce.forEach(
                resource -> published.add(resource.getMetadata().getUid()));
        snapshot.inForce.addAll(configs.all());
        report(snapshot.problems);
        Map<TargetKey, Target> targets = lookups.targets(snapshot.wanted);
        targets.putAll(missingSecrets);
        requireNonNull(listener, "listener")
                .accept(Resources.of(
                        snapshot.inForce,
                        snapshot.problems,
                        snapshot.awaited,
                        snapshot.rejected,
                        new Targets(settings.clusterDomain(), targets),
                        current));
    }

    /** Whether it is known of everything that resources refer to what it is, or that it can't be had. */
    private boolean isAllSeen(Map<TargetKey, Target> missingSecrets) {
        return lookups.allSeen()
                && sources.allSettled()
                && missingSecrets.values().stream().noneMatch(Target.Unseen.class::isInstance);
    }

    /** Of Triggers, since it is those that must not be taken for deleted. */
    private void askForOneTrigger() {
        client.genericKubernetesResources(WatchedKind.TRIGGER.definition())
                .inAnyNamespace()
                .list(new ListOptionsBuilder().withLimit(1L).build());
    }

    private void lookWhetherCurrent() {
        boolean now = answers.areRecent() && kinds.values().stream().allMatch(Watch::isWatching);
        if (synced && now != current) {
            current = now;
            LOG.atLevel(now ? Level.INFO : Level.WARN)
                    .log(
                            now
                                    ? "the Kubernetes API answers again"
                                    : "the Kubernetes API does not answer; what is known stays in force, and nothing counts as deleted");
            publishSoon();
        }
    }

    /**
     * One kind that can't be listed must not keep all else from being served. What refers to it waits, and says for what.
     */
    private boolean isPastPatience() {
        if (lookupsAsked == 0) {
            lookupsAsked = System.nanoTime();
            var unused =
                    thread.schedule(() -> guarded(this::publish), LOOKUP_PATIENCE.toNanos() + 1, TimeUnit.NANOSECONDS);
        }
        return System.nanoTime() - lookupsAsked > LOOKUP_PATIENCE.toNanos();
    }

    /** Those too of Brokers that are being deleted: whoever removes what a channel keeps has to know where that is. */
    private Set<ResourceName> wantedConfigs() {
        Set<ResourceName> wanted = new HashSet<>();
        for (Reading reading : readings.values()) {
            config(reading).ifPresent(wanted::add);
        }
        return wanted;
    }

    /** Those too of sources that are being deleted: whoever takes down what they have set up has to get in there. */
    private Set<ResourceName> wantedSecrets() {
        Set<ResourceName> wanted = new HashSet<>();
        for (Reading reading : readings.values()) {
            if (reading.inForce().orElse(null) instanceof Source source
                    && (!reading.content().isDeleting() || reading.isHeldBy(SourceFinalizer.NAME))) {
                wanted.addAll(References.secrets(source));
            }
        }
        return wanted;
    }

    private static Optional<ResourceName> config(Reading reading) {
        return !reading.isForeign() && reading.inForce().orElse(null) instanceof Broker broker
                ? References.config(broker)
                : Optional.empty();
    }

    /** What is published, as it is put together. */
    private final class Snapshot {

        private final List<HasMetadata> inForce = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();
        private final Map<ResourceKey, Rejected> rejected = new HashMap<>();
        private final Set<String> awaited = new HashSet<>();
        private final Set<TargetKey> wanted = new HashSet<>();

        void add(Reading reading) {
            boolean isTrigger = reading.key().kind().equals(WatchedKind.TRIGGER.kind());
            if (reading.content().isDeleting() || (isTrigger && isOthers(reading))) {
                return;
            }
            if (isTrigger ? waitsForBroker(reading) : waitsForConfig(reading)) {
                awaited.add(reading.content().uid());
                return;
            }
            problems.addAll(reading.problems());
            reading.rejected().ifPresent(why -> rejected.put(reading.key(), why));
            if (reading.inForce().isEmpty()) {
                awaited.add(reading.content().uid());
                return;
            }
            HasMetadata resource = reading.inForce().get();
            inForce.add(resource);
            if (!reading.isForeign()) {
                wanted.addAll(References.of(resource));
            }
        }
    }

    /**
     * A new Broker comes with its configuration, and not before: it would begin on another channel. One that is published
     * stays, whatever becomes of that.
     */
    private boolean waitsForConfig(Reading reading) {
        return !published.contains(reading.content().uid())
                && config(reading).map(name -> !configs.isSeen(name)).orElse(false);
    }

    private boolean waitsForBroker(Reading reading) {
        Reading broker = brokerOf(reading);
        return !published.contains(reading.content().uid())
                && broker != null
                && !broker.content().isDeleting()
                && waitsForConfig(broker);
    }

    /**
     * A Trigger that is not ours: its Broker is of another class. One of no Broker is told so where Brokers are ours by
     * default, or where it was ours before.
     */
    private boolean isOthers(Reading trigger) {
        Reading broker = brokerOf(trigger);
        if (broker != null) {
            return broker.isForeign();
        }
        return !settings.defaultBrokerClass().equals(Annotations.OUR_BROKER_CLASS)
                && trigger.content().stored() == null;
    }

    private @Nullable Reading brokerOf(Reading reading) {
        Optional<ResourceName> broker = reading.inForce().orElse(null) instanceof Trigger trigger
                ? Optional.of(new ResourceName(
                        reading.key().name().namespace(), trigger.getSpec().brokerName()))
                : reading.rejected().flatMap(Rejected::broker);
        return broker.map(name -> readings.get(new ResourceKey(WatchedKind.BROKER.kind(), name)))
                .orElse(null);
    }

    private void report(List<Problem> problems) {
        Set<Problem> all = new HashSet<>(problems);
        for (Problem problem : problems) {
            if (!reported.contains(problem)) {
                LOG.atLevel(problem.severity() == Severity.WARNING ? Level.WARN : Level.ERROR)
                        .log(problem.toString());
            }
        }
        reported = all;
    }

    private void sweep() {
        configs.sweep();
        lookups.sweep();
    }
}
