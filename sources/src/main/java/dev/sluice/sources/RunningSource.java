/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.Webhook;
import dev.sluice.sources.listen.Endpoint;
import dev.sluice.sources.listen.RequestMeters;
import dev.sluice.sources.send.SendMeters;
import dev.sluice.sources.send.SinkClients;
import dev.sluice.sources.send.SinkSender;
import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One source that runs: its adapter, and what that is given. A change of what the adapter is made of makes another one. */
final class RunningSource {

    private final InstantSource clock;
    private final SourceAdapter adapter;
    private final Host host;
    private final SendMeters meters;
    private final NoteMeters notes;
    private final @Nullable RequestMeters requests;
    private final @Nullable Webhook webhook;
    /** As they were reported last, by type. */
    private final Map<String, Reported> conditions = new ConcurrentHashMap<>();

    private @Nullable Future<Void> starting;
    private final SinkSender sender;
    private volatile SourceRoute route;

    /** @throws IllegalArgumentException if the adapter can't be made; the message says why */
    RunningSource(
            SourceRoute route,
            Vertx vertx,
            SinkClients clients,
            MeterRegistry registry,
            InstantSource clock,
            Optional<URI> webhookUrl,
            SourceMemory memory) {
        this.route = route;
        this.clock = clock;
        adapter = route.definition().adapter(new AdapterSetup(route.name().name(), route.secrets(), clock));
        meters = SendMeters.of(registry, route.name());
        notes = new NoteMeters(registry, SendMeters.tags(route.name()));
        webhook = adapter.webhook();
        requests = webhook == null ? null : new RequestMeters(registry, SendMeters.tags(route.name()));
        sender = new SinkSender(clients, route, meters);
        host = new Host(vertx, clients, webhook == null ? Optional.empty() : webhookUrl, memory);
    }

    private record Reported(SourceCondition condition, Instant since) {}

    /** What an adapter is given. */
    private final class Host implements AdapterHost {

        private final Vertx vertx;
        private final SinkClients clients;
        private final Optional<URI> webhookUrl;
        private final SourceMemory memory;

        Host(Vertx vertx, SinkClients clients, Optional<URI> webhookUrl, SourceMemory memory) {
            this.vertx = vertx;
            this.clients = clients;
            this.webhookUrl = webhookUrl;
            this.memory = memory;
        }

        @Override
        public Vertx vertx() {
            return vertx;
        }

        @Override
        public Future<Void> emit(CloudEvent event) {
            return sender.send(event);
        }

        @Override
        public Future<Void> emit(CloudEvent event, BooleanSupplier wanted) {
            return sender.send(event, wanted);
        }

        @Override
        public void report(SourceCondition condition) {
            RunningSource.this.report(condition);
        }

        @Override
        public Optional<URI> webhookUrl() {
            return webhookUrl;
        }

        @Override
        public Future<HttpClientRequest> request(RequestOptions options) {
            return clients.request(options);
        }

        @Override
        public Optional<String> kept() {
            return memory.of(route.uid());
        }

        @Override
        public void keep(String text) {
            memory.keep(route.uid(), text);
        }

        @Override
        public void note(String what) {
            notes.count(what);
        }
    }

    SourceRoute route() {
        return route;
    }

    /** Whether the other route can do with this adapter. */
    boolean fits(SourceRoute other) {
        return route.uid().equals(other.uid())
                && route.definition().equals(other.definition())
                && route.secrets().equals(other.secrets());
    }

    /** Goes on for a route that it fits, with another sink perhaps, which counts from the next attempt of every event on. */
    void turnTo(SourceRoute next) {
        sender.turnTo(next);
        route = next;
    }

    /** Null if it has no webhook. */
    @Nullable
    Endpoint endpoint() {
        return webhook == null || requests == null ? null : new Endpoint.Open(route.name(), webhook, sender, requests);
    }

    /** Once; the same future ever after. */
    Future<Void> start() {
        Future<Void> begun = starting;
        if (begun == null) {
            begun = adapter.start(host);
            starting = begun;
        }
        return begun;
    }

    /** Whether it will never run, and another has to be made. */
    boolean hasFailed() {
        return starting != null && starting.failed();
    }

    Future<Void> close() {
        return adapter.close();
    }

    /** For another of the same resource. */
    Future<Void> giveWay(SourceRoute next) {
        return adapter.giveWay(next.definition());
    }

    /** For good. */
    Future<Void> remove() {
        return adapter.remove();
    }

    void removeMeters(MeterRegistry registry) {
        meters.removeFrom(registry);
        notes.remove();
        if (requests != null) {
            requests.removeFrom(registry);
        }
    }

    private void report(SourceCondition condition) {
        conditions.compute(
                condition.type(),
                (type, before) -> new Reported(
                        condition,
                        before != null && before.condition().state() == condition.state()
                                ? before.since()
                                : clock.instant()));
    }

    /** What the adapter said last, and since when it stands so. */
    Map<SourceCondition, Instant> conditions() {
        Map<SourceCondition, Instant> reported = new HashMap<>();
        conditions.values().forEach(one -> reported.put(one.condition(), one.since()));
        return reported;
    }

    Optional<URI> webhookUrl() {
        return host.webhookUrl();
    }
}
