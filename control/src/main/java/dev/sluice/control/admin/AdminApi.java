/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.SourceKinds;
import dev.sluice.control.resource.SourceStatus;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.resource.TriggerStatus;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.text.Nearest;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /api/v1/brokers}, {@code /triggers} (with {@code ?namespace=}), {@code
 * /{brokers,triggers}/{namespace}/{name}}, {@code /sources} and the same for each kind of them, and {@code /problems}, as JSON in the shape that Kubernetes gives these
 * resources. Shows no Secret. Whoever mounts it decides who may call it.
 */
public final class AdminApi implements Handler<HttpServerRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);
    private static final String PREFIX = "/api/v1/";

    private final Vertx vertx;
    private final Supplier<View> views;
    private final TriggerObserver observer;
    private final SourceObserver sourceObserver;

    /** Where no sources run. */
    public AdminApi(Vertx vertx, Supplier<View> views, TriggerObserver observer) {
        this(vertx, views, observer, SourceObserver.NONE);
    }

    /**
     * @param views what is shown, taken anew for each request; {@code controller::view}
     * @param observer what the status of a Trigger shows of its deliveries
     * @param sourceObserver what the status of a source shows of what it does
     */
    public AdminApi(Vertx vertx, Supplier<View> views, TriggerObserver observer, SourceObserver sourceObserver) {
        this.vertx = vertx;
        this.views = views;
        this.observer = observer;
        this.sourceObserver = sourceObserver;
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("allow", "GET");
            JsonAnswer.refuse(request, 405, "the method " + request.method() + " is not allowed here", "use GET");
            return;
        }
        String path = request.path() == null ? "" : request.path();
        String namespace = request.getParam("namespace");
        View view = views.get();
        // Writing some thousand resources takes longer than an event loop has.
        Future<Answer> made =
                vertx.executeBlocking(() -> answer(path, namespace == null ? "" : namespace, view), false);
        made.onComplete(result -> {
            if (result.succeeded()) {
                JsonAnswer.send(
                        request, result.result().status(), result.result().body());
            } else {
                LOG.atError().setCause(result.cause()).addKeyValue("path", path).log("an answer could not be written");
                JsonAnswer.refuse(request, 500, "the answer could not be written", "see the log");
            }
        });
    }

    private Answer answer(String path, String namespace, View view) {
        String rest = path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
        String[] parts = (rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest).split("/", -1);
        return switch (parts[0]) {
            case "brokers" ->
                resources(
                        "Broker",
                        parts,
                        namespace,
                        view.resources().brokers(),
                        view.statuses().brokers(),
                        (broker, status) -> status);
            case "triggers" ->
                resources(
                        "Trigger",
                        parts,
                        namespace,
                        view.resources().triggers(),
                        view.statuses().triggers(),
                        this::observed);
            case "sources" -> sources(parts, namespace, view);
            case "problems" ->
                parts.length == 1
                        ? new Answer(200, ResourceJson.problems(view.resources().problems()))
                        : unknown(path);
            default ->
                SourceKinds.ofPlural(parts[0])
                        .map(kind -> sourcesOf(kind.kind(), parts, namespace, view))
                        .orElseGet(() -> unknown(path));
        };
    }

    /** Of all kinds. */
    private Answer sources(String[] parts, String namespace, View view) {
        if (parts.length != 1) {
            return Answer.error(
                    404,
                    "a source has a kind too",
                    "use /api/v1/githubsources/NAMESPACE/NAME, and so on for other kinds");
        }
        List<ResourceJson.Shown> shown = new ArrayList<>();
        new TreeMap<>(view.resources().sources()).forEach((name, source) -> {
            if (namespace.isEmpty() || namespace.equals(name.name().namespace())) {
                shown.add(shown(source, view.statuses().sources().get(name), this::observed));
            }
        });
        return new Answer(200, ResourceJson.list(shown));
    }

    private Answer sourcesOf(String kind, String[] parts, String namespace, View view) {
        Map<ResourceName, Source> sources = new HashMap<>();
        Map<ResourceName, SourceStatus> statuses = new HashMap<>();
        view.resources().sources().forEach((name, source) -> {
            if (name.kind().equals(kind)) {
                sources.put(name.name(), source);
                SourceStatus status = view.statuses().sources().get(name);
                if (status != null) {
                    statuses.put(name.name(), status);
                }
            }
        });
        return resources(kind, parts, namespace, sources, statuses, this::observed);
    }

    private SourceStatus observed(Source source, SourceStatus status) {
        SourceName name = new SourceName(source.getKind(), ResourceKey.nameOf(source));
        return sourceObserver
                .observe(name)
                .map(observation -> observation.shownIn(status))
                .orElse(status);
    }

    private static Answer unknown(String path) {
        return Answer.error(
                404,
                "there is nothing at " + path,
                "use /api/v1/brokers, /api/v1/triggers, either with /NAMESPACE/NAME, /api/v1/sources, /api/v1/problems, or"
                        + " /api/v1/explain/NAMESPACE/BROKER");
    }

    private static <R extends HasMetadata, S> Answer resources(
            String kind,
            String[] parts,
            String namespace,
            Map<ResourceName, R> resources,
            Map<ResourceName, S> statuses,
            BiFunction<R, S, S> live) {
        if (parts.length == 1) {
            List<ResourceJson.Shown> shown = new ArrayList<>();
            new TreeMap<>(resources).forEach((name, resource) -> {
                if (namespace.isEmpty() || namespace.equals(name.namespace())) {
                    shown.add(shown(resource, statuses.get(name), live));
                }
            });
            return new Answer(200, ResourceJson.list(shown));
        }
        if (parts.length != 3) {
            return Answer.error(
                    404, "a " + kind + " has a namespace and a name", "use /api/v1/" + parts[0] + "/NAMESPACE/NAME");
        }
        ResourceName name = new ResourceName(parts[1], parts[2]);
        R resource = resources.get(name);
        if (resource == null) {
            List<String> names =
                    resources.keySet().stream().map(ResourceName::toString).toList();
            return Answer.error(
                    404,
                    kind + " " + name + " does not exist",
                    Nearest.suggestion(name.toString(), names).orElse("see /api/v1/" + parts[0] + " for what exists"));
        }
        return new Answer(200, ResourceJson.one(shown(resource, statuses.get(name), live)));
    }

    private static <R extends HasMetadata, S> ResourceJson.Shown shown(
            R resource, @Nullable S status, BiFunction<R, S, S> live) {
        return new ResourceJson.Shown(resource, status == null ? null : live.apply(resource, status));
    }

    private TriggerStatus observed(Trigger trigger, TriggerStatus status) {
        return observer.observe(trigger.getMetadata().getUid())
                .map(observation -> observation.shownIn(status))
                .orElse(status);
    }

    private record Answer(int status, Buffer body) {
        static Answer error(int status, String error, String remedy) {
            return new Answer(status, JsonAnswer.refusal(error, remedy));
        }
    }
}
