/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceCondition;
import io.cloudevents.CloudEvent;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watches of a source: one for each kind and namespace, whose changes go through one {@link Outbox}, and how far they
 * have got, which is kept now and then. On one context only.
 */
final class Watches {

    static final String DEPLOYED = "Deployed";

    private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

    private static final String PERMITTED = "SufficientPermissions";
    private static final String FORBIDDEN = "Forbidden";
    private static final String UNAVAILABLE = "ApiServerUnavailable";
    private static final String UNKNOWN_KIND = "UnknownKind";

    /** For information; {@code Ready} does not depend on it: what happens while the API server is away is told later. */
    private static final String WATCHING = "Watching";

    /** For information: without it the source works, and a process that takes it over begins anew. */
    private static final String POSITION_KEPT = "PositionKept";

    private static final long SAVE_MILLIS = 2_000;
    /** The API server forgets what happened after 5 minutes by default, whether it concerned anybody here or not. */
    private static final long SAVE_IDLE_MILLIS = 120_000;

    private static final long SAVE_AGAIN_MILLIS = 10_000;
    private static final long LOAD_AGAIN_MILLIS = 2_000;
    private static final long DISCOVER_AGAIN_MILLIS = 500;
    private static final int DOUBLINGS = 6;

    /** Together less than an adapter has to end. */
    private static final long CLOSE_SENDING_MILLIS = 2_500;

    private static final long CLOSE_SAVING_MILLIS = 1_500;

    private final ResourceName name;
    private final ApiServerDefinition definition;
    private final Context context;
    private final AdapterHost host;
    private final InstantSource clock;
    private final String address;
    private final KubeApi api;
    private final Positions positions;
    private final Outbox outbox;

    private final Map<String, Stream> streams = new HashMap<>();
    private final List<ServedKind> kinds = new ArrayList<>();
    /** Those that are not found out about yet, with what is wrong if something is. */
    private final Map<WatchedKind, Problem> undiscovered = new HashMap<>();
    /** Namespaces that are selected, with the version from which they are; empty: from before. */
    private final Map<String, String> selected = new HashMap<>();

    private final Map<String, SourceCondition> reported = new HashMap<>();
    private final Set<Long> timers = new HashSet<>();

    private @Nullable Stream namespaces;
    private Positions.Kept kept = Positions.Kept.NOTHING;
    /** Of what was kept that of which no watch has made use yet. */
    private final Map<String, String> resume = new HashMap<>();

    private Map<String, String> saved = Map.of();
    private Future<Void> saving = Future.succeededFuture();
    private long savedNanos = System.nanoTime();
    private long saveAgainNanos = savedNanos;
    private boolean news;
    /** Everything has been seen once; what comes to be watched later does not take that back. */
    private boolean begun;
    /** And where that was is kept, or it is said why not: whoever is Ready leaves nothing out, also if it is killed now. */
    private boolean deployed;

    private boolean over;

    private record Problem(String reason, String text) {
        static final Problem NONE = new Problem("", "");
    }

    Watches(
            ResourceName name,
            ApiServerDefinition definition,
            Context context,
            AdapterHost host,
            KubernetesClient client,
            InstantSource clock) {
        this.name = requireNonNull(name, "name");
        this.definition = requireNonNull(definition, "definition");
        this.context = requireNonNull(context, "context");
        this.host = requireNonNull(host, "host");
        this.clock = requireNonNull(clock, "clock");
        address = ClusterAccess.address(client.getMasterUrl().toString());
        api = new KubeApi(client.getHttpClient(), address, context, definition.user());
        String home = client.getNamespace() == null ? "default" : client.getNamespace();
        positions =
                new Positions(new KubeApi(client.getHttpClient(), address, context, ""), home, name, definition.uid());
        outbox = new Outbox(name, host, context);
    }

    private void later(long millis, Runnable action) {
        if (!over) {
            timers.add(context.owner().setTimer(millis, rang -> {
                timers.remove(rang);
                action.run();
            }));
        }
    }

