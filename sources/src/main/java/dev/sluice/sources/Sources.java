/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.sources.listen.Endpoint;
import dev.sluice.sources.listen.WebhookListener;
import dev.sluice.sources.send.SinkClients;
import dev.sluice.sources.send.SinkGuard;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the sources that are in force: makes their adapters, starts and stops them as the table changes, serves their
 * webhooks, and sends their events. A source that does not change goes on undisturbed whatever becomes of the others.
 *
 * <p>Adapters are started, turned and closed on one event loop. The public methods are for any thread.
 */
public final class Sources {

    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    /** For an adapter to start or to end: what takes longer goes on in the background, and is told in its conditions. */
    private static final long STEP_SECONDS = 5;

    private final Vertx vertx;
    private final MeterRegistry registry;
    private final InstantSource clock;
    private final Optional<URI> webhookUrl;
    private final SinkClients clients;
    private final WebhookListener listener;
    private final Context context;

    /** Changed on the context only. */
    private final Map<SourceName, RunningSource> running = new ConcurrentHashMap<>();

    /** Opens nothing yet. The Vert.x instance and the registry stay the caller's. */
    public Sources(Vertx vertx, SourcesSettings settings, SinkGuard guard, MeterRegistry registry) {
        this(vertx, settings, guard, registry, Clock.systemUTC());
    }

    Sources(Vertx vertx, SourcesSettings settings, SinkGuard guard, MeterRegistry registry, InstantSource clock) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.registry = requireNonNull(registry, "registry");
        this.clock = requireNonNull(clock, "clock");
        webhookUrl = settings.webhookUrl();
        clients = new SinkClients(vertx, settings.sink(), guard);
        listener = new WebhookListener(vertx, settings.listen(), registry, clock);
        context = vertx.getOrCreateContext();
    }

    /**
     * Opens the port for webhooks.
     *
     * @return the port, which is the one of the settings unless that is 0
     */
    public Future<Integer> listen() {
        return listener.listen();
    }

    /**
     * Puts a table in force: sources that are new are started, those that changed are started anew, those that are gone are
     * taken down. Not called again before the future of the last call has completed.
     *
     * @return the sources that do not run as the table says, with the reason; one that ran before runs on as it did
     */
    public Future<Map<SourceName, String>> apply(SourceTable table) {
        return onContext(() -> {
            Map<SourceName, String> failures = new ConcurrentHashMap<>();
            List<Future<Void>> steps = new ArrayList<>();
            List.copyOf(running.values()).forEach(one -> {
                SourceRoute next = table.source(one.route().name());
                if (next == null || !next.uid().equals(one.route().uid())) {
                    running.remove(one.route().name());
                    one.removeMeters(registry);
                    // What is there and can't run just now is not gone.
                    Future<Void> ending =
                            table.waiting().containsKey(one.route().name()) ? one.close() : one.remove();
                    steps.add(bounded(ending, one.route().name()));
                }
            });
            table.sources().values().forEach(route -> steps.add(turn(route, failures)));
            listener.apply(endpoints(table));
            return Future.join(steps).map(done -> failures);
        });
    }

    private Future<Void> turn(SourceRoute route, Map<SourceName, String> failures) {
        RunningSource before = running.get(route.name());
        if (before != null && before.fits(route) && !before.hasFailed()) {
            before.turnTo(route, clients);
            return started(before, failures);
        }
        RunningSource next;
        try {
            next = new RunningSource(route, vertx, clients, registry, clock, webhookUrl(route.name()));
        } catch (IllegalArgumentException e) {
            failures.put(route.name(), String.valueOf(e.getMessage()));
            return Future.succeededFuture();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("source", route.name()).log("an adapter can't be made");
            failures.put(route.name(), "its adapter can't be made because of a fault; see the log");
            return Future.succeededFuture();
        }
        running.put(route.name(), next);
        Future<Void> ended = before == null
                ? Future.succeededFuture()
                : bounded(before.close(), route.name());
        return ended.compose(gone -> started(next, failures));
    }

    private static Future<Void> started(RunningSource source, Map<SourceName, String> failures) {
        return source.start().timeout(STEP_SECONDS, TimeUnit.SECONDS).recover(failure -> {
            failures.put(source.route().name(), "it does not start: " + failure.getMessage());
            return Future.succeededFuture();
        });
    }

    private Optional<URI> webhookUrl(SourceName source) {
        return webhookUrl.map(base -> {
            String text = base.toString();
            return URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + path(source));
        });
    }

    private static String path(SourceName source) {
        return "/" + source.name();
    }

    private Map<String, Endpoint> endpoints(SourceTable table) {
        Map<String, Endpoint> endpoints = new HashMap<>();
        table.waiting().forEach((name, why) -> endpoints.put(path(name), new Endpoint.NotReady(name, why)));
        running.values().forEach(one -> {
            Endpoint endpoint = one.endpoint();
            if (endpoint != null) {
                endpoints.put(path(one.route().name()), endpoint);
            }
        });
        return endpoints;
    }

    /** What the source's adapter says of itself; empty if it does not run here. */
    public List<SourceCondition> conditions(SourceName name, String uid) {
        RunningSource one = running.get(name);
        return one == null || !one.route().uid().equals(uid) ? List.of() : one.conditions();
    }

    /** Refuses every request to a webhook from now on with 503. Those whose events are on their way are answered as ever. */
    public void stopAccepting() {
        listener.stopAccepting();
    }

    /** Ends all sources and closes the port; what they have set up outside stays. Bounded in time. Idempotent. */
    public Future<Void> close() {
        listener.stopAccepting();
        return onContext(() -> {
                    List<Future<Void>> ending = new ArrayList<>();
                    running.values()
                            .forEach(one -> ending.add(
                                    bounded(one.close(), one.route().name())));
                    running.clear();
                    ending.add(listener.close());
                    return Future.join(ending);
                })
                .eventually(clients::close)
                .mapEmpty();
    }

    /** Never fails: nobody is left who could do anything about it. */
    private static Future<Void> bounded(Future<Void> step, SourceName source) {
        return step.timeout(STEP_SECONDS, TimeUnit.SECONDS).recover(error -> {
            LOG.atWarn()
                    .addKeyValue("source", source)
                    .addKeyValue("error", error.getMessage())
                    .log("a source did not end in order");
            return Future.succeededFuture();
        });
    }

    private <T> Future<T> onContext(Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(here -> {
            try {
                action.get().onComplete(promise);
            } catch (RuntimeException e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
