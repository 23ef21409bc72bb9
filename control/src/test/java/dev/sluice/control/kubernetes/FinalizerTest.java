/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.reconcile.Statuses;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
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

    private static final ResourceName BROKER_NAME = new ResourceName("shop", "default");

    private static final View NOTHING_IN_FORCE =
            new View(Resources.none(), Statuses.none(), RoutingTable.empty(), Map.of());

    /** What was asked to be removed. */
    private final List<ChannelSpec> disposals = new CopyOnWriteArrayList<>();

    private final List<ChannelSpec> wantedOpen = new CopyOnWriteArrayList<>();
    private final AtomicInteger looks = new AtomicInteger();
    private volatile Optional<ChannelSpec> open = Optional.empty();
    private volatile Future<Void> disposed = Future.succeededFuture();
    private volatile Instant now = DELETED.plusSeconds(1);
    private volatile List<Reading> present = List.of(broker("True", ""));
    private ScriptedApiServer apiServer;
    private Finalizer finalizer;

    @BeforeEach
    void begin() throws IOException {
        apiServer = ScriptedApiServer.start(asked -> {
            if (asked.target().endsWith("/status")) {
                // As a watch would show it.
                present = List.of(broker("False", "ChannelNotRemoved"));
            }
            return new ScriptedApiServer.Answer(200, """
                    {"apiVersion": "v1", "kind": "Broker", "metadata": {"namespace": "shop", "name": "default", "resourceVersion": "2"}}
                    """);
        });
        finalizer = new Finalizer(
                () -> {
                    looks.incrementAndGet();
                    return present;
                },
                new Writes(apiServer.client()),
                new Kafka(),
                new HandClock(() -> now));
    }

    @AfterEach
    void end() {
        finalizer.close();
        apiServer.close();
    }

    /** Keeps topics, which are removed as the test has it. */
    private final class Kafka implements Disposal {

        @Override
        public boolean leavesAnything(String channelType) {
            return channelType.equals("kafka");
        }

        @Override
        public Optional<ChannelSpec> channelOf(Broker broker, Resources resources) {
            return Optional.of(new ChannelSpec(
                    "kafka", ResourceKey.nameOf(broker), broker.getMetadata().getUid(), Map.of(), Map.of()));
        }

        @Override
        public ChannelSpec asOpen(ChannelSpec wanted) {
            wantedOpen.add(wanted);
            return open.orElse(wanted);
        }

        @Override
        public Future<Void> dispose(ChannelSpec channel) {
            disposals.add(channel);
            return disposed;
        }
    }

    private static Reading broker(String ready, String reason) {
        return read(BROKER.formatted(DELETED, ready, reason, DELETED));
    }

    private static Reading read(String yaml) {
        return Reading.of(
                WatchedKind.BROKER,
                Serialization.unmarshal(yaml, GenericKubernetesResource.class),
                null,
                Annotations.OUR_BROKER_CLASS);
    }

    private static ChannelSpec at(String bootstrapServers) {
        return new ChannelSpec("kafka", BROKER_NAME, "b-1", Map.of("bootstrap.servers", bootstrapServers), Map.of());
    }

    private List<String> asked(String what) {
        return apiServer.asked().stream()
                .map(asked -> asked.method() + " " + asked.target() + " " + asked.body())
                .filter(each -> each.startsWith(what))
                .toList();
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
        assertThat(disposals).hasSize(1);
        assertThat(apiServer.asked()).hasSize(1);
    }

    @Test
    void what_is_removed_is_where_the_channel_was_open_and_not_where_it_was_asked_to_be() {
        // Given: its configuration names another Kafka by now, to which its events have not gone
        open = Optional.of(at("here:9092"));
        finalizer.lead(true);
        isAtWork(at("elsewhere:9092"));

        // When
        present = List.of(broker("True", ""));
        finalizer.publish(NOTHING_IN_FORCE);

        // Then
        await().atMost(PATIENCE).until(() -> !released().isEmpty());
        assertThat(disposals).containsExactly(at("here:9092"));
    }

    /** A Broker that nobody deletes is in force with this channel, and that has been looked at. */
    private void isAtWork(ChannelSpec asked) {
        present = List.of(
                read(BROKER.formatted(DELETED, "True", "", DELETED).replaceFirst(" *deletionTimestamp.*\n", "")));
        BrokerRoute route = new BrokerRoute(BROKER_NAME, "b-1", asked, Optional.empty(), Map.of());
        finalizer.publish(
                new View(Resources.none(), Statuses.none(), new RoutingTable(Map.of(BROKER_NAME, route)), Map.of()));
        await().atMost(PATIENCE).until(() -> wantedOpen.contains(asked));
    }

    @Test
    void who_comes_to_lead_after_the_deletion_knows_where_the_channel_was_open() {
        // Given: another process leads, and begins to remove what is to be removed
        open = Optional.of(at("here:9092"));
        isAtWork(at("elsewhere:9092"));
        present = List.of(broker("True", ""));
        open = Optional.empty();
        finalizer.publish(NOTHING_IN_FORCE);

        // When
        finalizer.lead(true);

        // Then
        await().atMost(PATIENCE).until(() -> !released().isEmpty());
        assertThat(disposals).containsExactly(at("here:9092"));
    }

    @Test
    void a_broker_is_held_for_what_its_open_channel_leaves_whatever_it_asks_for_by_now() {
        // Given: its configuration does not speak of Kafka any more
        open = Optional.of(at("here:9092"));
        finalizer.lead(true);
        isAtWork(new ChannelSpec("inmemory", BROKER_NAME, "b-1", Map.of(), Map.of()));

        // When
        present = List.of(broker("True", ""));
        finalizer.publish(NOTHING_IN_FORCE);

        // Then
        await().atMost(PATIENCE).until(() -> !released().isEmpty());
        assertThat(disposals).containsExactly(at("here:9092"));
    }

    @Test
    void who_does_not_lead_holds_nothing_and_removes_nothing() {
        // Given
        isAtWork(at("here:9092"));
        present = List.of(broker("True", ""));

        // When
        int before = looks.get();
        finalizer.publish(NOTHING_IN_FORCE);
        await().atMost(PATIENCE).until(() -> looks.get() > before);
        isAtWork(at("here-too:9092"));

        // Then: it has been round between the two
        assertThat(apiServer.asked()).isEmpty();
        assertThat(disposals).isEmpty();
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
        int before = disposals.size();
        finalizer.publish(NOTHING_IN_FORCE);
        await().atMost(PATIENCE).until(() -> disposals.size() > before);

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
