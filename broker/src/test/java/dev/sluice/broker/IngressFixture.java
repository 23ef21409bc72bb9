/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A listening ingress with a Broker default/default, and a Broker default/broken that is not ready. */
final class IngressFixture implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    /** For what is in hand when the ingress closes. */
    static final Duration GRACE = Duration.ofSeconds(5);

    static final ResourceName BROKER = new ResourceName("default", "default");

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final RecordingChannel channel = new RecordingChannel(BROKER);
    final Vertx vertx = Vertx.vertx();
    final Ingress ingress;
    final int port;
    private final HttpClient http1 =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    IngressFixture(IngressSettings settings) throws Exception {
        ingress = new Ingress(vertx, settings, registry, Clock.fixed(NOW, ZoneOffset.UTC));
        port = await(ingress.listen());
    }

    /** With limits that a test can wait for: 1000 bytes, and seconds. */
    static IngressSettings settings() {
        return settings(Duration.ofSeconds(20), Duration.ofSeconds(20));
    }

    static IngressSettings settings(Duration requestTimeout, Duration idleTimeout) {
        return settings(requestTimeout, idleTimeout, 10_000);
    }

    static IngressSettings settings(Duration requestTimeout, Duration idleTimeout, int maxConnections) {
        return new IngressSettings(
                "127.0.0.1", 0, 1_000, requestTimeout, idleTimeout, 8_192, 10_000, 255, maxConnections);
    }

    static IngressFixture open() throws Exception {
        return open(settings());
    }

    static IngressFixture open(IngressSettings settings) throws Exception {
        IngressFixture fixture = new IngressFixture(settings);
        fixture.applyBrokers();
        return fixture;
    }

    void applyBrokers() {
        BrokerRoute ready = route(BROKER, Optional.empty());
        BrokerRoute broken = route(new ResourceName("default", "broken"), Optional.of("its class is unknown"));
        ingress.apply(
                new RoutingTable(Map.of(ready.name(), ready, broken.name(), broken)),
                Map.<String, Channel>of(ready.uid(), channel, broken.uid(), channel));
    }

    static BrokerRoute route(ResourceName name, Optional<String> notReady) {
        String uid = name + "-uid";
        return new BrokerRoute(name, uid, new ChannelSpec("recording", name, uid, Map.of()), notReady, Map.of());
    }

    /** A request for the Broker default/default. */
    HttpRequest.Builder request() {
        return requestTo("/default/default");
    }

    HttpRequest.Builder requestTo(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(10));
    }

    /** A valid event, to be posted. */
    HttpRequest.Builder event() {
        return request()
                .header("ce-specversion", "1.0")
                .header("ce-id", "1")
                .header("ce-source", "/orders")
                .header("ce-type", "placed")
                .header("content-type", "text/plain")
                .POST(BodyPublishers.ofString("hello"));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http1.send(request.build(), BodyHandlers.ofString());
    }

    double accepted() {
        return registry.get("sluice.ingress.accepted")
                .tag("broker", "default")
                .counter()
                .count();
    }

    /** How often requests for a Broker were refused for a reason; an empty name for those that reached none. */
    double refused(String broker, String reason) {
        Counter counter = registry.find("sluice.ingress.refused")
                .tag("broker", broker)
                .tag("reason", reason)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    static <T> T await(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(ingress.close(IngressFixture.GRACE));
        await(vertx.close());
    }
}
