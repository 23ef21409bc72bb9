/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.meters.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The door for webhooks: an HTTP server that gives requests for {@code /namespace/name} to the webhook of that source, and
 * answers once the sink has the event that comes of it. One server per event loop, all on one port.
 *
 * <p>Before the first {@link #apply} every request is refused with 503, because a source that is not known yet is not one
 * that does not exist. Safe for any thread.
 */
public final class WebhookListener {

    private final Vertx vertx;
    private final ListenSettings settings;
    private final InstantSource clock;
    private final BodyBudget budget;
    /** Over all event loops. */
    private final AtomicInteger connections = new AtomicInteger();

    private final RequestMeters refusedWithoutSource;
    private final AtomicInteger port = new AtomicInteger();

    /** By path, in one immutable snapshot; null before the first one came. */
    private volatile @Nullable Map<String, Endpoint> endpoints;

    private volatile boolean stopping;
    private @Nullable Future<String> deployment;

    /** Opens nothing yet. The Vert.x instance and the registry stay the caller's. */
    public WebhookListener(Vertx vertx, ListenSettings settings, MeterRegistry registry, InstantSource clock) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.settings = requireNonNull(settings, "settings");
        this.clock = requireNonNull(clock, "clock");
        budget = new BodyBudget(settings.bodyBudgetBytes());
        // What can't be laid at a source's door is counted under empty names: those in a request may be anything.
        refusedWithoutSource =
                new RequestMeters(registry, Tags.of(Meters.NAMESPACE, "", Meters.SOURCE, "", Meters.KIND, ""));
    }

    /**
     * Opens the port, unless it is open. Of several calls each gets the same; after a failure it is tried anew.
     *
     * @return the port, which is the one of the settings unless that is 0
     */
    public synchronized Future<Integer> listen() {
        Future<String> deploying = deployment;
        if (deploying == null || deploying.failed()) {
            DeploymentOptions perEventLoop =
                    new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
            deploying = vertx.deployVerticle(() -> new WebhookServer(this, settings), perEventLoop);
            deployment = deploying;
        }
        return deploying.map(id -> port.get());
    }

    /** The port; empty while it is not open. */
    public synchronized Optional<Integer> port() {
        return deployment != null && deployment.succeeded() ? Optional.of(port.get()) : Optional.empty();
    }

    /** @param byPath every webhook there is, by {@code /namespace/name} */
    public void apply(Map<String, Endpoint> byPath) {
        endpoints = Map.copyOf(byPath);
    }

    /** Refuses every request from now on with 503. Those whose events are on their way are answered as ever. */
    public void stopAccepting() {
        stopping = true;
    }

    /** Stops accepting, answers what is in hand within the time that an answer may take, and closes the port. Idempotent. */
    public synchronized Future<Void> close() {
        stopAccepting();
        Future<String> deployed = deployment;
        if (deployed == null) {
            return Future.succeededFuture();
        }
        // A deployment that failed has nothing to close.
        return deployed.transform(
                result -> result.succeeded() && vertx.deploymentIDs().contains(result.result())
                        ? vertx.undeploy(result.result())
                        : Future.succeededFuture());
    }

    @Nullable
    Map<String, Endpoint> endpoints() {
        return endpoints;
    }

    boolean isStopping() {
        return stopping;
    }

    BodyBudget budget() {
        return budget;
    }

    AtomicInteger connections() {
        return connections;
    }

    RequestMeters refusedWithoutSource() {
        return refusedWithoutSource;
    }

    InstantSource clock() {
        return clock;
    }

    void listening(int onPort) {
        port.set(onPort);
    }
}
