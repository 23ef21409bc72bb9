/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.reconcile.Statuses;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With an API server that takes whatever is written, and writes it down. */
final class FinalizerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant DELETED = Instant.parse("2026-01-01T00:00:00Z");

    /** Of a Broker whose deletion somebody has asked for, and two hold up. */
    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata:
              namespace: shop
              name: default
              uid: b-1
              generation: 1
              resourceVersion: "1"
              deletionTimestamp: "%s"
              finalizers: [example.com/other, brokers.sluice.dev/channel]
            status:
              conditions: [{type: Ready, status: "%s", reason: "%s", lastTransitionTime: "%s"}]
            """;

    private static final View NOTHING_IN_FORCE =
            new View(Resources.none(), Statuses.none(), RoutingTable.empty(), Map.of());

    /** What was asked of the API server: method, path and body. */
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private final AtomicInteger disposals = new AtomicInteger();
    private volatile Future<Void> disposed = Future.succeededFuture();
    private volatile Instant now = DELETED.plusSeconds(1);
    private volatile List<Reading> present = List.of(broker("True", ""));
    private HttpServer apiServer;
    private KubernetesClient client;
    private Finalizer finalizer;

    @BeforeEach
    void begin() throws IOException {
        apiServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        apiServer.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String path = exchange.getRequestURI().getPath();
            if (path.endsWith("/status")) {
                // As a watch would show it.
                present = List.of(broker("False", "ChannelNotRemoved"));
            }
            byte[] answer = """
                    {"apiVersion": "v1", "kind": "Broker", "metadata": {"namespace": "shop", "name": "default", "resourceVersion": "2"}}
                    """.getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            asked.add(exchange.getRequestMethod() + " " + path + " " + body);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        apiServer.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl(
                                "http://127.0.0.1:" + apiServer.getAddress().getPort() + "/")
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
        finalizer = new Finalizer(() -> present, new Writes(client), new Kafka(), new Clock() {
            @Override
            public Instant instant() {
                return now;
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        });
    }

    @AfterEach
    void end() {
        finalizer.close();
        client.close();
        apiServer.stop(0);
    }

    /** Keeps topics, which are removed as the test has it. */
    private final class Kafka implements Disposal {

        @Override
        public boolean leavesAnything(String channelType) {
            return true;
        }

        @Override
        public Optional<ChannelSpec> channelOf(Broker broker, Resources resources) {
            return Optional.of(new ChannelSpec(
                    "kafka", ResourceKey.nameOf(broker), broker.getMetadata().getUid(), Map.of(), Map.of()));
        }

        @Override
        public Future<Void> dispose(ChannelSpec channel) {
            disposals.incrementAndGet();
            return disposed;
        }
    }

    private static Reading broker(String ready, String reason) {
        return Reading.of(
                WatchedKind.BROKER,
                Serialization.unmarshal(
                        BROKER.formatted(DELETED, ready, reason, DELETED), GenericKubernetesResource.class),
                null,
                Annotations.OUR_BROKER_CLASS);
    }

    private List<String> asked(String what) {
        return asked.stream().filter(each -> each.startsWith(what)).toList();
    }

    private List<String> events(String reason) {
        return asked("POST /api/v1/namespaces/shop/events ").stream()
                .filter(event -> event.contains("\"" + reason + "\""))
                .toList();
    }

    /** What was written of the finalizers; that of the status has another path. */
    private List<String> released() {
        return asked("PATCH /apis/eventing.knative.dev/v1/namespaces/shop/brokers/default ");
    }

    @Test
    void what_its_channel_keeps_is_removed_by_who_leads_before_a_broker_goes() {
        // When
        finalizer.publish(NOTHING_IN_FORCE);
        finalizer.lead(true);

        // Then: what others hold it up for is theirs
        await().atMost(PATIENCE).until(() -> !released().isEmpty());
        assertThat(released()).singleElement().asString().contains("[\"example.com/other\"]");
        assertThat(disposals).hasValue(1);
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_broker_whose_channel_can_not_be_removed_says_so_once_and_goes_when_its_time_is_over() {
        // Given
        disposed = Future.failedFuture("Kafka is away");
        finalizer.lead(true);

        // When
        finalizer.publish(NOTHING_IN_FORCE);

        // Then
        String status = "PATCH /apis/eventing.knative.dev/v1/namespaces/shop/brokers/default/status ";
        await().atMost(PATIENCE).until(() -> asked(status).size() == 1);
        assertThat(asked(status).get(0))
                .contains("\"ChannelNotRemoved\"", "\"False\"", "Kafka is away", "2026-01-01T00:05:00Z");
        assertThat(events("ChannelNotRemoved")).hasSize(1);

        // When: it is tried again, and its time is not over
        now = DELETED.plus(Finalizer.LONGEST);
        int before = disposals.get();
        finalizer.publish(NOTHING_IN_FORCE);
        await().atMost(PATIENCE).until(() -> disposals.get() > before);

        // Then
        assertThat(events("ChannelNotRemoved")).hasSize(1);
        assertThat(released()).isEmpty();

        // When
        now = DELETED.plus(Finalizer.LONGEST).plusSeconds(1);
        finalizer.publish(NOTHING_IN_FORCE);

        // Then
        await().atMost(PATIENCE).until(() -> !released().isEmpty());
        assertThat(released().get(0)).contains("[\"example.com/other\"]");
        assertThat(events("ChannelLeftBehind")).isNotEmpty().allMatch(event -> event.contains("Kafka is away"));
    }
}