    private static String why(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    // ---- beginning
    // ---------------------------------------------------------------------------------------------------

    void begin() {
        positions.load().onComplete(loaded -> {
            if (over) {
                return;
            }
            if (loaded.succeeded()) {
                begin(loaded.result());
            } else if (loaded.cause() instanceof RefusedException refused && refused.isForbidden()) {
                notKept(loaded.cause());
                begin(Positions.Kept.NOTHING);
            } else {
                report(SourceCondition.isFalse(
                        DEPLOYED,
                        UNAVAILABLE,
                        "the API server at " + address + " can't be asked: " + why(loaded.cause())));
                later(LOAD_AGAIN_MILLIS, this::begin);
            }
        });
    }

    private void begin(Positions.Kept from) {
        kept = from;
        saved = from.versions();
        resume.putAll(from.versions());
        definition.resources().forEach(kind -> {
            undiscovered.put(kind, Problem.NONE);
            discover(kind, 0);
        });
        Scope scope = definition.scope();
        if (!scope.isOwn() && !scope.isAll()) {
            WatchedKind kind = new WatchedKind("v1", "Namespace", scope.selector());
            ServedKind served = new ServedKind(kind, "namespaces", false);
            // The same kind may be watched for its own sake.
            namespaces = begin("selected " + served.key(""), served, "", null, NamespaceObserver::new, "");
        }
        later(SAVE_MILLIS, this::saveNowAndThen);
        reportState();
    }

    private void discover(WatchedKind kind, int failures) {
        api.read(kind.path(), KubeApi.JSON_TYPE).onComplete(read -> {
            if (over) {
                return;
            }
            Problem problem;
            if (read.succeeded()) {
                for (JsonNode each : read.result().path("resources")) {
                    String plural = each.path("name").asText();
                    // Others of the kind are subresources, such as deployments/scale.
                    if (each.path("kind").asText().equals(kind.kind()) && plural.indexOf('/') < 0) {
                        undiscovered.remove(kind);
                        discovered(new ServedKind(
                                kind, plural, each.path("namespaced").asBoolean()));
                        reportState();
                        return;
                    }
                }
                problem = new Problem(
                        UNKNOWN_KIND, "the API server has no kind " + kind.kind() + " in " + kind.apiVersion());
            } else if (read.cause() instanceof RefusedException refused && refused.isNotFound()) {
                problem = new Problem(UNKNOWN_KIND, "the API server has no " + kind.apiVersion());
            } else if (read.cause() instanceof RefusedException refused && refused.isForbidden()) {
                problem = new Problem(FORBIDDEN, why(read.cause()));
            } else {
                problem = new Problem(UNAVAILABLE, why(read.cause()));
            }
            undiscovered.put(kind, problem);
            reportState();
            later(DISCOVER_AGAIN_MILLIS << Math.min(failures, DOUBLINGS), () -> discover(kind, failures + 1));
        });
    }

    private void discovered(ServedKind kind) {
        kinds.add(kind);
        Scope scope = definition.scope();
        if (!kind.namespaced() || scope.isAll()) {
            watch(kind, "", "");
        } else if (scope.isOwn()) {
            watch(kind, name.namespace(), "");
        } else {
            selected.forEach((namespace, version) -> watch(kind, namespace, version));
        }
    }

    private void select(String namespace, String version) {
        if (selected.putIfAbsent(namespace, version) == null) {
            kinds.forEach(kind -> {
                if (kind.namespaced()) {
                    watch(kind, namespace, version);
                }
            });
        }
    }

    private void deselect(String namespace) {
        selected.remove(namespace);
        for (ServedKind kind : kinds) {
            Stream stream = streams.remove(kind.key(namespace));
            if (stream != null) {
                stream.watch().close();
            }
        }
        reportState();
    }

    private void watch(ServedKind kind, String namespace, String version) {
        EventMapping mapping = new EventMapping(definition.mode(), address, kind.kind(), kind.plural());
        String key = kind.key(namespace);
        streams.put(
                key,
                begin(
                        key,
                        kind,
                        namespace,
                        definition.mode() == Mode.RESOURCE ? mapping : null,
                        progress -> new ObjectObserver(progress, mapping),
                        version));
    }

    private Stream begin(
            String key,
            ServedKind kind,
            String namespace,
            @Nullable EventMapping whole,
            Function<Progress, ObjectWatch.Observer> observer,
            String version) {
        String before = resume.remove(key);
        String from = before == null ? version : before;
        Progress progress = new Progress(from);
        ObjectWatch watch = new ObjectWatch(
                api,
                context,
                name + ": " + key,
                kind.path(namespace),
                kind.kind().selector(),
                whole,
                from,
                kept.at(),
                observer.apply(progress));
        watch.start();
        return new Stream(watch, progress);
    }

    // ---- watching
    // ----------------------------------------------------------------------------------------------------

    private record Stream(ObjectWatch watch, Progress progress) {}

    /** Sends what it is told. What exists already it does not tell, as Knative's does not. */
    private final class ObjectObserver implements ObjectWatch.Observer {

        private final Progress progress;
        private final EventMapping mapping;

        ObjectObserver(Progress progress, EventMapping mapping) {
            this.progress = progress;
            this.mapping = mapping;
        }

        @Override
        public boolean cares(Identity object) {
            return !object.isPosition() && definition.owner().controls(object);
        }

        @Override
        public void present(Identity object) {
            LOG.atTrace()
                    .addKeyValue("source", name)
                    .addKeyValue("name", object.name())
                    .log("is there already");
        }

        @Override
        public void changed(Verb verb, Identity identity, byte[] object, String through) {
            CloudEvent event = mapping.event(verb, identity, object, clock.instant());
            if (definition.filter().matches(event)) {
                outbox.add(identity.key(), event, object.length, progress, through);
            } else if (!through.isEmpty()) {
                progress.pass(through);
            }
        }

        @Override
        public void passed(String version) {
            progress.pass(version);
        }

        @Override
        public boolean hasRoom() {
            return outbox.hasRoom();
        }

        @Override
        public Future<Void> room() {
            return outbox.room();
        }

        @Override
        public void stateChanged() {
            reportState();
        }
    }

    /** Follows which namespaces are selected. One that comes to be has everything told that comes to be in it. */
    private final class NamespaceObserver implements ObjectWatch.Observer {

        private final Progress progress;

        NamespaceObserver(Progress progress) {
            this.progress = progress;
        }

        @Override
        public boolean cares(Identity object) {
            return true;
        }

        @Override
        public void present(Identity object) {
            select(object.name(), "");
        }

        @Override
        public void changed(Verb verb, Identity identity, byte[] object, String through) {
            if (verb == Verb.DELETE) {
                deselect(identity.name());
            } else {
                select(identity.name(), verb == Verb.ADD ? identity.resourceVersion() : "");
            }
            if (!through.isEmpty()) {
                progress.pass(through);
            }
        }

        @Override
        public void passed(String version) {
            progress.pass(version);
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public Future<Void> room() {
            return Future.succeededFuture();
        }

        @Override
        public void stateChanged() {
            reportState();
        }
    }

    // ---- how it stands
    // -----------------------------------------------------------------------------------------------

    private void report(SourceCondition condition) {
        if (!condition.equals(reported.put(condition.type(), condition))) {
            host.report(condition);
        }
    }

    private void reportState() {
        if (over) {
            return;
        }
        String forbidden = "";
        Problem problem = Problem.NONE;
        boolean starting = false;
        String interrupted = "";
        for (Problem each : undiscovered.values()) {
            starting |= each.reason().isEmpty();
            if (each.reason().equals(FORBIDDEN)) {
                forbidden = each.text();
            } else if (!each.reason().isEmpty()) {
                problem = each;
            }
        }
        List<Stream> all = new ArrayList<>(streams.values());
        if (namespaces != null) {
            all.add(namespaces);
        }
        for (Stream stream : all) {
            ObjectWatch watch = stream.watch();
            switch (watch.state()) {
                case STARTING -> starting = true;
                case FORBIDDEN -> forbidden = watch.message();
                case UNKNOWN -> problem = new Problem(UNKNOWN_KIND, watch.message());
                case AWAY -> {
                    if (watch.hasSeen()) {
                        interrupted = watch.message();
                    } else {
                        problem = new Problem(UNAVAILABLE, watch.message());
                    }
                }
                case WATCHING -> starting |= !watch.hasSeen();
            }
        }
        if (problem.reason().isEmpty() && !starting && !begun) {
            begun = true;
            keepWhereItBegins();
        }
        report(
                !problem.reason().isEmpty()
                        ? SourceCondition.isFalse(DEPLOYED, problem.reason(), problem.text())
                        : !deployed
                                ? SourceCondition.unknown(
                                        DEPLOYED,
                                        "Starting",
                                        begun
                                                ? "it is about to keep from where on it tells"
                                                : "it has not seen yet what there is to be watched")
                                : SourceCondition.isTrue(DEPLOYED));
        report(
                forbidden.isEmpty()
                        ? SourceCondition.isTrue(PERMITTED)
                        : SourceCondition.isFalse(
                                PERMITTED, FORBIDDEN, forbidden + "; grant get, list and watch of what is watched"));
        report(
                interrupted.isEmpty()
                        ? SourceCondition.isTrue(WATCHING)
                        : SourceCondition.isFalse(WATCHING, UNAVAILABLE, "what happens is told later: " + interrupted));
    }

    // ---- how far it is
    // -----------------------------------------------------------------------------------------------

    private Map<String, String> versions() {
        // What of the kept could not be taken up yet is worth keeping.
        Map<String, String> versions = new HashMap<>(undiscovered.isEmpty() && areNamespacesSeen() ? Map.of() : resume);
        streams.forEach((key, stream) -> put(versions, key, stream));
        if (namespaces != null) {
            put(versions, "selected v1 Namespace where " + definition.scope().selector(), namespaces);
        }
        return versions;
    }

    private boolean areNamespacesSeen() {
        return namespaces == null || namespaces.watch().hasSeen();
    }

    private static void put(Map<String, String> versions, String key, Stream stream) {
        String version = stream.progress().version();
        if (!version.isEmpty()) {
            versions.put(key, version);
        }
    }

    private void saveNowAndThen() {
        later(SAVE_MILLIS, this::saveNowAndThen);
        for (Stream stream : streams.values()) {
            news |= stream.progress().hasNews();
        }
        long now = System.nanoTime();
        boolean due = news || now - savedNanos > TimeUnit.MILLISECONDS.toNanos(SAVE_IDLE_MILLIS);
        if (due && saving.isComplete() && now - saveAgainNanos >= 0) {
            saving = save();
        }
    }

    private void keepWhereItBegins() {
        saving = saving.compose(before -> save());
        saving.onComplete(kept -> {
            deployed = true;
            reportState();
        });
    }

    /** Never fails. */
    private Future<Void> save() {
        Map<String, String> versions = versions();
        news = false;
        savedNanos = System.nanoTime();
        if (versions.equals(saved)) {
            return Future.succeededFuture();
        }
        return positions
                .save(new Positions.Kept(clock.instant(), versions))
                .onSuccess(done -> {
                    saved = versions;
                    report(SourceCondition.isTrue(POSITION_KEPT));
                })
                .recover(cause -> {
                    news = true;
                    saveAgainNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SAVE_AGAIN_MILLIS);
                    notKept(cause);
                    return Future.succeededFuture();
                });
    }

    private void notKept(Throwable cause) {
        boolean forbidden = cause instanceof RefusedException refused && refused.isForbidden();
        SourceCondition condition = SourceCondition.isFalse(
                POSITION_KEPT,
                forbidden ? FORBIDDEN : UNAVAILABLE,
                "how far it is can't be kept in the " + positions + ", so that a restart may leave something out: "
                        + why(cause));
        if (!condition.equals(reported.get(POSITION_KEPT))) {
            LOG.atWarn()
                    .addKeyValue("source", name)
                    .addKeyValue("error", why(cause))
                    .log("the position of a source can't be kept");
        }
        report(condition);
    }

    // ---- the end
    // -----------------------------------------------------------------------------------------------------

    /**
     * Ends within {@link #CLOSE_SENDING_MILLIS} and {@link #CLOSE_SAVING_MILLIS}.
     *
     * @param forGood the source is gone, and so is its position
     */
    Future<Void> end(boolean forGood) {
        over = true;
        timers.forEach(timer -> context.owner().cancelTimer(timer));
        streams.values().forEach(stream -> stream.watch().close());
        if (namespaces != null) {
            namespaces.watch().close();
        }
        return outbox.close()
                .timeout(CLOSE_SENDING_MILLIS, TimeUnit.MILLISECONDS)
                .otherwiseEmpty()
                .compose(sent -> saving.compose(before -> forGood ? positions.delete() : save())
                        .timeout(CLOSE_SAVING_MILLIS, TimeUnit.MILLISECONDS))
                .recover(cause -> {
                    LOG.atWarn()
                            .addKeyValue("source", name)
                            .addKeyValue("error", why(cause))
                            .log(
                                    forGood
                                            ? "the position of a source that is gone could not be deleted"
                                            : "the position of a source could not be kept at its end");
                    return Future.succeededFuture();
                });
    }
}
